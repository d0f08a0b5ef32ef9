using System.Net;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client.Tests;

public sealed class BrokerCallTests
{
    private static readonly MessageQueue Queue = new("TopicA", "broker-a", 2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ResponseCode.Success, SendStatus.Ok)]
    [InlineData(ResponseCode.FlushDiskTimeout, SendStatus.FlushDiskTimeout)]
    [InlineData(ResponseCode.SlaveNotAvailable, SendStatus.SlaveNotAvailable)]
    [InlineData(ResponseCode.FlushSlaveTimeout, SendStatus.FlushSlaveTimeout)]
    public async Task A_stored_message_says_how_safe_it_is(int code, SendStatus status)
    {
        await using var cluster = new StubCluster();
        SendMessageRequestHeader? sent = null;
        byte[]? body = null;
        var broker = await cluster.ServeAsync((RequestCode.SendMessageV2, request =>
        {
            Assert.True(SendMessageRequestHeader.TryRead(request, out var header, out _));
            (sent, body) = (header, request.Body.ToArray());
            var answer = request.CreateResponse(code, code == 0 ? null : "not safe");
            new SendMessageResponseHeader { MsgId = "0A", QueueId = 2, QueueOffset = 41 }.AddTo(answer.ExtFields);
            return answer;
        }
        ));
        var sender = new MessageSender(cluster.Connect(broker), "group-x");

        var result = await sender.SendAsync(broker, Queue, new()
        {
            Topic = "TopicA",
            Body = "hello"u8.ToArray(),
            Tag = "red",
            Keys = ["k1", "k2"],
            Flag = 7,
            Properties = new Dictionary<string, string> { ["own"] = "é" },
        }, Ct);

        Assert.Equal((status, code == 0, "0A", Queue, 41L), (result.Status, result.IsAcknowledged, result.OffsetMessageId, result.Queue, result.QueueOffset));
        Assert.Equal(("group-x", "TopicA", 2, 7, "broker-a", "hello"), (sent!.ProducerGroup, sent.Topic, sent.QueueId, sent.Flag, sent.BrokerName, Encoding.UTF8.GetString(body!)));
        var properties = MessageProperties.Parse(Encoding.UTF8.GetBytes(sent.Properties!));
        Assert.Equal(("red", "k1 k2", "é", "true", result.MessageId), (properties["TAGS"], properties["KEYS"], properties["own"], properties["WAIT"], properties["UNIQ_KEY"]));
        Assert.Matches("^[0-9A-F]{32}$", result.MessageId);
    }

    [Fact]
    public async Task A_one_way_message_asks_for_no_answer()
    {
        await using var cluster = new StubCluster();
        var arrived = new TaskCompletionSource<RemotingCommand>(TaskCreationOptions.RunContinuationsAsynchronously);
        var broker = await cluster.ServeAsync((RequestCode.SendMessageV2, request =>
        {
            arrived.TrySetResult(request);
            return null;
        }
        ));

        var id = await new MessageSender(cluster.Connect(broker)).SendOnewayAsync(broker, Queue, new() { Topic = "TopicA", Body = "hello"u8.ToArray() }, Ct);

        var request = await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20), Ct);
        Assert.True(request.IsOneway);
        Assert.True(SendMessageRequestHeader.TryRead(request, out var header, out _));
        Assert.Equal(id, MessageProperties.Parse(Encoding.UTF8.GetBytes(header.Properties!))["UNIQ_KEY"]);
    }

    [Fact]
    public async Task A_refused_message_is_an_exception_with_code_and_reason()
    {
        await using var cluster = new StubCluster();
        var broker = await cluster.ServeAsync((RequestCode.SendMessageV2, static request => request.CreateResponse(ResponseCode.NoPermission, "the topic can't be written")));

        var e = await Assert.ThrowsAsync<RocketMQResponseException>(() =>
            new MessageSender(cluster.Connect(broker)).SendAsync(broker, Queue, new() { Topic = "TopicA", Body = new byte[1] }, Ct).AsTask());

        Assert.Equal((ResponseCode.NoPermission, broker), (e.Code, e.Address));
        Assert.Equal($"{broker} answered request 310 with code 16: the topic can't be written", e.Message);
    }

    [Fact]
    public async Task Messages_that_no_broker_takes_are_refused_before_they_are_sent()
    {
        await using var cluster = new StubCluster();
        var broker = await cluster.NobodyAsync();
        var sender = new MessageSender(cluster.Connect(broker));
        RocketMQMessage[] wrong =
        [
            new() { Topic = "TopicA", Body = default },
            new() { Topic = "TopicA", Body = new byte[(4 * 1024 * 1024) + 1] },
            new() { Topic = "TopicA", Body = new byte[1], Properties = new Dictionary<string, string> { ["a"] = "\u0001" } },
            new() { Topic = "TopicB", Body = new byte[1] },
        ];

        foreach (var message in wrong) await Assert.ThrowsAnyAsync<ArgumentException>(() => sender.SendAsync(broker, Queue, message, Ct).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => sender.SendAsync(broker, Queue with { Topic = "white space" }, new() { Topic = "white space", Body = new byte[1] }, Ct).AsTask());
    }

    [Fact]
    public async Task Ids_of_many_messages_differ()
    {
        await using var cluster = new StubCluster();
        var broker = await cluster.ServeAsync((RequestCode.SendMessageV2, static request =>
        {
            var answer = request.CreateResponse(0);
            new SendMessageResponseHeader { MsgId = "0A", QueueId = 2, QueueOffset = 0 }.AddTo(answer.ExtFields);
            return answer;
        }
        ));
        var connection = cluster.Connect(broker);
        MessageSender[] senders = [new(connection), new(connection)];

        var results = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => senders[i % 2].SendAsync(broker, Queue, new() { Topic = "TopicA", Body = new byte[1] }, Ct).AsTask()));

        Assert.Equal(400, results.Select(static result => result.MessageId).Distinct().Count());
    }

    [Fact]
    public async Task A_pull_brings_messages_and_where_to_go_on()
    {
        await using var cluster = new StubCluster();
        PullMessageRequestHeader? asked = null;
        var broker = await cluster.ServeAsync((RequestCode.PullMessage, request =>
        {
            Assert.True(RequestHeader.TryRead(request.ExtFields, out asked, out _));
            return Pulled(request, ResponseCode.Success, [.. Record(3, "a"), .. Record(4, "b")]);
        }
        ));

        var result = await new MessagePuller(cluster.Connect(broker), "readers").PullAsync(broker, "TopicA", 2, 3, 10, TimeSpan.FromSeconds(1), "red || blue", Ct);

        Assert.Equal((PullStatus.Found, 5L, 1L, 9L), (result.Status, result.NextBeginOffset, result.MinOffset, result.MaxOffset));
        Assert.Equal(["3a", "4b"], result.Messages.Select(static message => message.QueueOffset + Encoding.UTF8.GetString(message.Body.Span)));
        Assert.Equal(("readers", 3L, 10, "red || blue", 1000L), (asked!.ConsumerGroup, asked.QueueOffset, asked.MaxMsgNums, asked.Subscription, asked.SuspendTimeoutMillis));
        Assert.Equal(PullSysFlag.Subscription | PullSysFlag.Suspend, asked.SysFlag);
    }

    [Theory]
    [InlineData(ResponseCode.PullNotFound, PullStatus.NoNewMessage)]
    [InlineData(ResponseCode.PullRetryImmediately, PullStatus.NoMatchedMessage)]
    [InlineData(ResponseCode.PullOffsetMoved, PullStatus.OffsetIllegal)]
    public async Task A_pull_without_messages_says_why(int code, PullStatus status)
    {
        await using var cluster = new StubCluster();
        var broker = await cluster.ServeAsync((RequestCode.PullMessage, request => Pulled(request, code, [])));

        var result = await new MessagePuller(cluster.Connect(broker)).PullAsync(broker, "TopicA", 0, 0, cancellationToken: Ct);

        Assert.Equal((status, 5L, 0), (result.Status, result.NextBeginOffset, result.Messages.Count));
    }

    [Fact]
    public async Task Messages_that_are_cut_or_damaged_are_not_passed_over_in_silence()
    {
        await using var cluster = new StubCluster();
        var good = Record(3, "a");
        byte[] cut = [.. good, .. Record(4, "b")[..^3]];
        var broker = await cluster.ServeAsync((RequestCode.PullMessage, request => Pulled(request, ResponseCode.Success, cut)));

        var e = await Assert.ThrowsAsync<RocketMQResponseException>(() => new MessagePuller(cluster.Connect(broker)).PullAsync(broker, "TopicA", 0, 0, cancellationToken: Ct).AsTask());

        Assert.Contains($"can't be read from byte {good.Length} on", e.Message);
    }

    [Fact]
    public async Task Admin_asks_a_broker_and_reads_its_answers()
    {
        await using var cluster = new StubCluster();
        CreateTopicRequestHeader? created = null;
        var broker = await cluster.ServeAsync(
            (RequestCode.UpdateAndCreateTopic, request =>
            {
                Assert.True(RequestHeader.TryRead(request.ExtFields, out created, out _));
                return request.CreateResponse(0);
            }
        ),
            (RequestCode.GetMaxOffset, static request => Offset(request, 12)),
            (RequestCode.GetMinOffset, static request => Offset(request, 3)),
            (RequestCode.GetAllTopicListFromNameserver, static request => request.CreateResponse(0, body: new TopicList(["TopicA"]).Encode())),
            (RequestCode.GetBrokerRuntimeInfo, static request => request.CreateResponse(0, body: new KvTable(new Dictionary<string, string> { ["brokerVersionDesc"] = "V4_9_8" }).Encode())));
        var admin = new RocketMQAdmin(cluster.Connect(broker));

        await admin.CreateTopicAsync(broker, new() { TopicName = "TopicA", ReadQueueNums = 1, WriteQueueNums = 2, Order = true, Attributes = new() { ["message.type"] = "FIFO" } }, Ct);

        Assert.Equal(("TopicA", 1, 2, true, "+message.type=FIFO"), (created!.Topic, created.ReadQueueNums, created.WriteQueueNums, created.Order, created.Attributes));
        Assert.Equal((12L, 3L), (await admin.GetMaxOffsetAsync(broker, "TopicA", 1, Ct), await admin.GetMinOffsetAsync(broker, "TopicA", 1, Ct)));
        Assert.Equal("V4_9_8", (await admin.GetBrokerRuntimeInfoAsync(broker, Ct))["brokerVersionDesc"]);
        Assert.Equal(["TopicA"], await admin.GetTopicsAsync(Ct));
    }

    private static RemotingCommand Offset(RemotingCommand request, long offset)
    {
        Assert.Equal("topic=TopicA,queueId=1", request.ExtFields.ToString());
        var answer = request.CreateResponse(0);
        answer.ExtFields.Add("offset", offset);
        return answer;
    }

    private static RemotingCommand Pulled(RemotingCommand request, int code, byte[] body)
    {
        var answer = request.CreateResponse(code, body: body);
        new PullMessageResponseHeader { NextBeginOffset = 5, MinOffset = 1, MaxOffset = 9 }.AddTo(answer.ExtFields);
        return answer;
    }

    private static byte[] Record(long queueOffset, string body)
    {
        var host = new IPEndPoint(IPAddress.Loopback, 10911);
        var record = new MessageRecord { Topic = "TopicA", BornHost = host, StoreHost = host, QueueOffset = queueOffset, Body = Encoding.UTF8.GetBytes(body) };
        var bytes = new byte[MessageRecordCodec.Measure(record)];
        MessageRecordCodec.Encode(record, bytes);
        return bytes;
    }
}
