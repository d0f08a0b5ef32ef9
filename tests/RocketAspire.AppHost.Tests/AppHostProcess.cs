using System.Diagnostics;
using System.Globalization;
using System.Text;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>The built AppHost as its user runs it, with everything it writes.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private AppHostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Append(_output, e.Data);
        process.ErrorDataReceived += (_, e) => Append(_errors, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public int Id => _process.Id;

    /// <summary>What the ready line says between <c>store: </c> and its end.</summary>
    public string Store => Between("store: ", " (");

    public string NameServers => Between("name servers: ", ";", skip: 1);

    public static AppHostProcess Start(params string[] args)
    {
        var start = new ProcessStartInfo(Executable(), args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        return new AppHostProcess(Process.Start(start)!);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        await using var process = Start(args);
        var code = await process.ExitAsync();
        return (code, process.Output, process.Errors);
    }

    public Task ReadyAsync() => SaidAsync("rocketmq is ready in ");

    public Task SaidAsync(string text) => Eventually.TrueAsync(
        $"the AppHost says '{text}'; it said: {Output}{Errors}",
        () => Output.Contains(text, StringComparison.Ordinal) || (_process.HasExited ? throw new InvalidOperationException($"the AppHost ended with {_process.ExitCode} and said: {Output}{Errors}") : false),
        ReadyLimit);

    /// <summary>As Ctrl+C does.</summary>
    public Task<int> InterruptAsync()
    {
        Signals.Send(_process.Id, Signals.Interrupt);
        return ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(ReadyLimit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
    }

    private static string Executable()
    {
        // <tests>/bin/<configuration>/<framework>/ has the same tail as the AppHost's own folder.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var name = OperatingSystem.IsWindows() ? "RocketAspire.AppHost.exe" : "RocketAspire.AppHost";
        return Path.Combine(Projects.RocketAspire_AppHost.ProjectPath, "bin", here.Parent!.Name, here.Name, name);
    }

    private string Between(string before, string after, int skip = 0)
    {
        var text = Output;
        var from = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        var to = text.IndexOf(after, from, StringComparison.Ordinal);
        for (; skip > 0; skip--) to = text.IndexOf(after, to + 1, StringComparison.Ordinal);
        return text[from..to];
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.AppendLine(CultureInfo.InvariantCulture, $"{line}");
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
