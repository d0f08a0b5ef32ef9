using System.Globalization;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Tests.Popping;

/// <summary>A popped message with the receipt that Apache's client would make for it.</summary>
internal sealed record Popped(MessageRecord Record, PopReceipt Receipt)
{
    public string Text => TestBroker.Text(Record);
}

/// <summary>Speaks as a 5.x consumer in pop mode does: raw requests, and receipts made of the answer's texts as MQClientAPIImpl.processPopResponse makes them.</summary>
internal static class PopClient
{
    public const string Group = "poppers";
    public const long Soon = 300;

    public static Task CreateGroupAsync(this TestBroker broker, string group = Group) =>
        broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = group }.Encode());

    public static PopMessageRequestHeader PopHeader(string topic, int queueId = -1, int max = 32, long invisibleMs = 60_000, long pollMs = 0, string group = Group) => new()
    {
        ConsumerGroup = group,
        Topic = topic,
        QueueId = queueId,
        MaxMsgNums = max,
        InvisibleTime = invisibleMs,
        PollTime = pollMs,
        BornTime = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
    };

    public static Task<RemotingCommand> PopAsync(this TestBroker broker, PopMessageRequestHeader header, RemotingClient? client = null) =>
        broker.InvokeAsync(RequestCode.PopMessage, header.ToExtFields(), null, client);

    /// <summary>Pops and insists on messages.</summary>
    public static async Task<List<Popped>> PoppedAsync(this TestBroker broker, PopMessageRequestHeader header)
    {
        var response = await broker.PopAsync(header);
        Assert.Equal((ResponseCode.Success, "FOUND"), (response.Code, response.Remark));
        return Read(response);
    }

    /// <summary>Pops again and again until so many have come.</summary>
    public static async Task<List<Popped>> PoppedAsync(this TestBroker broker, PopMessageRequestHeader header, int count)
    {
        var all = new List<Popped>();
        await RocketAspire.TestSupport.Eventually.TrueAsync($"{count} messages are popped", async () =>
        {
            var response = await broker.PopAsync(header with { MaxMsgNums = Math.Min(32, count - all.Count), BornTime = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() });
            if (response.Code == ResponseCode.Success) all.AddRange(Read(response));
            return all.Count >= count;
        });
        return all;
    }

    public static List<Popped> Read(RemotingCommand response)
    {
        Assert.True(RequestHeader.TryRead<PopMessageResponseHeader>(response.ExtFields, out var header, out var problem), problem);
        var starts = header.StartOffsetInfo!.Split(';').Select(static part => part.Split(' ')).ToDictionary(static part => (part[0], part[1]), static part => long.Parse(part[2], CultureInfo.InvariantCulture));
        var offsets = header.MsgOffsetInfo!.Split(';').Select(static part => part.Split(' ')).ToDictionary(static part => (part[0], part[1]), static part => part[2].Split(',').Select(long.Parse).ToList());
        return MessageRecordCodec.DecodeAll(response.Body).ConvertAll(record =>
        {
            if (PopReceipt.Parse(MessageProperties.Get(record.Properties.Span, MessageProperties.PopCheckPoint)) is { } receipt) return new Popped(record, receipt);
            var key = (PopInfo.RetryMark(record.Topic).ToString(CultureInfo.InvariantCulture), record.QueueId.ToString(CultureInfo.InvariantCulture));
            Assert.Contains(record.QueueOffset, offsets[key]);
            return new Popped(record, new PopReceipt(starts[key], header.PopTime, header.InvisibleTime, header.ReviveQid, PopInfo.RetryMark(record.Topic), "broker-a", record.QueueId, record.QueueOffset));
        });
    }

    public static Task<RemotingCommand> AckAsync(this TestBroker broker, Popped message, string group = Group) => broker.InvokeAsync(
        RequestCode.AckMessage,
        new AckMessageRequestHeader
        {
            ConsumerGroup = group,
            Topic = RealTopic(message, group),
            QueueId = message.Receipt.QueueId,
            ExtraInfo = message.Receipt.ToString(),
            Offset = message.Receipt.QueueOffset,
        }.ToExtFields());

    public static async Task AckedAsync(this TestBroker broker, Popped message, string group = Group)
    {
        var response = await broker.AckAsync(message, group);
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
    }

    /// <summary>Gives the message with its new receipt.</summary>
    public static async Task<Popped> ChangedAsync(this TestBroker broker, Popped message, long invisibleMs)
    {
        var response = await broker.InvokeAsync(
            RequestCode.ChangeMessageInvisibletime,
            new ChangeInvisibleTimeRequestHeader
            {
                ConsumerGroup = Group,
                Topic = RealTopic(message, Group),
                QueueId = message.Receipt.QueueId,
                ExtraInfo = message.Receipt.ToString(),
                Offset = message.Receipt.QueueOffset,
                InvisibleTime = invisibleMs,
            }.ToExtFields());
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
        Assert.True(RequestHeader.TryRead<ChangeInvisibleTimeResponseHeader>(response.ExtFields, out var changed, out var problem), problem);
        var start = message.Receipt.IsOrder ? message.Receipt.StartOffset : message.Receipt.QueueOffset;
        return message with { Receipt = message.Receipt with { StartOffset = start, PopTime = changed.PopTime, InvisibleTime = changed.InvisibleTime, ReviveQid = changed.ReviveQid } };
    }

    public static string RealTopic(Popped message, string group) =>
        message.Receipt.Retry == 0 ? message.Record.Topic : PopTopics.Retry(message.Record.Topic, group, v2: message.Receipt.Retry == 2);

    public static long OffsetOf(this TestBroker broker, string topic, int queueId = 0, string group = Group) => broker.Node.Tables.ConsumerOffsets.Query(group, topic, queueId);
}
