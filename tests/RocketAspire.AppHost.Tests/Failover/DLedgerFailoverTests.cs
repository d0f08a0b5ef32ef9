using System.Diagnostics;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Client;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;
using MessageQueue = RocketAspire.Client.MessageQueue;

namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>Three nodes that elect their leader: what producers and consumers notice when nodes die, fall silent and come back.</summary>
public sealed class DLedgerFailoverTests() : FailoverTests(LongestGap)
{
    private const string Group = "broker-a";

    // The aim is 1.5 s at worst, measured on a quiet machine; tests share theirs.
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(7.5);

    [Fact]
    public async Task A_killed_leader_is_replaced_and_so_is_the_next_while_the_first_recovers()
    {
        await using var cluster = await StartAsync("dledger");
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            var first = await LeaderAsync(cluster);
            await cluster.KillAsync(first.Name);
            await producers.MoreAsync(Some);
            AssertGap(producers, "killed leader");
            var second = await LeaderAsync(cluster);
            Assert.NotEqual(first, second);

            producers.ResetGaps();
            await cluster.StartAsync(first.Name);
            await cluster.KillAsync(second.Name);
            await producers.MoreAsync(Some);
            AssertGap(producers, "second leader killed while the first recovered");
            await cluster.StartAsync(second.Name);
            await cluster.HealthyAsync();
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Fact]
    public async Task A_killed_follower_is_not_missed_and_without_a_majority_nothing_is_acknowledged()
    {
        await using var cluster = await StartAsync("dledger");
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            var leader = await LeaderAsync(cluster);
            var followers = cluster.Topology.Brokers.Where(b => b != leader).ToList();
            await cluster.KillAsync(followers[0].Name);
            await producers.MoreAsync(Some);
            AssertGap(producers, "killed follower");

            await cluster.KillAsync(followers[1].Name);
            await QuietAsync(producers);
            await cluster.StartAsync(followers[0].Name);
            await cluster.StartAsync(followers[1].Name);
            await producers.MoreAsync(Some);
            await cluster.HealthyAsync();
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Fact]
    public async Task A_leader_paused_for_15_seconds_acknowledges_nothing_when_it_wakes()
    {
        await using var cluster = await StartAsync("dledger");
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            var stale = await LeaderAsync(cluster);
            await cluster.CommandAsync(stale.Name, "pause");
            var paused = Stopwatch.StartNew();
            await producers.MoreAsync(Some);
            Report($"paused leader: longest gap {producers.LongestGap().TotalMilliseconds:0} ms (a send waits 3 s before it is tried elsewhere)");
            Assert.NotEqual(stale, await LeaderAsync(cluster));

            // On their way to the stale leader while it sleeps: what it hasn't read yet it answers when it wakes.
            var late = Enumerable.Range(0, 20).Select(i => SendAsync(cluster, stale.Address, $"late-{i}")).ToList();
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, 15 - paused.Elapsed.TotalSeconds)), cluster.Ct);
            await cluster.CommandAsync(stale.Name, "resume");
            foreach (var send in late) Assert.NotEqual(SendStatus.Ok, await send);
            await producers.MoreAsync(Some);
            await cluster.HealthyAsync();
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Fact]
    public async Task An_isolated_leader_acknowledges_nothing_and_the_others_go_on_without_it()
    {
        await using var cluster = await StartAsync("dledger");
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            var stale = await LeaderAsync(cluster);
            await cluster.CommandAsync(stale.Name, "isolate");
            // Clients reach it all the same.
            Assert.NotEqual(SendStatus.Ok, await SendAsync(cluster, stale.Address, "to the isolated"));
            await producers.MoreAsync(Some);
            AssertGap(producers, "isolated leader");
            // Name servers don't hear of the isolated one either: whoever has the id is another.
            await LeaderAsync(cluster, isolated: stale);
            await cluster.CommandAsync(stale.Name, "heal");
            await cluster.HealthyAsync();
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Fact]
    public async Task Clients_go_on_at_the_leaders_address_while_all_name_servers_are_dead_and_the_leader_dies()
    {
        await using var cluster = await StartAsync("dledger");
        await using var consumers = Consumers.Start(cluster.Topology, Topic, Queues);
        await using (var producers = await LoadAsync(cluster))
        {
            var leader = await LeaderAsync(cluster);
            await Task.WhenAll(cluster.Topology.NameServers.Select(n => cluster.KillAsync(n.Name)));
            await producers.MoreAsync(Some);
            await cluster.KillAsync(leader.Name);
            await producers.MoreAsync(Some);
            AssertGap(producers, "killed leader and dead name servers");
            await Task.WhenAll(cluster.Topology.NameServers.Select(n => cluster.StartAsync(n.Name)));
            await cluster.StartAsync(leader.Name);
            await cluster.HealthyAsync();
            await FinishAsync(cluster, producers, consumers);
        }

        await cluster.AssertLogsAgreeAsync();
    }

    [Fact]
    public Task Restarting_every_node_in_turn_loses_nothing() => RestartEveryNodeInTurnAsync("dledger");

    [Fact]
    public async Task A_topic_created_just_before_the_leader_dies_is_there_with_its_message()
    {
        await using var cluster = await StartAsync("dledger");
        var leader = await LeaderAsync(cluster);
        await cluster.Admin.CreateTopicAsync(leader.Address, new TopicConfig { TopicName = "JustNow", ReadQueueNums = 1, WriteQueueNums = 1, Perm = PermName.ReadWrite }, cluster.Ct);
        var sent = await new MessageSender(cluster.Connection).SendAsync(leader.Address, new MessageQueue("JustNow", Group, 0), new RocketMQMessage { Topic = "JustNow", Body = "first"u8.ToArray() }, cluster.Ct);
        Assert.True(sent.IsAcknowledged);
        await cluster.KillAsync(leader.Name);
        PullResult? pulled = null;
        await Eventually.TrueAsync("the next leader to give the message", async () =>
        {
            try
            {
                pulled = await new MessagePuller(cluster.Connection).PullAsync(leader.LeaderAddress!, "JustNow", 0, 0, cancellationToken: cluster.Ct);
                return pulled.Messages.Count > 0;
            }
            catch (Exception e) when (e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException)
            {
                return false;
            }
        });
        Assert.Equal("first", Encoding.UTF8.GetString(Assert.Single(pulled!.Messages).Body.Span));
    }

    [Fact]
    public Task After_a_full_stop_the_first_read_comes_before_the_first_write() => ReadFirstAfterAFullStopAsync("dledger");

    /// <summary>Waits until the senders have been without an acknowledgement for as long as a leader may go on without its majority.</summary>
    private static async Task QuietAsync(Producers producers)
    {
        await Eventually.TrueAsync("acknowledgements to end", () => producers.ShortestSilence() > TimeSpan.FromSeconds(2));
        var before = producers.Count;
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        Assert.Equal(before, producers.Count);
    }

    private static async Task<SendStatus?> SendAsync(FailoverCluster cluster, string address, string text)
    {
        try
        {
            var message = new RocketMQMessage { Topic = Topic, Body = Encoding.UTF8.GetBytes(text) };
            // As long as the pause, and then some: the answer is to be seen.
            return (await new MessageSender(cluster.Patient).SendAsync(address, new MessageQueue(Topic, Group, 0), message, cluster.Ct)).Status;
        }
        catch (Exception e) when (e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException)
        {
            return null;
        }
    }

    /// <summary>The one that does not follow, as the name servers see it.</summary>
    private static async Task<BrokerNode> LeaderAsync(FailoverCluster cluster, BrokerNode? isolated = null)
    {
        BrokerNode? leader = null;
        await Eventually.TrueAsync("a leader to be registered", async () =>
        {
            var seen = (await cluster.Admin.GetClusterInfoAsync(cluster.Ct)).BrokerAddrTable[Group].BrokerAddrs;
            if (!seen.TryGetValue(0, out var address)) return false;
            var running = cluster.Topology.Brokers.Where(b => b != isolated && cluster.Snapshot(b.Name).State?.Text == KnownResourceStates.Running).ToList();
            var leading = running.Where(b => !seen.ContainsKey(cluster.Topology.Brokers.IndexOf(b) + 1)).ToList();
            // A paused leader keeps the group's address: then the new one goes by its own.
            leader = leading.FirstOrDefault(b => b.Address == address) ?? (leading.Count == 1 && address == leading[0].LeaderAddress ? leading[0] : null);
            return leader is not null;
        });
        return leader!;
    }
}
