using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Tests;

public sealed class SendBackTests
{
    private static Task<TestBroker> StartAsync() => TestBroker.StartAsync(
        o => o with { Store = o.Store with { DelayLevelsMs = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180] } });

    private static ExtFields Back(MessageRecord record, int delayLevel = 0, int? maximum = null, string group = "consumers") => new ConsumerSendMsgBackRequestHeader
    {
        Offset = record.PhysicalOffset,
        Group = group,
        DelayLevel = delayLevel,
        MaxReconsumeTimes = maximum,
    }.ToExtFields();

    [Fact]
    public async Task A_message_sent_back_comes_again_in_the_retry_topic_with_its_origin()
    {
        await using var broker = await StartAsync();
        var sent = await broker.SentAsync("orders", "again", properties: TestBroker.Properties(("TAGS", "a")));
        var original = Assert.Single(await broker.ArrivedAsync("orders", 1));
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, Back(original))).Code);

        var retried = Assert.Single(await broker.ArrivedAsync("%RETRY%consumers", 1));
        var properties = MessageProperties.Parse(retried.Properties.Span);
        Assert.Equal(("again", 1), (TestBroker.Text(retried), retried.ReconsumeTimes));
        Assert.Equal(("orders", sent.MsgId, "a"), (properties["RETRY_TOPIC"], properties["ORIGIN_MESSAGE_ID"], properties["TAGS"]));
        Assert.Equal(("3", "false"), (properties["DELAY"], properties["WAIT"]));

        // Its second failure keeps the first origin and waits one level longer.
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, Back(retried))).Code);
        var twice = (await broker.ArrivedAsync("%RETRY%consumers", 2))[1];
        Assert.Equal(2, twice.ReconsumeTimes);
        Assert.Equal("orders", MessageProperties.Get(twice.Properties.Span, "RETRY_TOPIC"));
        Assert.Equal(sent.MsgId, MessageProperties.Get(twice.Properties.Span, "ORIGIN_MESSAGE_ID"));
    }

    [Fact]
    public async Task The_first_retry_waits_at_level_3_and_the_next_one_level_longer()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "x");
        var original = Assert.Single(await broker.ArrivedAsync("orders", 1));
        await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, Back(original));
        var waiting = Assert.Single(await broker.ArrivedAsync("SCHEDULE_TOPIC_XXXX", 1, queueId: 2));
        Assert.Equal("%RETRY%consumers", MessageProperties.Get(waiting.Properties.Span, "REAL_TOPIC"));
        Assert.Equal("3", MessageProperties.Get(waiting.Properties.Span, "DELAY"));
    }

    [Fact]
    public async Task After_its_last_try_a_message_goes_to_the_dead_letters()
    {
        await using var broker = await StartAsync();
        await broker.SentAsync("orders", "hopeless");
        var record = Assert.Single(await broker.ArrivedAsync("orders", 1));
        await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, Back(record, maximum: 1));
        record = Assert.Single(await broker.ArrivedAsync("%RETRY%consumers", 1));
        await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, Back(record, maximum: 1));
        var dead = Assert.Single(await broker.ArrivedAsync("%DLQ%consumers", 1));
        Assert.Equal(("hopeless", 2), (TestBroker.Text(dead), dead.ReconsumeTimes));
        Assert.Equal("orders", MessageProperties.Get(dead.Properties.Span, "RETRY_TOPIC"));
        Assert.Equal("0", MessageProperties.Get(dead.Properties.Span, "DELAY"));
    }

    [Fact]
    public async Task A_negative_level_goes_straight_to_the_dead_letters()
    {
        await using var broker = await StartAsync();
        await broker.SentAsync("orders", "no");
        var record = Assert.Single(await broker.ArrivedAsync("orders", 1));
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, Back(record, delayLevel: -1))).Code);
        Assert.Equal("no", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("%DLQ%consumers", 1))));
    }

    [Fact]
    public async Task A_group_without_retry_queues_drops_what_is_sent_back()
    {
        await using var broker = await StartAsync();
        await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = "consumers", RetryQueueNums = 0 }.Encode());
        await broker.SentAsync("orders", "x");
        var record = Assert.Single(await broker.ArrivedAsync("orders", 1));
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, Back(record))).Code);
        Assert.Null(broker.Node.Tables.Topics.Find("%RETRY%consumers"));
    }

    [Fact]
    public async Task What_is_not_there_can_not_be_sent_back()
    {
        await using var broker = await TestBroker.StartAsync(o => o with { AutoCreateSubscriptionGroup = false });
        await broker.SentAsync("orders", "x");
        var record = Assert.Single((await broker.Node.Store.ReadAllAsync("orders")));
        Assert.Equal(ResponseCode.SubscriptionGroupNotExist, (await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, Back(record))).Code);

        await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = "consumers" }.Encode());
        var nowhere = new ConsumerSendMsgBackRequestHeader { Offset = 1_000_000, Group = "consumers" }.ToExtFields();
        var response = await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, nowhere);
        Assert.Equal((ResponseCode.SystemError, "look message by offset failed, 1000000"), (response.Code, response.Remark));
    }
}
