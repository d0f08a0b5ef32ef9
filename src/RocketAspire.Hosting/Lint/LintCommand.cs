using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Lint;

/// <summary><c>--lint FILE…|DIR</c>: the linter from the command line.</summary>
public static class LintCommand
{
    public const string Switch = "--lint";

    private static readonly string[] Endings = [".properties", ".conf"];

    /// <summary>Runs the linter when the arguments ask for it.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="resolve">Where a path that the user gave leads.</param>
    /// <param name="output">Takes the remarks.</param>
    /// <param name="errors">Takes the line that says why nothing could be checked.</param>
    /// <returns>0 clean, 1 remarks were made, 2 the arguments or files can't be used; null when it wasn't asked for.</returns>
    public static int? Run(IReadOnlyList<string> args, Func<string, string> resolve, TextWriter output, TextWriter errors)
    {
        if (args.Count == 0 || !args.Contains(Switch)) return null;
        if (args[0] != Switch || args.Count < 2 || args.Skip(1).Any(a => a.StartsWith("--", StringComparison.Ordinal)))
        {
            errors.WriteLine($"{Switch}: write {Switch} FILE… or {Switch} DIR, and nothing else");
            return 2;
        }
        var files = new List<(string, PropertiesFile)>();
        foreach (var path in args.Skip(1))
        {
            try
            {
                var place = resolve(path);
                foreach (var file in Files(place)) files.Add((path + file[place.Length..], PropertiesFile.Parse(File.ReadAllBytes(file))));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                errors.WriteLine($"{Switch}: {e.Message.ReplaceLineEndings(" ")}");
                return 2;
            }
        }
        if (files.Count == 0)
        {
            errors.WriteLine($"{Switch}: no file that ends in {string.Join(" or ", Endings)}");
            return 2;
        }
        var remarks = RocketMQLint.Check([.. files.DistinctBy(f => f.Item1)]);
        foreach (var remark in remarks) output.WriteLine(remark);
        output.WriteLine(remarks.Count == 0
            ? $"{files.Count} files, nothing to remark"
            : $"{files.Count} files, {remarks.Count(r => r.Severity == ConfSeverity.Error)} errors, {remarks.Count(r => r.Severity == ConfSeverity.Warning)} warnings");
        return remarks.Count == 0 ? 0 : 1;
    }

    private static IEnumerable<string> Files(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => Endings.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal)
        : [path];
}
