using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using RocketAspire.Faults;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft.Metadata;

/// <summary>Topics, groups, offsets and delays of a group of whole brokers whose leader dies.</summary>
public sealed partial class GroupMetadataTests
{
    private const string Group = "consumers";

    [Fact]
    public async Task A_topic_and_a_group_created_just_before_the_leader_is_killed_are_there()
    {
        await using var group = await TestGroup.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            var leader = await group.LedAsync();
            var term = leader.Broker!.RaftStatus!.Term;
            Assert.Equal(ResponseCode.Success, await CreateTopicAsync(group, leader, $"orders-{round}"));
            Assert.Equal(ResponseCode.Success, await group.SendAsync(leader, "x", $"auto-{round}"));
            var settings = new SubscriptionGroupConfig { GroupName = $"group-{round}", RetryMaxTimes = 3 };
            Assert.Equal(ResponseCode.Success, (await group.InvokeAsync(leader, RemotingCommand.CreateRequest(RequestCode.UpdateAndCreateSubscriptiongroup, null, settings.Encode()))).Code);
            await leader.KillAsync();
            var next = await group.LedAsync(term);
            var tables = next.Broker!.Tables;
            for (var before = 0; before <= round; before++)
            {
                Assert.Equal(3, tables.Topics.Find($"orders-{before}")?.ReadQueueNums);
                Assert.NotNull(tables.Topics.Find($"auto-{before}"));
                Assert.Equal(3, tables.Groups.Peek($"group-{before}")?.RetryMaxTimes);
            }

            Assert.Equal(ResponseCode.Success, await group.SendAsync(next, "y", $"orders-{round}"));
            await leader.StartAsync();
        }

        await SameTablesAsync(group);
    }

    [Fact]
    public async Task Name_servers_know_a_topic_when_its_creation_is_answered_and_keep_it_when_the_leader_dies()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        await Eventually.TrueAsync("the leader to be registered", async () => (await group.RouteAsync()).GetValueOrDefault(0) == leader.Address);
        Assert.Equal(ResponseCode.Success, await CreateTopicAsync(group, leader, "orders"));
        Assert.Contains("orders", await group.TopicsAsync());
        Assert.DoesNotContain(TopicNames.Metadata, await group.TopicsAsync());
        var term = leader.Broker!.RaftStatus!.Term;
        await leader.KillAsync();
        await group.LedAsync(term);
        Assert.Contains("orders", await group.TopicsAsync());
    }

    [Fact]
    public async Task A_topic_that_no_majority_took_is_refused_and_is_nowhere()
    {
        await using var group = await TestGroup.StartAsync();
        var old = await group.LedAsync();
        Assert.Equal(ResponseCode.Success, await group.SendAsync(old, "x"));
        var term = old.Broker!.RaftStatus!.Term;
        old.Network.Change(FaultyNetwork.AllPeers, static faults => faults with { Isolated = FaultDirection.Both });
        var created = CreateTopicAsync(group, old, "orders");
        var sent = group.SendAsync(old, "y", "auto");
        Assert.Equal(ResponseCode.SystemError, await created);
        Assert.NotEqual(ResponseCode.Success, await sent);
        await Eventually.TrueAsync("the old leader to know better", () => old.Broker!.Tables.Topics.Find("orders") is null && old.Broker.Tables.Topics.Find("auto") is null);
        Assert.Equal(ResponseCode.SystemError, await CreateTopicAsync(group, old, "late"));
        await Eventually.TrueAsync("another leader", () => group.Running.Any(node => node != old && node.Broker!.Replication.Role == ReplicationRole.Leader));
        old.Network.Heal();
        var leader = await group.LedAsync(term);
        Assert.Equal(ResponseCode.Success, await CreateTopicAsync(group, leader, "new"));
        await SameTablesAsync(group);
        Assert.All(group.Nodes, static node => Assert.Null(node.Broker!.Tables.Topics.Find("orders")));
    }

    [Fact]
    public async Task Consumer_offsets_go_on_where_they_were_a_moment_before_the_leader_died()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        Assert.Equal(ResponseCode.Success, await group.SendAsync(leader, "x"));
        var term = leader.Broker!.RaftStatus!.Term;
        var followers = group.Nodes.Where(node => node != leader).ToList();
        var told = new List<(long Offset, long At)>();
        var worst = TimeSpan.Zero;
        var started = Stopwatch.GetTimestamp();
        for (var offset = 1L; Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1.5); offset++)
        {
            Assert.Equal(ResponseCode.Success, await CommitAsync(group, leader, offset));
            told.Add((offset, Stopwatch.GetTimestamp()));
            var seen = followers.Min(node => Math.Max(0, node.Broker!.Tables.ConsumerOffsets.Query(Group, "T", 0)));
            if (seen < offset) worst = Max(worst, Stopwatch.GetElapsedTime(told[(int)seen].At));
        }

        var killed = Stopwatch.GetTimestamp();
        await leader.KillAsync();
        var next = await group.LedAsync(term);
        var found = next.Broker!.Tables.ConsumerOffsets.Query(Group, "T", 0);
        var lost = told.Where(entry => entry.Offset > found).Select(entry => Stopwatch.GetElapsedTime(entry.At, killed)).DefaultIfEmpty(TimeSpan.Zero).Max();
        TestContext.Current.SendDiagnosticMessage($"followers were at most {worst.TotalMilliseconds:0} ms behind; offset {found} of {told.Count} survived, what was told up to {lost.TotalMilliseconds:0} ms before the kill didn't");

        // 200 ms is the aim, and five times that for a busy machine.
        Assert.InRange(found, 1, told.Count);
        Assert.InRange(lost, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(worst, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_leader_that_stops_in_order_takes_no_offset_with_it()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var term = leader.Broker!.RaftStatus!.Term;
        Assert.Equal(ResponseCode.Success, await CommitAsync(group, leader, 41));
        await leader.StopAsync();
        var next = await group.LedAsync(term);
        Assert.Equal(41, next.Broker!.Tables.ConsumerOffsets.Query(Group, "T", 0));
    }

    [Fact]
    public async Task Only_the_leader_takes_offsets_and_a_follower_answers_those_that_are_committed()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var follower = group.Nodes.First(node => node != leader);
        Assert.Equal(ResponseCode.ServiceNotAvailable, await CommitAsync(group, follower, 5));
        Assert.Equal(ResponseCode.Success, await CommitAsync(group, leader, 6));
        await Eventually.TrueAsync("the offset at the follower", async () =>
            (await group.InvokeAsync(follower, RemotingCommand.CreateRequest(RequestCode.QueryConsumerOffset, new QueryConsumerOffsetRequestHeader(Group, "T", 0).ToExtFields()))).ExtFields["offset"] == "6");
    }

    [Fact]
    public async Task Delayed_messages_come_after_the_switch_and_none_is_lost()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        var sent = new HashSet<string>(StringComparer.Ordinal);
        for (var round = 0; round < 3; round++)
        {
            var term = leader.Broker!.RaftStatus!.Term;
            for (var i = 0; i < 20; i++)
            {
                // Level 1 is a second: some are due before the kill, some while nobody leads, some after.
                var body = $"r{round}-{i}";
                Assert.Equal(ResponseCode.Success, await SendDelayedAsync(group, leader, body));
                sent.Add(body);
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            await leader.KillAsync();
            var next = await group.LedAsync(term);
            await Eventually.TrueAsync($"all {sent.Count} messages to be delivered", () => next.Bodies("later", 0).ToHashSet(StringComparer.Ordinal).IsSupersetOf(sent));
            await leader.StartAsync();
            leader = next;
        }

        var twice = leader.Bodies("later", 0).Count - sent.Count;
        TestContext.Current.SendDiagnosticMessage($"{sent.Count} delayed messages over 3 switches, {twice} of them came twice");
        Assert.InRange(twice, 0, sent.Count);
    }

    [Fact]
    public async Task After_all_lost_their_power_at_once_the_tables_are_there()
    {
        await using var group = await TestGroup.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            var leader = await group.LedAsync();
            Assert.Equal(ResponseCode.Success, await CreateTopicAsync(group, leader, $"orders-{round}"));
            await Task.WhenAll(group.Nodes.Select(static node => node.LosePowerAsync()));
            await group.StartAllAsync();
            leader = await group.LedAsync();
            for (var before = 0; before <= round; before++) Assert.NotNull(leader.Broker!.Tables.Topics.Find($"orders-{before}"));
        }

        await SameTablesAsync(group);
    }

    [Fact]
    public async Task A_wiped_node_and_one_that_begins_anew_get_the_tables()
    {
        await using var group = await TestGroup.StartAsync(change: static o => o with { Store = o.Store with { CommitLogFileSizeBytes = 4096, MaxMessageSizeBytes = 2048 } });
        var leader = await group.LedAsync();
        Assert.Equal(ResponseCode.Success, await CreateTopicAsync(group, leader, "early"));
        Assert.Equal(ResponseCode.Success, await CommitAsync(group, leader, 3));
        await SameTablesAsync(group);
        var away = group.Nodes.First(node => node != leader);
        var wiped = group.Nodes.First(node => node != leader && node != away);
        await away.KillAsync();
        await group.SentAsync("a", 100);
        foreach (var node in group.Running.ToList())
        {
            // Not before the tables of that time are saved.
            await Eventually.TrueAsync($"files of {node.Peer.Id} to go", async () => await node.Broker!.Store.DeleteBeforeAsync(8192) >= 8192);
        }

        await away.StartAsync();
        await Eventually.TrueAsync("the node to begin anew", () => away.Broker!.Store.MinPhysicalOffset >= 8192);
        await SameTablesAsync(group);
        await wiped.KillAsync();
        wiped.Wipe();
        Assert.Equal(ResponseCode.Success, await CreateTopicAsync(group, await group.LedAsync(), "late"));
        await wiped.StartAsync();
        await SameTablesAsync(group);
        Assert.All(group.Nodes, static node => Assert.NotNull(node.Broker!.Tables.Topics.Find("early")));
        Assert.All(group.Nodes, static node => Assert.Equal(3, node.Broker!.Tables.ConsumerOffsets.Query(Group, "T", 0)));
    }

    [Fact]
    public async Task A_forced_new_group_has_the_tables_of_the_node_that_began_it()
    {
        await using var group = await TestGroup.StartAsync();
        var leader = await group.LedAsync();
        Assert.Equal(ResponseCode.Success, await CreateTopicAsync(group, leader, "orders"));
        await SameTablesAsync(group);
        await Task.WhenAll(group.Nodes.Select(static node => node.KillAsync()));
        group.Nodes[1].Wipe();
        group.Nodes[2].Wipe();
        await group.Nodes[1].StartAsync();
        await group.Nodes[2].StartAsync();
        await group.Nodes[0].StartAsync(forceNewGroup: true);
        leader = await group.LedAsync();
        Assert.Equal(ResponseCode.Success, await CreateTopicAsync(group, leader, "new"));
        await SameTablesAsync(group);
        Assert.All(group.Nodes, static node => Assert.NotNull(node.Broker!.Tables.Topics.Find("orders")));
    }

    private static async Task<int> CreateTopicAsync(TestGroup group, GroupNode node, string topic) =>
        (await group.InvokeAsync(node, RemotingCommand.CreateRequest(
            RequestCode.UpdateAndCreateTopic, new CreateTopicRequestHeader { Topic = topic, ReadQueueNums = 3, WriteQueueNums = 3, Perm = 6 }.ToExtFields()))).Code;

    private static async Task<int> CommitAsync(TestGroup group, GroupNode node, long offset) =>
        (await group.InvokeAsync(node, RemotingCommand.CreateRequest(
            RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader(Group, "T", 0, offset).ToExtFields()))).Code;

    private static async Task<int> SendDelayedAsync(TestGroup group, GroupNode node, string body)
    {
        var header = TestBroker.Header("later", properties: TestBroker.Properties((MessageProperties.Delay, "1")));
        return (await group.InvokeAsync(node, RemotingCommand.CreateRequest(RequestCode.SendMessageV2, header.ToExtFieldsV2(), Encoding.UTF8.GetBytes(body)))).Code;
    }

    private static Task SameTablesAsync(TestGroup group) =>
        Eventually.TrueAsync(
            "all nodes to have the same tables",
            () => group.Leader is not null && group.Running.Select(static node => Unchanged().Replace(string.Join('\n', MetadataNode.Picture(node.Broker!.Tables)), "")).Distinct().Count() == 1);

    /// <summary>The version of a table that never changed is the time of the node's start.</summary>
    [GeneratedRegex("\"dataVersion\":{\"counter\":0,[^}]*}")]
    private static partial Regex Unchanged();

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
