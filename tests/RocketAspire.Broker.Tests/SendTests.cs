using System.Text;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Tests;

public sealed class SendTests
{
    [Fact]
    public async Task A_sent_message_is_pulled_back_as_it_was()
    {
        await using var broker = await TestBroker.StartAsync();
        var sent = await broker.SentAsync("orders", "hello", queueId: 2, properties: TestBroker.Properties(("TAGS", "a"), ("KEYS", "k1")));
        Assert.Equal((2, 0L), (sent.QueueId, sent.QueueOffset));

        var record = Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 2));
        Assert.Equal("hello", TestBroker.Text(record));
        Assert.Equal("a", MessageProperties.Get(record.Properties.Span, "TAGS"));
        Assert.Equal("k1", MessageProperties.Get(record.Properties.Span, "KEYS"));
        Assert.Equal("DefaultCluster", MessageProperties.Get(record.Properties.Span, "CLUSTER"));
        Assert.Equal(1_700_000_000_000, record.BornTimestamp);
        Assert.Equal(broker.Node.Endpoint, record.StoreHost);
        Assert.Equal(sent.MsgId, MessageId.Create(record.StoreHost, record.PhysicalOffset));
    }

    [Fact]
    public async Task Long_and_short_header_names_do_the_same()
    {
        await using var broker = await TestBroker.StartAsync();
        var header = TestBroker.Header("orders");
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.SendMessage, header.ToExtFields(), "one"u8.ToArray())).Code);
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.SendMessageV2, header.ToExtFieldsV2(), "two"u8.ToArray())).Code);
        Assert.Equal(["one", "two"], (await broker.ArrivedAsync("orders", 2)).Select(TestBroker.Text));
    }

    [Fact]
    public async Task An_answer_names_region_and_trace_switch()
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.SendAsync("orders", "x");
        Assert.Equal("DefaultRegion", response.ExtFields["MSG_REGION"]);
        Assert.Equal("true", response.ExtFields["TRACE_ON"]);
    }

    [Fact]
    public async Task A_batch_is_stored_message_by_message_with_one_id_each()
    {
        await using var broker = await TestBroker.StartAsync();
        BatchMessage[] batch = [.. Enumerable.Range(0, 3).Select(i => new BatchMessage(0, Encoding.UTF8.GetBytes($"m{i}"), Encoding.UTF8.GetBytes(TestBroker.Properties(("TAGS", $"t{i}")))))];
        var response = await broker.SendAsync(TestBroker.Header("orders") with { Batch = true }, BatchMessageCodec.Encode(batch));
        Assert.Equal(0, response.Code);

        var records = await broker.ArrivedAsync("orders", 3);
        Assert.Equal(["m0", "m1", "m2"], records.Select(TestBroker.Text));
        Assert.Equal(records.Select(r => MessageId.Create(r.StoreHost, r.PhysicalOffset)), response.ExtFields["msgId"]!.Split(','));
    }

    [Theory]
    [InlineData("%RETRY%consumers", false)]
    [InlineData("orders", true)]
    public async Task A_batch_to_a_retry_topic_or_with_a_delay_is_illegal(string topic, bool delayed)
    {
        await using var broker = await TestBroker.StartAsync();
        var properties = delayed ? Encoding.UTF8.GetBytes(TestBroker.Properties(("DELAY", "1"))) : [];
        var response = await broker.SendAsync(TestBroker.Header(topic) with { Batch = true }, BatchMessageCodec.Encode([new BatchMessage(0, "x"u8.ToArray(), properties)]));
        Assert.Equal(ResponseCode.MessageIllegal, response.Code);
    }

    [Fact]
    public async Task A_batch_that_is_no_batch_is_illegal_and_the_connection_lives()
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.SendAsync(TestBroker.Header("orders") with { Batch = true }, [1, 2, 3]);
        Assert.Equal(ResponseCode.MessageIllegal, response.Code);
        await broker.SentAsync("orders", "still here");
    }

    [Fact]
    public async Task A_one_way_send_is_stored_and_not_answered()
    {
        await using var broker = await TestBroker.StartAsync();
        var request = RemotingCommand.CreateRequest(RequestCode.SendMessageV2, TestBroker.Header("orders").ToExtFieldsV2(), "quiet"u8.ToArray());
        await broker.Client.SendOnewayAsync(broker.Address, request, TestBroker.Long, TestContext.Current.CancellationToken);
        Assert.Equal("quiet", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("orders", 1))));
    }

    [Fact]
    public async Task An_open_queue_is_picked_by_the_broker()
    {
        await using var broker = await TestBroker.StartAsync();
        var response = await broker.SendAsync("orders", "x", queueId: -1);
        Assert.InRange(int.Parse(response.ExtFields["queueId"]!), 0, 3);
    }

    [Theory]
    [InlineData("with space", ResponseCode.SystemError)]
    [InlineData("", ResponseCode.SystemError)]
    [InlineData("SELF_TEST_TOPIC", ResponseCode.NoPermission)]
    [InlineData("SCHEDULE_TOPIC_XXXX", ResponseCode.NoPermission)]
    [InlineData("RMQ_SYS_TRANS_HALF_TOPIC", ResponseCode.NoPermission)]
    [InlineData("RMQ_SYS_ROCKETASPIRE_TERM", ResponseCode.NoPermission)]
    [InlineData("RMQ_SYS_ROCKETASPIRE_META", ResponseCode.NoPermission)]
    public async Task Topics_that_may_not_be_sent_to_are_refused(string topic, int code)
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(code, (await broker.SendAsync(topic, "x")).Code);
    }

    [Fact]
    public async Task A_topic_longer_than_127_characters_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(ResponseCode.SystemError, (await broker.SendAsync(new string('t', 128), "x")).Code);
        await broker.SentAsync(new string('t', 127), "x");
    }

    [Fact]
    public async Task A_queue_beyond_the_topic_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders", queues: 2);
        var response = await broker.SendAsync("orders", "x", queueId: 2);
        Assert.Equal(ResponseCode.SystemError, response.Code);
        Assert.Contains("queueId[2] is illegal", response.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_large_a_body_and_too_long_properties_are_illegal()
    {
        await using var broker = await TestBroker.StartAsync(o => o with { Store = o.Store with { MaxMessageSizeBytes = 1000 } });
        Assert.Equal(ResponseCode.MessageIllegal, (await broker.SendAsync("orders", new string('b', 1001))).Code);
        await broker.SentAsync("orders", new string('b', 1000));
        Assert.Equal(ResponseCode.MessageIllegal, (await broker.SendAsync("orders", "x", properties: TestBroker.Properties(("p", new string('v', 33_000))))).Code);
    }

    [Fact]
    public async Task A_missing_or_malformed_field_is_named_and_the_connection_lives()
    {
        await using var broker = await TestBroker.StartAsync();
        var fields = TestBroker.Header("orders").ToExtFieldsV2();
        fields["e"] = "none";
        var response = await broker.InvokeAsync(RequestCode.SendMessageV2, fields, [1]);
        Assert.Equal((ResponseCode.SystemError, "header field e is not a number in range: none"), (response.Code, response.Remark));

        response = await broker.InvokeAsync(RequestCode.SendMessage, new ExtFields { { "producerGroup", "p" } }, [1]);
        Assert.Equal((ResponseCode.SystemError, "header field topic is missing"), (response.Code, response.Remark));
        await broker.SentAsync("orders", "x");
    }

    [Fact]
    public async Task Without_auto_creation_an_unknown_topic_does_not_exist()
    {
        await using var broker = await TestBroker.StartAsync(o => o with { AutoCreateTopicEnable = false });
        Assert.Equal(ResponseCode.TopicNotExist, (await broker.SendAsync("orders", "x")).Code);
        await broker.CreateTopicAsync("orders");
        await broker.SentAsync("orders", "x");
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(16, 8)]
    public async Task An_auto_created_topic_has_the_smaller_of_both_queue_counts(int asked, int got)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SendAsync(TestBroker.Header("orders") with { DefaultTopicQueueNums = asked }, [1]);
        var topic = broker.Node.Tables.Topics.Find("orders")!;
        Assert.Equal((got, got, 6), (topic.ReadQueueNums, topic.WriteQueueNums, topic.Perm));
    }

    [Fact]
    public async Task Beyond_the_bound_sends_are_refused_as_busy()
    {
        await using var broker = await TestBroker.StartAsync(o => o with { SendQueueCapacity = 0 });
        Assert.Equal(ResponseCode.SystemBusy, (await broker.SendAsync("orders", "x")).Code);
    }

    [Fact]
    public async Task Sends_before_the_configured_time_are_refused()
    {
        await using var broker = await TestBroker.StartAsync(o => o with { StartAcceptSendRequestTimeStamp = long.MaxValue / 100_000 });
        var response = await broker.SendAsync("orders", "x");
        Assert.Equal(ResponseCode.SystemError, response.Code);
        Assert.StartsWith("broker unable to service, until", response.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_send_to_a_retry_topic_after_too_many_tries_goes_to_the_dead_letters()
    {
        await using var broker = await TestBroker.StartAsync();
        var header = TestBroker.Header("%RETRY%consumers") with { ReconsumeTimes = 16, MaxReconsumeTimes = 16 };
        Assert.Equal(0, (await broker.SendAsync(header, "dead"u8.ToArray())).Code);
        Assert.Equal("dead", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("%DLQ%consumers", 1))));
    }
}
