using System.ComponentModel;
using System.Diagnostics;
using RocketAspire.Hosting.Settings;

namespace RocketAspire.Hosting.Engines.Containers;

/// <summary>What <c>docker</c> or <c>podman</c> answered.</summary>
internal sealed record ContainerAnswer(int ExitCode, string Output, string Error)
{
    public bool IsGood => ExitCode == 0;

    /// <summary>Why it failed: the last line that says something.</summary>
    public string Reason => (Error.Length > 0 ? Error : Output).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? $"exit code {ExitCode}";
}

/// <summary>The program <c>docker</c> or <c>podman</c>; both take the same commands.</summary>
/// <param name="Name"><c>docker</c> or <c>podman</c>.</param>
internal sealed record ContainerProgram(string Name)
{
    public static readonly IReadOnlyList<string> Names = ["docker", "podman"];

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Whether containers' addresses are addresses of this machine's own networks.</summary>
    public bool IsLocal { get; private init; }

    /// <summary>Takes the first that answers.</summary>
    /// <param name="wanted">The only one that may be taken, or null.</param>
    /// <exception cref="RocketMQSettingException">None does; in one line with the next step.</exception>
    public static ContainerProgram Find(string? wanted)
    {
        var silent = new List<string>();
        foreach (var name in wanted is null ? Names : [wanted])
        {
            var program = new ContainerProgram(name);
            if (program.Ask(out var isLocal) is not { } problem) return program with { IsLocal = isLocal };
            if (problem.Length > 0) silent.Add($"{name} doesn't answer: {problem}");
        }
        if (silent.Count > 0) throw new RocketMQSettingException($"--engine container: {string.Join("; ", silent)}; {NextStep(silent[0])}");
        throw new RocketMQSettingException(wanted is null
            ? "--engine container: neither docker nor podman is in PATH; install one of them, or use --engine embedded, which needs neither"
            : $"--engine container: {wanted} is not in PATH; install it, or name the other one with --container-engine");
    }

    /// <exception cref="RocketMQSettingException">It can't be started any more.</exception>
    public Task<ContainerAnswer> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken = default) => RunAsync(arguments, Limit, cancellationToken);

    /// <exception cref="RocketMQSettingException">It can't be started any more.</exception>
    public async Task<ContainerAnswer> RunAsync(IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellationToken = default)
    {
        using var process = Start(arguments) ?? throw new RocketMQSettingException($"--engine container: {Name} is gone", RocketMQSettingException.Machine);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        either.CancelAfter(limit);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill();
            return new(-1, "", $"'{Name} {string.Join(' ', arguments)}' took longer than {limit.TotalSeconds:0} s");
        }
        return new(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }

    /// <summary>For the few questions that must be answered while the model is made.</summary>
    public ContainerAnswer Run(params IEnumerable<string> arguments) => Task.Run(() => RunAsync(arguments)).GetAwaiter().GetResult();

    // Null when it answers; empty when there is no such program.
    private string? Ask(out bool isLocal)
    {
        isLocal = false;
        var format = Name == "podman"
            ? "{{.Host.Security.Rootless}} {{.Host.ServiceIsRemote}}"
            : "{{.OperatingSystem}} {{.SecurityOptions}}";
        using (var probe = Start(["--version"]))
        {
            if (probe is null) return "";
        }
        var answer = Run("info", "--format", format);
        // Docker's program says what is missing, and formats an empty answer all the same.
        if (!answer.IsGood || answer.Output.Trim().Length == 0 || answer.Error.Contains("annot connect", StringComparison.Ordinal)) return answer.Reason;
        isLocal = OperatingSystem.IsLinux() && (Name == "podman"
            ? answer.Output.Trim() == "false false"
            : !answer.Output.Contains("Docker Desktop", StringComparison.Ordinal) && !answer.Output.Contains("rootless", StringComparison.Ordinal)
              && Environment.GetEnvironmentVariable("DOCKER_HOST") is null or "" or ['u', 'n', 'i', 'x', ..]);
        return null;
    }

    private static string NextStep(string problem) =>
        problem.Contains("permission denied", StringComparison.OrdinalIgnoreCase) ? "let this user use it (group docker), or use --engine embedded"
        : "start it, or use --engine embedded, which needs neither";

    private Process? Start(IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(Name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true });
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
