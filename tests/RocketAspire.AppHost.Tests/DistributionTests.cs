using Aspire.Hosting.ApplicationModel;
using RocketAspire.AppHost.Tests.Failover;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>The engine <c>distribution</c>, on a folder that is shaped like one.</summary>
public sealed class DistributionTests : IDisposable
{
    private readonly FakeDistribution _distribution = new();
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public DistributionTests()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("RocketMQ's shell scripts don't run on Windows");
        _limit.CancelAfter(TimeSpan.FromSeconds(90));
    }

    public void Dispose()
    {
        _distribution.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task A_cluster_gets_ready_and_an_interrupt_leaves_no_process_of_any_script()
    {
        using var data = new TemporaryFolder();
        await using var host = AppHostProcess.Start([.. _distribution.Arguments, "--port-offset", "auto", "--data-path", data.Path]);
        await host.ReadyAsync();
        // The script of each node, the script that it calls, and what runs in place of Java.
        foreach (var node in (string[])["broker-a", "broker-a-s", "broker-b", "broker-b-s"])
            Assert.Equal(3, Signals.ProcessesWith(Path.Combine(data.Path, node, "broker.conf")).Count);
        Assert.Equal(["broker-a", "broker-b"], (await RoundTrip.SendToEachMasterAsync(host.NameServers, "through", _limit.Token)).Order(StringComparer.Ordinal));
        Assert.Equal(0, await host.InterruptAsync());
        Assert.Empty(Signals.ProcessesWith(data.Path));
        Assert.Equal("", host.Errors);
    }

    [Fact]
    public async Task A_killed_broker_ends_with_all_its_processes_and_comes_back_by_start()
    {
        await using var cluster = await FailoverCluster.StartAsync(_limit.Token, [.. _distribution.Arguments, "--topology", "single"]);
        var config = Path.Combine(cluster.Resource.DataPath, "broker-a", "broker.conf");
        Assert.Equal(3, Signals.ProcessesWith(config).Count);
        Assert.Equal(["kill", "pause", "resume"], cluster.Snapshot("broker-a").Commands.Select(c => c.Name).Except(["start", "stop", "restart"]).Order(StringComparer.Ordinal));

        await cluster.KillAsync("broker-a");
        await Eventually.TrueAsync("no process of broker-a to be left", () => Signals.ProcessesWith(config).Count == 0);
        await cluster.StartAsync("broker-a");
        await cluster.HealthyAsync("broker-a", cluster.Resource.Name);
        await cluster.CommandAsync("broker-a", KnownResourceCommands.StopCommand);
        Assert.Empty(Signals.ProcessesWith(config));
    }

    [Fact]
    public async Task A_paused_broker_is_paused_as_a_whole_and_resumed()
    {
        await using var cluster = await FailoverCluster.StartAsync(_limit.Token, [.. _distribution.Arguments, "--topology", "single"]);
        var processes = Signals.ProcessesWith(Path.Combine(cluster.Resource.DataPath, "broker-a", "broker.conf"));
        await cluster.CommandAsync("broker-a", "pause");
        await Eventually.TrueAsync("all of broker-a to stand still", () => processes.All(id => StateOf(id) == 'T'));
        await cluster.CommandAsync("broker-a", "resume");
        await cluster.HealthyAsync("broker-a");
        Assert.DoesNotContain(processes, id => StateOf(id) == 'T');
    }

    [Fact]
    public async Task What_a_node_writes_into_its_log_file_is_in_its_console()
    {
        await using var cluster = await FailoverCluster.StartAsync(_limit.Token, [.. _distribution.Arguments, "--topology", "single"]);
        var file = Path.Combine(cluster.Resource.DataPath, "broker-a", "logs", "rocketmqlogs", "broker.log");
        var lines = await cluster.ConsoleAsync("broker-a", "2026-01-31 12:00:00 INFO main - broker of ");
        Assert.Contains(lines, static l => l.Content.EndsWith("The broker boot success", StringComparison.Ordinal));

        File.Move(file, file + ".1");
        await File.WriteAllTextAsync(file, "2026-01-31 12:00:01 ERROR main - after the move\n", _limit.Token);
        lines = await cluster.ConsoleAsync("broker-a", "after the move");
        Assert.True(lines.Single(static l => l.Content.Contains("after the move", StringComparison.Ordinal)).IsErrorMessage);
    }

    /// <summary>The third field of <c>/proc/N/stat</c>.</summary>
    private static char StateOf(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return stat[stat.LastIndexOf(')') + 2];
    }
}
