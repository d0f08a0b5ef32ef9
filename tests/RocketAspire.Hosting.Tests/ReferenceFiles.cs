using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Tests;

internal static class ReferenceFiles
{
    public static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "Reference");

    public static PropertiesFile Read(string path) => PropertiesFile.Parse(File.ReadAllBytes(Path.Combine(Root, path)));

    public static IReadOnlyList<(string Name, PropertiesFile Content)> All(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, folder), "*.properties", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => (Path.GetRelativePath(Root, f), PropertiesFile.Parse(File.ReadAllBytes(f))))];
}
