using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace RocketAspire.Docs.Tests;

/// <summary>README has a twin in Chinese: the words are others, the outline and what a reader copies are the same.</summary>
public sealed class ReadmeTwinTests
{
    private const string Fence = "```";

    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    [Fact]
    public void Readme_and_its_Chinese_twin_have_headings_of_the_same_levels_and_the_same_code_blocks()
    {
        var (levels, blocks) = Read("README.md");
        var (twinLevels, twinBlocks) = Read("README.zh-CN.md");
        Assert.NotEmpty(levels);
        Assert.NotEmpty(blocks);
        Assert.Equal(levels, twinLevels);
        Assert.Equal(blocks, twinBlocks);
    }

    /// <summary>The pictures are copies of what the browser tests leave in artifacts.</summary>
    [Fact]
    public void Both_show_the_same_pictures_which_are_there_and_small()
    {
        var pictures = Pictures("README.md");
        Assert.True(pictures.Count >= 2, $"{pictures.Count} pictures");
        Assert.Equal(pictures, Pictures("README.zh-CN.md"));
        foreach (var bytes in pictures.Select(static picture => File.ReadAllBytes(Path.Combine(Root, picture))))
        {
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], bytes[..4]);
            Assert.InRange(bytes.Length, 1, 200_000);
        }
    }

    private static List<string> Pictures(string readme) =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Root, readme)), @"!\[[^\]]+\]\(([^)]+)\)").Select(static match => match.Groups[1].Value)];

    /// <summary>Levels of headings and whole blocks with their opening fence, in order; a # within a block is no heading.</summary>
    private static (List<int> Levels, List<string> Blocks) Read(string readme)
    {
        var levels = new List<int>();
        var blocks = new List<string>();
        var lines = File.ReadAllLines(Path.Combine(Root, readme));
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith('#')) levels.Add(lines[i].Length - lines[i].TrimStart('#').Length);
            if (!lines[i].TrimStart().StartsWith(Fence, StringComparison.Ordinal)) continue;
            var end = Array.FindIndex(lines, i + 1, static line => line.Trim() == Fence);
            Assert.True(end > 0, $"the block at line {i + 1} of {readme} has no end");
            blocks.Add(string.Join('\n', lines[i..end]));
            i = end;
        }

        return (levels, blocks);
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
