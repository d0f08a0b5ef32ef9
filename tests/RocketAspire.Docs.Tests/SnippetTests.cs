using System.Runtime.CompilerServices;

namespace RocketAspire.Docs.Tests;

/// <summary>What README and the packages' pages show as C# stands in this project line by line, and so compiles.</summary>
public sealed class SnippetTests
{
    private const string Fence = "```";

    private static readonly string Here = Path.GetDirectoryName(File())!;
    private static readonly string Root = Path.GetFullPath(Path.Combine(Here, "..", ".."));

    public static TheoryData<string> Pages() =>
        [.. Directory.GetFiles(Path.Combine(Root, "src"), "PACKAGE.md", SearchOption.AllDirectories).Append(Path.Combine(Root, "README.md")).Select(path => Path.GetRelativePath(Root, path))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Each_snippet_compiles(string page)
    {
        var compiled = Directory.GetFiles(Here, "*Snippets.cs").Select(path => Trimmed(System.IO.File.ReadAllLines(path))).ToList();
        foreach (var (line, snippet) in Snippets(System.IO.File.ReadAllLines(Path.Combine(Root, page))))
        {
            var best = compiled.Max(lines => LongestStart(lines, snippet));
            Assert.True(best == snippet.Count, best == snippet.Count ? "" : $"{page} line {line + best}: '{snippet[best]}' stands in no *Snippets.cs of this project behind the lines before it");
        }
    }

    [Fact]
    public void Readme_has_snippets_and_a_changed_one_is_found()
    {
        Assert.NotEmpty(Snippets(System.IO.File.ReadAllLines(Path.Combine(Root, "README.md"))));
        Assert.Equal(1, LongestStart(["a", "b", "c"], ["b", "x"]));
        Assert.Equal(2, LongestStart(["b", "x", "b", "c"], ["b", "c"]));
    }

    private static List<(int Line, List<string> Text)> Snippets(string[] page)
    {
        var found = new List<(int, List<string>)>();
        for (var i = 0; i < page.Length; i++)
        {
            if (page[i].Trim() != Fence + "csharp") continue;
            var end = Array.FindIndex(page, i + 1, line => line.Trim() == Fence);
            Assert.True(end > 0, $"the snippet at line {i + 1} has no end");
            found.Add((i + 2, Trimmed(page[(i + 1)..end])));
            i = end;
        }

        return found;
    }

    /// <summary>How many of a snippet's lines stand one behind the other, from its first on.</summary>
    private static int LongestStart(List<string> lines, List<string> snippet)
    {
        var best = 0;
        for (var i = 0; i < lines.Count; i++)
        {
            var same = 0;
            while (same < snippet.Count && i + same < lines.Count && lines[i + same] == snippet[same]) same++;
            best = Math.Max(best, same);
        }

        return best;
    }

    /// <summary>Without indentation, which a class around them changes.</summary>
    private static List<string> Trimmed(string[] lines) => [.. lines.Select(static line => line.Trim())];

    private static string File([CallerFilePath] string path = "") => path;
}
