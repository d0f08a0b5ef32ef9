using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of CHECK_TRANSACTION_STATE (39), which goes from the broker to a producer; the body is the half message.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/CheckTransactionStateRequestHeader.java</remarks>
public sealed record CheckTransactionStateRequestHeader : IRequestHeader<CheckTransactionStateRequestHeader>
{
    /// <summary>The half message's place in its queue, in messages.</summary>
    public long TranStateTableOffset { get; init; }

    /// <summary>The half message's place in the log, in bytes.</summary>
    public long CommitLogOffset { get; init; }

    /// <summary>UNIQ_KEY.</summary>
    public string? MsgId { get; init; }

    public string? TransactionId { get; init; }

    public string? OffsetMsgId { get; init; }

    public static CheckTransactionStateRequestHeader Read(ref HeaderReader reader) => new()
    {
        TranStateTableOffset = reader.Int64("tranStateTableOffset"),
        CommitLogOffset = reader.Int64("commitLogOffset"),
        MsgId = reader.TextOrNull("msgId"),
        TransactionId = reader.TextOrNull("transactionId"),
        OffsetMsgId = reader.TextOrNull("offsetMsgId"),
    };

    public ExtFields ToExtFields() => new()
    {
        { "tranStateTableOffset", TranStateTableOffset },
        { "commitLogOffset", CommitLogOffset },
        { "msgId", MsgId },
        { "transactionId", TransactionId },
        { "offsetMsgId", OffsetMsgId },
    };
}
