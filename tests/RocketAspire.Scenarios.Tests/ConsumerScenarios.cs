using System.Diagnostics;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Scenarios.Tests;

public sealed class ConsumerScenarios(Cluster cluster)
{
    [Fact]
    public async Task A_queue_is_locked_by_one_client_until_it_gives_it_back()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync(queues: 2);
        var group = await scenario.GroupAsync();
        Protocol.Bodies.MessageQueue[] queues = [new(topic, cluster.BrokerName, 0), new(topic, cluster.BrokerName, 1)];
        Assert.Equal(queues, await LockAsync("c1"));
        Assert.Empty(await LockAsync("c2"));
        await scenario.DemandAsync(RequestCode.UnlockBatchMq, null, new LockBatchBody(group, "c1", [queues[1]]).Encode());
        Assert.Equal([queues[1]], await LockAsync("c2"));
        Assert.Equal([queues[0]], await LockAsync("c1"));

        async Task<IEnumerable<Protocol.Bodies.MessageQueue>> LockAsync(string client) =>
            LockedQueuesBody.Decode((await scenario.DemandAsync(RequestCode.LockBatchMq, null, new LockBatchBody(group, client, queues).Encode())).Body.Span).Queues.OrderBy(static queue => queue.QueueId);
    }

    [Fact]
    public async Task A_held_pull_is_answered_when_a_message_arrives()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var watch = Stopwatch.StartNew();
        var pull = new MessagePuller(scenario.NewClient()).PullAsync(scenario.Broker, topic, 0, 0, suspend: TimeSpan.FromSeconds(15), cancellationToken: Scenario.Ct).AsTask();
        await scenario.SendAsync(topic, "wake");
        Assert.Equal("wake", Scenario.Text(Assert.Single((await pull).Messages)));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    [Fact]
    public async Task Consumers_are_told_when_one_joins_and_when_one_leaves()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        var notices = new Calls(RequestCode.NotifyConsumerIdsChanged);
        await scenario.HeartbeatAsync(scenario.NewClient(notices), "c1", group, topic);
        await Eventually.TrueAsync("a notice of the first", () => notices.Seen.Any(IsOurs));
        var other = scenario.NewClient();
        var before = notices.Seen.Count(IsOurs);
        await scenario.HeartbeatAsync(other, "c2", group, topic);
        await Eventually.TrueAsync("a notice of the second", () => notices.Seen.Count(IsOurs) > before);
        Assert.Equal(["c1", "c2"], await MembersAsync());

        before = notices.Seen.Count(IsOurs);
        await other.DisposeAsync();
        await Eventually.TrueAsync("a notice of the loss", () => notices.Seen.Count(IsOurs) > before);
        Assert.Equal(["c1"], await MembersAsync());

        bool IsOurs(RemotingCommand notice) => notice.ExtFields["consumerGroup"] == group;
        async Task<IEnumerable<string>> MembersAsync() => ConsumerIdList.Decode(
            (await scenario.DemandAsync(RequestCode.GetConsumerListByGroup, new ConsumerGroupRequestHeader(group).ToExtFields())).Body.Span).ClientIds.Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_message_sent_back_comes_again_and_at_last_is_a_dead_letter()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        await scenario.SendAsync(topic, "again", tag: "a");
        var message = Assert.Single(await scenario.PulledAsync(topic, 1));
        await BackAsync(message.PhysicalOffset, delayLevel: 1);
        var retried = Assert.Single(await scenario.PulledAsync($"%RETRY%{group}", 1));
        Assert.Equal(("again", 1, topic, "a"), (Scenario.Text(retried), retried.ReconsumeTimes, Scenario.Property(retried, "RETRY_TOPIC"), Scenario.Property(retried, "TAGS")));
        await BackAsync(retried.PhysicalOffset, delayLevel: 0);
        var dead = Assert.Single(await scenario.PulledAsync($"%DLQ%{group}", 1));
        Assert.Equal(("again", 2), (Scenario.Text(dead), dead.ReconsumeTimes));

        Task BackAsync(long offset, int delayLevel) => scenario.DemandAsync(
            RequestCode.ConsumerSendMsgBack,
            new ConsumerSendMsgBackRequestHeader { Offset = offset, Group = group, DelayLevel = delayLevel, OriginTopic = topic, MaxReconsumeTimes = 1 }.ToExtFields());
    }
}
