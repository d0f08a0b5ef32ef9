using System.Diagnostics;
using System.Text.Json;
using RocketAspire.TestSupport;

namespace RocketAspire.Bench.Tests;

/// <summary>The tool against a broker of ours.</summary>
public sealed class LoadTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sync")]
    [InlineData("async")]
    [InlineData("oneway")]
    public async Task A_run_creates_its_topic_and_reports_what_was_sent_and_received(string mode)
    {
        await using var cluster = await TestCluster.StartAsync();
        using var folder = new TemporaryFolder();
        using var output = new StringWriter();
        using var errors = new StringWriter();
        string[] args = ["--namesrv", cluster.NameServer, "--topic", "New", "--size", "128", "--senders", "4", "--seconds", "1", "--rate", "200", "--mode", mode, "--consume", "--json", folder["r.json"]];

        Assert.Equal((0, ""), (await BenchCommand.RunAsync(args, output, errors), errors.ToString()));

        var table = output.ToString();
        Assert.Contains($"topic New, 128 bytes, 4 senders, {mode}", table, StringComparison.Ordinal);
        Assert.Contains("p99.9 ms", table, StringComparison.Ordinal);
        Assert.Contains("errors: none", table, StringComparison.Ordinal);
        Assert.Contains("but not received: 0; received more than once: 0", table, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(folder["r.json"], Ct));
        Assert.InRange(json.RootElement.GetProperty("sent").GetProperty("messages").GetInt64(), 1, 1000);
        Assert.True(json.RootElement.GetProperty("received").GetProperty("load").GetProperty("latencyMs").GetProperty("p99").GetDouble() > 0);
        Assert.Equal(1, json.RootElement.GetProperty("timeline").GetArrayLength());
    }

    [Fact]
    public async Task A_run_through_a_proxy_reports_the_same()
    {
        await using var cluster = await TestCluster.StartAsync();
        var listen = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0);
        await using var proxy = await Proxy.ProxyNode.StartAsync(new() { NameServers = [cluster.NameServer], Listen = listen }, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, Ct);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        string[] args = ["--proxy", proxy.Endpoint.ToString(), "--topic", "New", "--size", "128", "--senders", "4", "--seconds", "1", "--rate", "200", "--consume"];

        Assert.Equal((0, ""), (await BenchCommand.RunAsync(args, output, errors), errors.ToString()));

        var table = output.ToString();
        Assert.Contains($"4 senders, sync, at most 200 msg/s, through the proxy at {proxy.Endpoint}", table, StringComparison.Ordinal);
        Assert.Contains("errors: none", table, StringComparison.Ordinal);
        Assert.Contains("acknowledged but not received: 0", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_is_away_shows_as_a_gap_and_is_followed_when_it_returns()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var options = new BenchOptions { NameServers = [cluster.NameServer], Senders = 2, Seconds = 60, Size = 64, Consume = true };
        var run = new BenchRun(options, null);
        var running = run.RunAsync(end.Token);
        await Eventually.TrueAsync("messages are sent", () => run.Sent > 0);

        await cluster.StopBrokerAsync();
        var away = Stopwatch.StartNew();
        await Eventually.TrueAsync("errors are counted", () => run.Errors > 0);
        var before = run.Sent;
        var awayFor = away.Elapsed;
        await cluster.StartBrokerAsync();
        await Eventually.TrueAsync("messages are sent again", () => run.Sent > before);
        await end.CancelAsync();
        var result = await running;

        Assert.True(result.Interrupted);
        Assert.InRange(result.LongestGap.Seconds, awayFor.TotalSeconds, 60);
        Assert.Contains(result.Errors, static error => error.Name == "no connection");
        Assert.Equal(0, result.Received!.Missing);
    }

    [Fact]
    public async Task No_name_server_is_one_line_and_exit_code_1()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        Assert.Equal(1, await BenchCommand.RunAsync(["--namesrv", $"127.0.0.1:{FreePorts.Next()}", "--seconds", "1"], output, errors));

        Assert.StartsWith("RocketAspire.Bench: no name server answers", Assert.Single(errors.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
