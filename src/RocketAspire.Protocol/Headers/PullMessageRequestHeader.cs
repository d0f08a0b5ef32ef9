using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of PULL_MESSAGE (11) and LITE_PULL_MESSAGE (361).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/PullMessageRequestHeader.java</remarks>
public sealed record PullMessageRequestHeader : IRequestHeader<PullMessageRequestHeader>
{
    public required string ConsumerGroup { get; init; }

    public required string Topic { get; init; }

    public int QueueId { get; init; }

    /// <summary>First message wanted, in messages.</summary>
    public long QueueOffset { get; init; }

    public int MaxMsgNums { get; init; } = 32;

    /// <summary>Bits of <see cref="PullSysFlag"/>.</summary>
    public int SysFlag { get; init; }

    public long CommitOffset { get; init; }

    public long SuspendTimeoutMillis { get; init; }

    /// <summary>Tags joined by "||", "*" for all, or an SQL92 expression; see <see cref="ExpressionType"/>.</summary>
    public string? Subscription { get; init; }

    public long SubVersion { get; init; }

    /// <summary>TAG (also when absent) or SQL92.</summary>
    public string? ExpressionType { get; init; }

    /// <summary>Bytes wanted at most; 5.x only.</summary>
    public int? MaxMsgBytes { get; init; }

    public static PullMessageRequestHeader Read(ref HeaderReader reader) => new()
    {
        ConsumerGroup = reader.Text("consumerGroup"),
        Topic = reader.Text("topic"),
        QueueId = reader.Int32("queueId"),
        QueueOffset = reader.Int64("queueOffset"),
        MaxMsgNums = reader.Int32("maxMsgNums"),
        SysFlag = reader.Int32("sysFlag"),
        CommitOffset = reader.Int64("commitOffset"),
        SuspendTimeoutMillis = reader.Int64("suspendTimeoutMillis"),
        Subscription = reader.TextOrNull("subscription"),
        SubVersion = reader.Int64("subVersion"),
        ExpressionType = reader.TextOrNull("expressionType"),
        MaxMsgBytes = reader.Int32OrNull("maxMsgBytes"),
    };

    public ExtFields ToExtFields()
    {
        var fields = new ExtFields
        {
            { "consumerGroup", ConsumerGroup },
            { "topic", Topic },
            { "queueId", QueueId },
            { "queueOffset", QueueOffset },
            { "maxMsgNums", MaxMsgNums },
            { "sysFlag", SysFlag },
            { "commitOffset", CommitOffset },
            { "suspendTimeoutMillis", SuspendTimeoutMillis },
            { "subscription", Subscription },
            { "subVersion", SubVersion },
            { "expressionType", ExpressionType },
        };
        if (MaxMsgBytes is { } bytes) fields.Add("maxMsgBytes", bytes);
        return fields;
    }

    public bool Has(int flag) => (SysFlag & flag) != 0;
}
