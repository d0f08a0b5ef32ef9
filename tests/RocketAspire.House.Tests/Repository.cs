using System.Runtime.CompilerServices;

namespace RocketAspire.House.Tests;

/// <summary>The checkout these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(Here());

    /// <summary>C# files that people wrote, as paths relative to the root with forward slashes.</summary>
    public static IEnumerable<string> SourceFiles() => Files("*.cs");

    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(static path => !path.Split('/').Any(static part => part is "bin" or "obj" or "node_modules" or ".git" or "artifacts"))
            .Order(StringComparer.Ordinal);

    public static string[] Lines(string relativePath) => File.ReadAllLines(Path.Combine(Root, relativePath));

    private static string Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RocketAspire.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No RocketAspire.sln above {start}");
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
