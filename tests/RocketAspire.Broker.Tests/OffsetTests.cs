using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Tests;

public sealed class OffsetTests
{
    private static ExtFields Query(string group = "consumers", string topic = "orders", int queueId = 0) =>
        new QueryConsumerOffsetRequestHeader(group, topic, queueId).ToExtFields();

    [Fact]
    public async Task A_committed_offset_is_answered()
    {
        await using var broker = await TestBroker.StartAsync();
        var update = new UpdateConsumerOffsetRequestHeader("consumers", "orders", 3, 42).ToExtFields();
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, update)).Code);
        var response = await broker.InvokeAsync(RequestCode.QueryConsumerOffset, Query(queueId: 3));
        Assert.Equal((0, "42"), (response.Code, response.ExtFields["offset"]));
    }

    [Fact]
    public async Task A_new_group_starts_at_the_first_message_of_a_young_queue()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "x");
        var response = await broker.InvokeAsync(RequestCode.QueryConsumerOffset, Query());
        Assert.Equal((0, "0"), (response.Code, response.ExtFields["offset"]));
    }

    [Theory]
    [InlineData(0, -1, "orders")]
    [InlineData(-1, 0, "orders")]
    [InlineData(0, 0, "or@ders")]
    public async Task Impossible_offsets_are_refused(int queueId, long offset, string topic)
    {
        await using var broker = await TestBroker.StartAsync();
        var update = new UpdateConsumerOffsetRequestHeader("consumers", topic, queueId, offset).ToExtFields();
        Assert.Equal(ResponseCode.SystemError, (await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, update)).Code);
    }

    [Fact]
    public async Task Bounds_and_times_of_a_queue_are_answered()
    {
        await using var broker = await TestBroker.StartAsync();
        for (var i = 0; i < 3; i++) await broker.SentAsync("orders", $"m{i}");
        var records = await broker.ArrivedAsync("orders", 3);
        var queue = new TopicQueueRequestHeader("orders", 0).ToExtFields();
        Assert.Equal("3", (await broker.InvokeAsync(RequestCode.GetMaxOffset, queue)).ExtFields["offset"]);
        Assert.Equal("0", (await broker.InvokeAsync(RequestCode.GetMinOffset, queue)).ExtFields["offset"]);
        Assert.Equal(records[0].StoreTimestamp.ToString(), (await broker.InvokeAsync(RequestCode.GetEarliestMsgStoretime, queue)).ExtFields["timestamp"]);
        var search = new SearchOffsetRequestHeader("orders", 0, records[0].StoreTimestamp).ToExtFields();
        var found = (await broker.InvokeAsync(RequestCode.SearchOffsetByTimestamp, search)).ExtFields.GetInt64("offset", -1);

        // Messages of one millisecond are as near as each other.
        Assert.Equal(records[0].StoreTimestamp, records[(int)found].StoreTimestamp);
        var unknown = new TopicQueueRequestHeader("unknown", 0).ToExtFields();
        Assert.Equal("0", (await broker.InvokeAsync(RequestCode.GetMaxOffset, unknown)).ExtFields["offset"]);
        Assert.Equal("-1", (await broker.InvokeAsync(RequestCode.GetEarliestMsgStoretime, unknown)).ExtFields["timestamp"]);
    }

    [Theory]
    [InlineData(RequestCode.GetMaxOffset)]
    [InlineData(RequestCode.GetMinOffset)]
    [InlineData(RequestCode.GetEarliestMsgStoretime)]
    [InlineData(RequestCode.SearchOffsetByTimestamp)]
    [InlineData(RequestCode.QueryConsumerOffset)]
    [InlineData(RequestCode.UpdateConsumerOffset)]
    [InlineData(RequestCode.ViewMessageById)]
    [InlineData(RequestCode.PullMessage)]
    [InlineData(RequestCode.ConsumerSendMsgBack)]
    [InlineData(RequestCode.UnregisterClient)]
    [InlineData(RequestCode.GetConsumerListByGroup)]
    [InlineData(RequestCode.UpdateAndCreateTopic)]
    [InlineData(RequestCode.DeleteTopicInBroker)]
    [InlineData(RequestCode.DeleteSubscriptiongroup)]
    [InlineData(RequestCode.GetTopicConfig)]
    [InlineData(RequestCode.GetSubscriptiongroupConfig)]
    [InlineData(RequestCode.GetTopicStatsInfo)]
    [InlineData(RequestCode.GetConsumeStats)]
    [InlineData(RequestCode.GetConsumerConnectionList)]
    [InlineData(RequestCode.GetProducerConnectionList)]
    public async Task A_request_without_its_fields_is_told_which_one_is_missing(int code)
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.InvokeAsync(code);
        Assert.Equal(ResponseCode.SystemError, response.Code);
        Assert.Matches("^header field \\w+ is missing$", response.Remark);
    }

    [Theory]
    [InlineData(RequestCode.HeartBeat)]
    [InlineData(RequestCode.LockBatchMq)]
    [InlineData(RequestCode.UnlockBatchMq)]
    [InlineData(RequestCode.CheckClientConfig)]
    [InlineData(RequestCode.UpdateAndCreateSubscriptiongroup)]
    [InlineData(RequestCode.UpdateAndCreateSubscriptiongroupList)]
    [InlineData(RequestCode.UpdateAndCreateTopicList)]
    public async Task A_body_that_is_no_json_is_answered_and_the_connection_lives(int code)
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.InvokeAsync(code, null, "{\"a\":"u8.ToArray());
        Assert.Equal(ResponseCode.SystemError, response.Code);
        Assert.Contains("not JSON", response.Remark, StringComparison.Ordinal);
        await broker.SentAsync("orders", "x");
    }

    [Fact]
    public async Task A_message_is_viewed_by_its_id()
    {
        await using var broker = await TestBroker.StartAsync();
        var sent = await broker.SentAsync("orders", "look");
        Assert.True(MessageId.TryParse(sent.MsgId, out var host, out var offset));
        Assert.Equal(broker.Node.Endpoint, host);
        await broker.ArrivedAsync("orders", 1);
        var response = await broker.InvokeAsync(RequestCode.ViewMessageById, new ViewMessageRequestHeader(offset).ToExtFields());
        Assert.Equal(0, response.Code);
        Assert.Equal("look", TestBroker.Text(Assert.Single(MessageRecordCodec.DecodeAll(response.Body))));

        response = await broker.InvokeAsync(RequestCode.ViewMessageById, new ViewMessageRequestHeader(offset + 1).ToExtFields());
        Assert.Equal(ResponseCode.SystemError, response.Code);
    }
}
