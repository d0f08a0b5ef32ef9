using System.Runtime.CompilerServices;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Packages;

/// <summary>A folder with packages of this repository, made from what is built.</summary>
internal static class Feed
{
    public static string Root { get; } = Find();

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public static async Task FillAsync(TemporaryFolder folder, params string[] projects)
    {
        foreach (var project in projects)
        {
            var (code, output) = await Programs.RunAsync(Root, null, "dotnet", "pack", $"src/{project}", "--no-build", "--no-restore", "-c", Configuration, "-o", folder["feed"], "-v", "q", "--nologo");
            Assert.True(code == 0, output);
        }
    }

    private static string Find([CallerFilePath] string path = "")
    {
        var folder = new DirectoryInfo(path).Parent;
        while (!File.Exists(Path.Combine(folder!.FullName, "RocketAspire.sln"))) folder = folder.Parent;
        return folder.FullName;
    }
}
