using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Admin;

/// <summary>What the broker tells admin tools of groups and topics.</summary>
public sealed class ConsumptionTests
{
    private static readonly SubscriptionData Orders = new() { Topic = "orders", SubVersion = 1 };

    [Fact]
    public async Task Groups_of_a_topic_are_the_connected_ones_and_those_with_progress()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.HeartbeatAsync(broker.Client, "c1", "online", Orders);
        broker.Node.Tables.ConsumerOffsets.Commit("offline", "orders", 0, 1);
        broker.Node.Tables.ConsumerOffsets.Commit("elsewhere", "others", 0, 1);
        var response = await broker.InvokeAsync(RequestCode.QueryTopicConsumeByWho, new TopicRequestHeader("orders").ToExtFields());
        Assert.Equal(["offline", "online"], GroupList.Decode(response.Body.Span).Groups);
        response = await broker.InvokeAsync(RequestCode.QueryTopicsByConsumer, new GroupRequestHeader("offline").ToExtFields());
        Assert.Equal(["orders"], TopicList.Decode(response.Body.Span).Topics);
        response = await broker.InvokeAsync(RequestCode.QuerySubscriptionByConsumer, new TopicGroupRequestHeader("orders", "online").ToExtFields());
        Assert.Equal("orders", SubscriptionOfGroup.Decode(response.Body.Span).Subscription!.Topic);
        response = await broker.InvokeAsync(RequestCode.QuerySubscriptionByConsumer, new TopicGroupRequestHeader("orders", "offline").ToExtFields());
        Assert.Equal("""{"group":"offline","topic":"orders"}""", System.Text.Encoding.UTF8.GetString(response.Body.Span));
    }

    [Fact]
    public async Task A_time_span_tells_how_late_a_group_is()
    {
        var clock = new ManualTimeProvider();
        await using var broker = await TestBroker.StartAsync(null, null, null, clock);
        var start = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await broker.CreateTopicAsync("orders", queues: 2);
        for (var i = 0; i < 3; i++)
        {
            await broker.SentAsync("orders", $"m{i}");
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        await broker.ArrivedAsync("orders", 3);
        broker.Node.Tables.ConsumerOffsets.Commit("consumers", "orders", 0, 1);
        var response = await broker.InvokeAsync(RequestCode.QueryConsumeTimeSpan, new TopicGroupRequestHeader("orders", "consumers").ToExtFields());
        var spans = ConsumeTimeSpans.Decode(response.Body.Span).Spans;
        Assert.Equal(new QueueTimeSpan(new("orders", "broker-a", 0), start, start + 200, start, 200), spans[0]);
        Assert.Equal(new QueueTimeSpan(new("orders", "broker-a", 1), -1, -1, -1, 0), spans[1]);
        response = await broker.InvokeAsync(RequestCode.QueryConsumeTimeSpan, new TopicGroupRequestHeader("unknown", "consumers").ToExtFields());
        Assert.Equal((ResponseCode.TopicNotExist, "topic[unknown] not exist"), (response.Code, response.Remark));
    }

    [Fact]
    public async Task Offsets_are_cloned_for_one_topic_or_for_all()
    {
        await using var broker = await TestBroker.StartAsync();
        var offsets = broker.Node.Tables.ConsumerOffsets;
        foreach (var topic in new[] { "orders", "others" })
        {
            await broker.CreateTopicAsync(topic);
            offsets.Commit("source", topic, 0, 5);
            offsets.Commit("source", topic, 2, 6);
        }

        await CloneAsync(new("source", "one", "orders", false));
        Assert.Equal((5L, 6L, -1L), (offsets.Query("one", "orders", 0), offsets.Query("one", "orders", 2), offsets.Query("one", "others", 0)));
        await CloneAsync(new("source", "all", null, false));
        Assert.Equal((5L, 5L), (offsets.Query("all", "orders", 0), offsets.Query("all", "others", 0)));

        // What a connected group has left counts only when that is asked for.
        await broker.HeartbeatAsync(broker.Client, "c1", "source", Orders);
        await CloneAsync(new("source", "online", "", false));
        await CloneAsync(new("source", "offline", "", true));
        Assert.Equal((5L, -1L, 5L), (offsets.Query("online", "orders", 0), offsets.Query("online", "others", 0), offsets.Query("offline", "others", 0)));

        async Task CloneAsync(CloneGroupOffsetRequestHeader header) =>
            Assert.Equal(0, (await broker.InvokeAsync(RequestCode.CloneGroupOffset, header.ToExtFields())).Code);
    }

    [Fact]
    public async Task Correction_offsets_are_the_least_of_all_groups_that_count()
    {
        await using var broker = await TestBroker.StartAsync();
        for (var i = 0; i < 3; i++) await broker.SentAsync("orders", $"m{i}");
        var offsets = broker.Node.Tables.ConsumerOffsets;
        offsets.Commit("a", "orders", 0, 3);
        offsets.Commit("b", "orders", 0, 2);
        offsets.Commit("c", "orders", 0, 1);
        offsets.Commit("c", "orders", 1, 1);
        Assert.Equal([new(0, 1), new(1, 1)], await AskAsync(new("orders", "a", null)));
        Assert.Equal([new(0, long.MaxValue)], await AskAsync(new("orders", "c", "c")));
        Assert.Equal(3, offsets.GroupsOf("orders").Count);

        async Task<SortedDictionary<int, long>> AskAsync(QueryCorrectionOffsetRequestHeader header) =>
            CorrectionOffsets.Decode((await broker.InvokeAsync(RequestCode.QueryCorrectionOffset, header.ToExtFields())).Body.Span).Offsets;
    }

    [Fact]
    public async Task All_groups_progress_is_told_at_once()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders", queues: 1);
        for (var i = 0; i < 3; i++) await broker.SentAsync("orders", $"m{i}");
        await broker.ArrivedAsync("orders", 3);
        broker.Node.Tables.ConsumerOffsets.Commit("consumers", "orders", 0, 1);
        var response = await broker.InvokeAsync(RequestCode.GetBrokerConsumeStats, new GetConsumeStatsInBrokerRequestHeader(false).ToExtFields());
        var list = ConsumeStatsList.Decode(response.Body.Span);
        Assert.Equal((broker.Address, 2L), (list.BrokerAddr, list.TotalDiff));
        var stats = Assert.Single(list.Groups.Single(static g => g.Key == "consumers").Value);
        Assert.Equal((3L, 1L), (stats.Queues[0].Value.BrokerOffset, stats.Queues[0].Value.ConsumerOffset));
        response = await broker.InvokeAsync(RequestCode.GetBrokerConsumeStats, new GetConsumeStatsInBrokerRequestHeader(true).ToExtFields());
        Assert.All(ConsumeStatsList.Decode(response.Body.Span).Groups, static group => Assert.Empty(group.Value));
    }

    [Fact]
    public async Task Producers_and_system_topics_are_listed()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Orders);
        var response = await broker.InvokeAsync(RequestCode.GetAllProducerInfo);
        var (group, producers) = Assert.Single(ProducerTableInfo.Decode(response.Body.Span).Groups);
        var producer = Assert.Single(producers);
        Assert.Equal(("producers", "c1", "127.0.0.1", "DOTNET"), (group, producer.ClientId, producer.RemoteIp, producer.Language));
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - producer.LastUpdateTimestamp, 0, 20_000);
        response = await broker.InvokeAsync(RequestCode.GetSystemTopicListFromBroker);
        var topics = TopicList.Decode(response.Body.Span).Topics;
        foreach (var name in new[] { "TBW102", "RMQ_SYS_TRANS_HALF_TOPIC", "DefaultCluster", "broker-a" }) Assert.Contains(name, topics);
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.CleanUnusedTopic)).Code);
    }
}
