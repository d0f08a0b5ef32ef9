using System.Diagnostics;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.TestSupport;
using MessageQueue = RocketAspire.Client.MessageQueue;

namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>Two masters with a slave each: what producers and consumers notice when nodes die, fall silent and come back.</summary>
public sealed class MasterSlaveFailoverTests() : FailoverTests(LongestGap)
{
    // The aim is 0.5 s, measured on a quiet machine; tests share theirs.
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(2.5);

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    public async Task Producers_go_on_without_a_killed_master_its_slave_is_read_and_it_returns_with_all_it_had(string topology)
    {
        await using var cluster = await StartAsync(topology);
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            await cluster.KillAsync("broker-a");
            await producers.MoreAsync(Some, "broker-b");
            AssertGap(producers, "killed master");
            Assert.Equal((KnownResourceStates.Exited, ResourceCommandState.Disabled, ResourceCommandState.Enabled),
                (cluster.Snapshot("broker-a").State?.Text, cluster.CommandState("broker-a", "kill"), cluster.CommandState("broker-a", KnownResourceCommands.StartCommand)));
            await using (var late = Consumers.Start(cluster.Topology, Topic, Queues))
            {
                await Eventually.TrueAsync("the slave to be read", () => late.ReadAt(cluster.Broker("broker-a-s").Address) > 0);
                // What an asynchronous slave lacks comes with the master's return.
                if (topology == "2m-2s-sync") await late.CaughtUpAsync(producers.Acknowledged, "broker-a");
            }

            // And again while it recovers.
            await cluster.StartAsync("broker-a");
            await cluster.KillAsync("broker-a");
            producers.ResetGaps();
            await cluster.StartAsync("broker-a");
            await cluster.HealthyAsync("broker-a");
            await producers.MoreAsync(Some, "broker-a");
            AssertGap(producers, "returning master");
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    public async Task A_slave_dies_and_returns_then_both_masters_do(string topology)
    {
        await using var cluster = await StartAsync(topology);
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            await cluster.KillAsync("broker-a-s");
            await producers.MoreAsync(Some, "broker-b");
            if (topology == "2m-2s-async") await producers.MoreAsync(Some, "broker-a");
            AssertGap(producers, "killed slave");
            await cluster.StartAsync("broker-a-s");
            await cluster.HealthyAsync();
            await producers.MoreAsync(Some, "broker-a");

            await Task.WhenAll(cluster.KillAsync("broker-a"), cluster.KillAsync("broker-b"));
            var before = producers.Count;
            if (topology == "2m-2s-sync") await consumers.CaughtUpAsync(producers.Acknowledged);
            Assert.Equal(before, producers.Count);
            await Task.WhenAll(cluster.StartAsync("broker-a"), cluster.StartAsync("broker-b"));
            await cluster.HealthyAsync();
            await producers.MoreAsync(Some, "broker-a");
            await producers.MoreAsync(Some, "broker-b");
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    public async Task Clients_go_on_from_what_they_know_while_all_name_servers_are_dead(string topology)
    {
        await using var cluster = await StartAsync(topology);
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            await Task.WhenAll(cluster.KillAsync("namesrv-1"), cluster.KillAsync("namesrv-2"));
            await producers.MoreAsync(Some, "broker-a");
            // A master that dies now is left out all the same, and comes back under the same address.
            await cluster.KillAsync("broker-a");
            await producers.MoreAsync(Some, "broker-b");
            await cluster.StartAsync("broker-a");
            await producers.MoreAsync(Some, "broker-a");
            AssertGap(producers, "dead name servers and a killed master");
            await Task.WhenAll(cluster.StartAsync("namesrv-1"), cluster.StartAsync("namesrv-2"));
            await cluster.HealthyAsync();
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    public Task Restarting_every_node_in_turn_loses_nothing(string topology) => RestartEveryNodeInTurnAsync(topology);

    [Fact]
    public async Task A_master_paused_for_15_seconds_acknowledges_nothing_meanwhile_and_goes_on_as_before()
    {
        await using var cluster = await StartAsync("2m-2s-sync");
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            await cluster.CommandAsync("broker-a", "pause");
            Assert.Equal((ResourceCommandState.Disabled, ResourceCommandState.Enabled), (cluster.CommandState("broker-a", "pause"), cluster.CommandState("broker-a", "resume")));
            // Every sender has had its turn at the paused one then; more than a message each at its other would take minutes.
            await producers.MoreAsync(2 * Senders, "broker-b");
            var before = producers.Acknowledged.Keys.Count(p => p.Broker == "broker-a");
            await Task.Delay(TimeSpan.FromSeconds(15), cluster.Ct);
            Assert.Equal(before, producers.Acknowledged.Keys.Count(p => p.Broker == "broker-a"));
            Report($"paused master: longest gap {producers.LongestGap().TotalMilliseconds:0} ms (a send waits 3 s before it is tried elsewhere)");
            await cluster.CommandAsync("broker-a", "resume");
            await producers.MoreAsync(Some, "broker-a");
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    public async Task A_topic_created_just_before_its_master_dies_is_read_from_the_slave(string topology)
    {
        await using var cluster = await StartAsync(topology);
        var (master, slave) = (cluster.Broker("broker-a"), cluster.Broker("broker-a-s"));
        await cluster.Admin.CreateTopicAsync(master.Address, new TopicConfig { TopicName = "JustNow", ReadQueueNums = 1, WriteQueueNums = 1, Perm = PermName.ReadWrite }, cluster.Ct);
        var sent = await new MessageSender(cluster.Connection).SendAsync(master.Address, new MessageQueue("JustNow", "broker-a", 0), new RocketMQMessage { Topic = "JustNow", Body = "first"u8.ToArray() }, cluster.Ct);
        Assert.True(sent.IsAcknowledged);
        // The asynchronous slave needs the moment that the message takes; the topic was pushed before.
        if (topology == "2m-2s-async") await Eventually.TrueAsync("the slave to hold the message", async () => await cluster.LogEndAsync(slave) == await cluster.LogEndAsync(master));
        await cluster.KillAsync("broker-a");
        PullResult? pulled = null;
        await Eventually.TrueAsync("the slave to give the message", async () =>
        {
            pulled = await new MessagePuller(cluster.Connection).PullAsync(slave.Address, "JustNow", 0, 0, cancellationToken: cluster.Ct);
            return pulled.Messages.Count > 0;
        });
        Assert.Equal("first", Encoding.UTF8.GetString(Assert.Single(pulled!.Messages).Body.Span));
    }

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    public Task After_a_full_stop_the_first_read_comes_before_the_first_write(string topology) => ReadFirstAfterAFullStopAsync(topology);
}
