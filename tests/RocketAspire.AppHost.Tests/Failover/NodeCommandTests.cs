using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Client;
using RocketAspire.Hosting.Faults;
using RocketAspire.TestSupport;
using MessageQueue = RocketAspire.Client.MessageQueue;

namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>What each command of a node's resource does to a running cluster.</summary>
public sealed class NodeCommandTests : IDisposable
{
    private const string Topic = "Commands";

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public NodeCommandTests() => _limit.CancelAfter(TimeSpan.FromSeconds(90));

    [Fact]
    public async Task Each_command_harms_its_node_as_it_says_and_each_remedy_heals_it()
    {
        await using var cluster = await FailoverCluster.StartAsync(_limit.Token);
        await cluster.CreateTopicAsync(Topic, 1);
        await AcknowledgedAsync(cluster);

        // Three seconds each, since a send waits that long for a slave that is connected.
        foreach (var command in (string[])["isolate", "isolate-in", "isolate-from-broker-a-s"])
        {
            await cluster.CommandAsync("broker-a", command);
            Assert.Equal(SendStatus.FlushSlaveTimeout, (await SendAsync(cluster)).Status);
            await cluster.CommandAsync("broker-a", "heal");
            await AcknowledgedAsync(cluster);
        }

        await cluster.CommandAsync("broker-a", "isolate-from-namesrv");
        await AcknowledgedAsync(cluster);
        await cluster.CommandAsync("broker-a", "heal");

        await cluster.CommandAsync("broker-a", "delay-peers");
        await TakesAsync(cluster, TimeSpan.FromMilliseconds(100));
        await cluster.CommandAsync("broker-a", "heal");

        await cluster.CommandAsync("broker-a", "slow-disk");
        await TakesAsync(cluster, TimeSpan.FromMilliseconds(200));
        await cluster.CommandAsync("broker-a", "heal-disk");

        await cluster.CommandAsync("broker-a", "full-disk");
        await Assert.ThrowsAsync<RocketMQResponseException>(() => SendAsync(cluster));
        await cluster.CommandAsync("broker-a", "heal-disk");
        await AcknowledgedAsync(cluster);

        foreach (var (command, hours) in ((string, int)[])[("clock-ahead", 1), ("clock-behind", -1), ("clock-right", 0)])
        {
            await cluster.CommandAsync("broker-a", command);
            Assert.Equal(hours, Math.Round((await StoredAtAsync(cluster) - DateTimeOffset.UtcNow).TotalHours));
        }

        await cluster.CommandAsync("broker-a", "fail-disk");
        await Assert.ThrowsAsync<RocketMQResponseException>(() => SendAsync(cluster));
        await cluster.CommandAsync("broker-a", "heal-disk");
        await Assert.ThrowsAsync<RocketMQResponseException>(() => SendAsync(cluster));
        await cluster.CommandAsync("broker-a", KnownResourceCommands.RestartCommand);
        await cluster.HealthyAsync();
        await AcknowledgedAsync(cluster);
    }

    [Fact]
    public async Task Commands_are_disabled_while_they_could_do_nothing_and_a_deep_data_path_has_them_too()
    {
        using var data = new TemporaryFolder();
        var deep = data[new string('x', 100)];
        await using var cluster = await FailoverCluster.StartAsync(_limit.Token, "--topology", "single", "--data-path", deep);
        var node = cluster.Resource.Nodes.Single(n => n.Name == "broker-a");
        Assert.Contains("\"delayMs\":0", await node.Faults!.SendAsync("""{"duplicate":{"peer":"1","percent":1}}""", cluster.Ct), StringComparison.Ordinal);
        var wrong = await Assert.ThrowsAsync<InvalidOperationException>(() => node.Faults.SendAsync("""{"disk":{"ful":true}}""", cluster.Ct));
        Assert.Equal("broker-a: disk: there is no field 'ful'; there are slowMs, full, failFlush", wrong.Message);

        await cluster.CommandAsync("broker-a", "pause");
        AssertStates(cluster, enabled: ["kill", "resume", "stop", "restart"]);
        var silent = await Assert.ThrowsAsync<InvalidOperationException>(() => node.Faults.HealAsync(cluster.Ct));
        Assert.EndsWith("is the process paused?", silent.Message, StringComparison.Ordinal);
        await cluster.CommandAsync("broker-a", "resume");
        Assert.Equal(ResourceCommandState.Disabled, cluster.CommandState("broker-a", "resume"));
        Assert.Equal(ResourceCommandState.Enabled, cluster.CommandState("broker-a", "isolate"));

        await cluster.KillAsync("broker-a");
        AssertStates(cluster, enabled: ["start"]);
        var dead = await Assert.ThrowsAsync<InvalidOperationException>(() => node.Faults.FullDiskAsync(cancellationToken: cluster.Ct));
        Assert.StartsWith("broker-a: fault control can't be reached at ", dead.Message, StringComparison.Ordinal);

        // Paused, then killed: the next process is not the paused one.
        await cluster.StartAsync("broker-a");
        await cluster.HealthyAsync("broker-a");
        await cluster.CommandAsync("broker-a", "pause");
        await cluster.KillAsync("broker-a");
        await cluster.StartAsync("broker-a");
        await cluster.HealthyAsync("broker-a");
        Assert.Equal((ResourceCommandState.Enabled, ResourceCommandState.Disabled), (cluster.CommandState("broker-a", "pause"), cluster.CommandState("broker-a", "resume")));
        await cluster.CommandAsync("broker-a", "full-disk");
    }

    public void Dispose() => _limit.Dispose();

    private static void AssertStates(FailoverCluster cluster, string[] enabled) =>
        Assert.Equal(enabled.Order(StringComparer.Ordinal), cluster.Snapshot("broker-a").Commands.Where(c => c.State == ResourceCommandState.Enabled).Select(c => c.Name).Order(StringComparer.Ordinal));

    private static async Task<SendResult> SendAsync(FailoverCluster cluster) => await new MessageSender(cluster.Connection).SendAsync(
        cluster.Broker("broker-a").Address, new MessageQueue(Topic, "broker-a", 0), new RocketMQMessage { Topic = Topic, Body = "x"u8.ToArray() }, cluster.Ct);

    private static Task AcknowledgedAsync(FailoverCluster cluster) => Eventually.TrueAsync("a send to be acknowledged", async () =>
    {
        try
        {
            return (await SendAsync(cluster)).IsAcknowledged;
        }
        catch (Exception e) when (e is RocketMQResponseException or Remoting.RemotingTimeoutException)
        {
            return false;
        }
    });

    private static async Task TakesAsync(FailoverCluster cluster, TimeSpan least)
    {
        var watch = Stopwatch.StartNew();
        Assert.Equal(SendStatus.Ok, (await SendAsync(cluster)).Status);
        Assert.True(watch.Elapsed >= least - TimeSpan.FromMilliseconds(1), $"answered after {watch.ElapsedMilliseconds} ms");
    }

    private static async Task<DateTimeOffset> StoredAtAsync(FailoverCluster cluster)
    {
        var sent = await SendAsync(cluster);
        var pulled = await new MessagePuller(cluster.Connection).PullAsync(cluster.Broker("broker-a").Address, Topic, 0, sent.QueueOffset, 1, cancellationToken: cluster.Ct);
        return DateTimeOffset.FromUnixTimeMilliseconds(Assert.Single(pulled.Messages).StoreTimestamp);
    }
}
