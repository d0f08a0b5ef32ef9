using System.Diagnostics;
using System.Reflection;
using System.Text;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace RocketAspire.Console.Tests;

/// <summary>The console as a process of its own, at a port that the system picks.</summary>
internal sealed class ConsoleProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ConsoleProcess(Process process) => _process = process;

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public HttpClient Http { get; } = new(new HttpClientHandler { UseCookies = false }) { Timeout = TimeSpan.FromSeconds(20) };

    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static string Metadata(string key) =>
        typeof(ConsoleProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;

    public static async Task<ConsoleProcess> StartAsync(string nameServers, params string[] more)
    {
        var console = new ConsoleProcess(Launch(["--namesrv", nameServers, "--urls", "http://127.0.0.1:0", .. more.Contains("--data") ? more : [.. more, "--data", "off"]]));
        using var limit = new CancellationTokenSource(StartLimit);
        try
        {
            while (await console._process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                console._output.AppendLine(line);
                if (!line.StartsWith("console: ", StringComparison.Ordinal)) continue;
                console.Url = new Uri(line["console: ".Length..]);
                console.Http.BaseAddress = console.Url;
                // A full pipe would hold it up.
                _ = console._process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                _ = console._process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return console;
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        await console.DisposeAsync();
        throw new InvalidOperationException($"the console told no address within {StartLimit.TotalSeconds} s:\n{console._output}");
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Error)> RunAsync(params string[] args)
    {
        using var process = Launch(args);
        using var limit = new CancellationTokenSource(StartLimit);
        var error = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, error);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static Process Launch(IEnumerable<string> args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        // A long run takes a copy, so that builds don't touch it.
        start.ArgumentList.Add(Environment.GetEnvironmentVariable("CONSOLE_UNDER_TEST") ?? Metadata("console"));
        foreach (var arg in args) start.ArgumentList.Add(arg);
        start.Environment.Remove("NAMESRV_ADDR");
        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started");
        return process;
    }
}
