using System.Text.RegularExpressions;

namespace RocketAspire.House.Tests;

/// <summary>Files stay mostly under 300 lines and functions under 70. What is larger is listed, and the list only shrinks.</summary>
public sealed partial class SizeTests
{
    private const int FileLimit = 300;
    private const int FunctionLimit = 70;

    [Fact]
    public void No_file_outgrows_its_limit()
    {
        var allowed = Allowances("files");
        var sizes = Repository.SourceFiles().ToDictionary(static path => path, static path => Repository.Lines(path).Length, StringComparer.Ordinal);
        Check(sizes, allowed, FileLimit, "file");
    }

    [Fact]
    public void No_function_outgrows_its_limit()
    {
        var allowed = Allowances("functions");
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var path in Repository.SourceFiles())
        {
            foreach (var (name, length) in Functions(Repository.Lines(path)))
            {
                var key = $"{path}:{name}";
                sizes[key] = Math.Max(length, sizes.GetValueOrDefault(key));
            }
        }

        Check(sizes, allowed, FunctionLimit, "function");
    }

    [Fact]
    public void A_long_function_is_seen()
    {
        string[] body = ["public sealed class A", "{", "    public void Long(", "        int a)", "    {", .. Enumerable.Repeat("        a++;", 80), "    }", "}"];
        Assert.Equal([("Long", 82)], Functions(body));
    }

    private static void Check(Dictionary<string, int> sizes, Dictionary<string, int> allowed, int limit, string what)
    {
        var problems = new List<string>();
        foreach (var (name, size) in sizes)
        {
            var most = allowed.GetValueOrDefault(name, limit);
            if (size > most) problems.Add($"{name} has {size} lines, at most {most} are allowed: split the {what} by what it owns");
        }

        foreach (var (name, most) in allowed)
        {
            if (!sizes.TryGetValue(name, out var size)) problems.Add($"{name} is gone: take it off the list of large {what}s");
            else if (size < most) problems.Add($"{name} shrank to {size} lines: lower its {most} on the list of large {what}s{(size <= limit ? " (take it off)" : "")}");
        }

        Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
    }

    /// <summary>Members whose braces stand alone on their lines at the members' indentation (4, or 8 in a nested type).</summary>
    private static IEnumerable<(string Name, int Length)> Functions(string[] lines)
    {
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i] is not ("    {" or "        {")) continue;
            var indent = lines[i].Length - 1;
            var end = Array.FindIndex(lines, i, line => line.Length == indent + 1 && line[indent] == '}' && string.IsNullOrWhiteSpace(line[..indent]));
            var head = Head(lines, i, indent);
            var name = MemberName().Match(head);
            if (end < 0 || !name.Success || TypeDeclaration().IsMatch(head)) continue;
            yield return (name.Groups[1].Value, end - i + 1);
        }
    }

    private static string Head(string[] lines, int brace, int indent)
    {
        var first = brace - 1;
        while (first > 0 && lines[first].Length > indent && char.IsWhiteSpace(lines[first][indent])) first--;
        return string.Join(' ', lines[first..brace].Select(static line => line.Trim()));
    }

    private static Dictionary<string, int> Allowances(string kind) =>
        Repository.Lines("tests/RocketAspire.House.Tests/large.txt")
            .Where(line => line.StartsWith(kind + ' ', StringComparison.Ordinal))
            .Select(static line => line.Split(' '))
            .ToDictionary(static parts => parts[1], static parts => int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);

    [GeneratedRegex(@"^(?:(?:public|private|protected|internal|static|async|override|virtual|sealed|unsafe|readonly|partial|extern|required|new)\s+)*[\w<>\[\],.?()\s]*?(?<!\.)\b(\w+)(?:<[^>]*>)?\s*\(")]
    private static partial Regex MemberName();

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+\w+|^(if|else|for|foreach|while|switch|using|lock|try|do)\b")]
    private static partial Regex TypeDeclaration();
}
