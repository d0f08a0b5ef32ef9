using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of PEEK_MESSAGE (200052): as a pop, but nothing becomes invisible.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/PeekMessageRequestHeader.java</remarks>
public sealed record PeekMessageRequestHeader(string ConsumerGroup, string Topic, int QueueId, int MaxMsgNums) : IRequestHeader<PeekMessageRequestHeader>
{
    public static PeekMessageRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("consumerGroup"), reader.Text("topic"), Math.Max(-1, reader.Int32("queueId")), reader.Int32("maxMsgNums"));

    public ExtFields ToExtFields() => new() { { "consumerGroup", ConsumerGroup }, { "topic", Topic }, { "queueId", QueueId }, { "maxMsgNums", MaxMsgNums } };
}

/// <summary>Header of NOTIFICATION (200054): is there something to pop?</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/NotificationRequestHeader.java</remarks>
public sealed record NotificationRequestHeader : IRequestHeader<NotificationRequestHeader>
{
    public required string ConsumerGroup { get; init; }

    public required string Topic { get; init; }

    /// <summary>Negative: any queue.</summary>
    public int QueueId { get; init; } = -1;

    /// <summary>Milliseconds that the answer may wait.</summary>
    public long PollTime { get; init; }

    /// <summary>Unix milliseconds; 0: when the request came.</summary>
    public long BornTime { get; init; }

    public bool Order { get; init; }

    public string? AttemptId { get; init; }

    public static NotificationRequestHeader Read(ref HeaderReader reader) => new()
    {
        ConsumerGroup = reader.Text("consumerGroup"),
        Topic = reader.Text("topic"),
        QueueId = Math.Max(-1, reader.Int32("queueId")),
        PollTime = reader.Int64("pollTime"),
        BornTime = reader.Int64OrNull("bornTime") ?? 0,
        Order = reader.Boolean("order"),
        AttemptId = reader.TextOrNull("attemptId"),
    };

    public ExtFields ToExtFields() => new()
    {
        { "consumerGroup", ConsumerGroup },
        { "topic", Topic },
        { "queueId", QueueId },
        { "pollTime", PollTime },
        { "bornTime", BornTime },
        { "order", Order },
        { "attemptId", AttemptId },
    };
}

/// <summary>Header of POLLING_INFO (200055): how many pops of a group wait?</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/PollingInfoRequestHeader.java</remarks>
public sealed record PollingInfoRequestHeader(string ConsumerGroup, string Topic, int QueueId) : IRequestHeader<PollingInfoRequestHeader>
{
    public static PollingInfoRequestHeader Read(ref HeaderReader reader) =>
        new(reader.Text("consumerGroup"), reader.Text("topic"), Math.Max(-1, reader.Int32("queueId")));

    public ExtFields ToExtFields() => new() { { "consumerGroup", ConsumerGroup }, { "topic", Topic }, { "queueId", QueueId } };
}
