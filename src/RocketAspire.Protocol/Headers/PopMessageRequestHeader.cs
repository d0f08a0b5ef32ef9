using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of POP_MESSAGE (200050).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/PopMessageRequestHeader.java</remarks>
public sealed record PopMessageRequestHeader : IRequestHeader<PopMessageRequestHeader>
{
    public required string ConsumerGroup { get; init; }

    public required string Topic { get; init; }

    /// <summary>Negative: any queue.</summary>
    public int QueueId { get; init; } = -1;

    public int MaxMsgNums { get; init; } = 32;

    /// <summary>Milliseconds for which nobody else gets the messages.</summary>
    public long InvisibleTime { get; init; } = 60_000;

    /// <summary>Milliseconds that the answer may wait for a message.</summary>
    public long PollTime { get; init; }

    /// <summary>When the consumer asked, in Unix milliseconds; 0: when the request came.</summary>
    public long BornTime { get; init; }

    /// <summary>Where a new group begins: 0 at the first message, 1 at the last.</summary>
    public int InitMode { get; init; }

    /// <summary>TAG (also when absent) or SQL92.</summary>
    public string? ExpType { get; init; }

    public string? Exp { get; init; }

    /// <summary>A queue's next messages come only after those before them were acknowledged.</summary>
    public bool Order { get; init; }

    /// <summary>A repeated attempt of one ordered request carries the same id, and gets the same messages.</summary>
    public string? AttemptId { get; init; }

    public static PopMessageRequestHeader Read(ref HeaderReader reader) => new()
    {
        ConsumerGroup = reader.Text("consumerGroup"),
        Topic = reader.Text("topic"),
        QueueId = Math.Max(-1, reader.Int32("queueId")),
        MaxMsgNums = reader.Int32("maxMsgNums"),
        InvisibleTime = reader.Int64("invisibleTime"),
        PollTime = reader.Int64("pollTime"),
        BornTime = reader.Int64OrNull("bornTime") ?? 0,
        InitMode = reader.Int32("initMode"),
        ExpType = reader.TextOrNull("expType"),
        Exp = reader.TextOrNull("exp"),
        Order = reader.Boolean("order"),
        AttemptId = reader.TextOrNull("attemptId"),
    };

    public ExtFields ToExtFields() => new()
    {
        { "consumerGroup", ConsumerGroup },
        { "topic", Topic },
        { "queueId", QueueId },
        { "maxMsgNums", MaxMsgNums },
        { "invisibleTime", InvisibleTime },
        { "pollTime", PollTime },
        { "bornTime", BornTime },
        { "initMode", InitMode },
        { "expType", ExpType },
        { "exp", Exp },
        { "order", Order },
        { "attemptId", AttemptId },
    };
}
