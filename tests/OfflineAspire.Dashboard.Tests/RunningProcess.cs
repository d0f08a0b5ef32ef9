using System.Diagnostics;
using System.Reflection;
using System.Text;
using RocketAspire.TestSupport;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace OfflineAspire.Dashboard.Tests;

/// <summary>A program with everything it writes, ended with the test.</summary>
internal class RunningProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    protected RunningProcess(string assembly, IEnumerable<string> args, IEnumerable<(string Name, string? Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(assembly);
        foreach (var arg in args) start.ArgumentList.Add(arg);
        foreach (var name in start.Environment.Keys.Where(static k => k.StartsWith("OTEL_", StringComparison.Ordinal) || k.StartsWith("DASHBOARD__", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Append(e.Data);
        _process.ErrorDataReceived += (_, e) => Append(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public static string Metadata(string key) => typeof(RunningProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;

    public Task SaidAsync(string text) => Eventually.TrueAsync($"it says '{text}'; it said: {Output}",
        () => Output.Contains(text, StringComparison.Ordinal) || (_process.HasExited ? throw new InvalidOperationException($"it ended with {_process.ExitCode} and said: {Output}") : false), Limit);

    /// <summary>What stands behind a text in the line that has it.</summary>
    public string After(string text) => Output.Split('\n').First(line => line.Contains(text, StringComparison.Ordinal)).Split(text)[1].Trim();

    public async Task<int> ExitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal("-TERM");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Append(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Append(line).Append('\n');
    }
}

/// <summary>The dashboard alone, at ports that the system picks.</summary>
internal sealed class DashboardProcess : RunningProcess
{
    private DashboardProcess(IEnumerable<(string Name, string? Value)> environment)
        : base(Metadata("dashboard"), [], environment)
    {
    }

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public Uri Grpc { get; private set; } = new("http://127.0.0.1");

    public HttpClient Otlp { get; } = new();

    /// <summary>Follows no redirect and keeps no cookie.</summary>
    public HttpClient Http { get; } = new(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false });

    public static DashboardProcess Launch(params (string Name, string? Value)[] environment) => new(
        [("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://127.0.0.1:0"), ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "http://127.0.0.1:0"), .. environment]);

    public static async Task<DashboardProcess> StartAsync(params (string Name, string? Value)[] environment)
    {
        var dashboard = Launch(environment);
        await dashboard.SaidAsync("dashboard: http");
        dashboard.Url = new Uri(dashboard.After("dashboard: "));
        dashboard.Grpc = new Uri(dashboard.After("OTLP by gRPC: "));
        dashboard.Otlp.BaseAddress = new Uri(dashboard.After("OTLP by HTTP: "));
        dashboard.Http.BaseAddress = dashboard.Url;
        return dashboard;
    }

    public override ValueTask DisposeAsync()
    {
        Http.Dispose();
        Otlp.Dispose();
        return base.DisposeAsync();
    }
}

/// <summary>The whole AppHost with its dashboard, in a block of ports that nobody holds.</summary>
internal sealed class AppHostProcess : RunningProcess
{
    private AppHostProcess(IEnumerable<string> args, IEnumerable<(string Name, string? Value)> environment)
        : base(Metadata("apphost"), ["--port-offset", "auto", .. args], environment)
    {
    }

    /// <summary>With the token.</summary>
    public Uri Login => new(After("Login to the dashboard at "));

    public Uri Url => new(Login, "/");

    public static AppHostProcess Launch((string Name, string? Value)[] environment, params string[] args) => new(args, environment);

    public static async Task<AppHostProcess> StartAsync(params string[] args)
    {
        var host = Launch([("ASPNETCORE_URLS", null)], args);
        await host.SaidAsync("Login to the dashboard at ");
        return host;
    }
}
