using System.Diagnostics;
using RocketAspire.Hosting;
using RocketAspire.Hosting.Engines.Containers;

namespace RocketAspire.Containers.Tests;

/// <summary>The image of our own engine, built once from the server that was built with these tests. Its name stays on the machine.</summary>
internal static class OurImage
{
    public const string Name = "localhost/rocketaspire:test";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly Lazy<(ContainerProgram? Program, string? WhyNot)> Built = new(Build);

    /// <summary>Has the engine do something.</summary>
    public static Task<ContainerAnswer> RunAsync(params string[] arguments) => Built.Value.Program!.RunAsync(arguments, TestContext.Current.CancellationToken);

    /// <summary>Skips the test where no engine answers or the machine has nothing to build from.</summary>
    public static void Need() => Assert.SkipWhen(Built.Value.WhyNot is not null, Built.Value.WhyNot ?? "");

    /// <summary>Names of containers, networks and volumes that are there and begin as an AppHost's do.</summary>
    public static async Task<IReadOnlyList<string>> LeftAsync(string prefix)
    {
        List<string> all = [];
        foreach (string[] list in (string[][])[["ps", "--all", "--format", "{{.Names}}"], ["network", "ls", "--format", "{{.Name}}"], ["volume", "ls", "--format", "{{.Name}}"]])
            all.AddRange((await RunAsync(list)).Output.Split('\n', StringSplitOptions.TrimEntries).Where(n => n == prefix || n.StartsWith(prefix + "-", StringComparison.Ordinal)));
        return all;
    }

    private static (ContainerProgram?, string?) Build()
    {
        ContainerProgram program;
        try
        {
            program = ContainerProgram.Find(null);
        }
        catch (RocketMQSettingException e)
        {
            return (null, e.Message);
        }
        // <tests>/bin/<configuration>/<framework>/ has the same tail as the server's own folder.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var root = Path.GetFullPath(Path.Combine(Projects.RocketAspire_AppHost.ProjectPath, ".."));
        var server = Path.Combine(root, "src/RocketAspire.Server/bin", here.Parent!.Name, here.Name);
        using var build = Process.Start(new ProcessStartInfo(Path.Combine(root, "docker/build.sh"), ["--engine", program.Name, "--tag", Name, "--server", server])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = build.StandardError.ReadToEndAsync();
        var output = build.StandardOutput.ReadToEndAsync();
        if (!build.WaitForExit(Limit))
        {
            build.Kill(entireProcessTree: true);
            throw new TimeoutException("docker/build.sh took longer than two minutes");
        }
        // 2: something is missing on this machine, and it says what.
        return build.ExitCode switch
        {
            0 => program.Run("run", "--rm", "--no-healthcheck", Name, "true") is { IsGood: false } run ? (null, $"{program.Name} can't run a container here: {run.Reason}") : (program, null),
            2 => (null, errors.Result.Trim()),
            var code => throw new InvalidOperationException($"docker/build.sh ended with {code}: {output.Result}{errors.Result}"),
        };
    }
}
