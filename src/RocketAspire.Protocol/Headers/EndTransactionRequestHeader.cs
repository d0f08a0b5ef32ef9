using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of END_TRANSACTION (37): what became of a half message.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/EndTransactionRequestHeader.java</remarks>
public sealed record EndTransactionRequestHeader : IRequestHeader<EndTransactionRequestHeader>
{
    public required string ProducerGroup { get; init; }

    /// <summary>The half message's place in its queue, in messages.</summary>
    public long TranStateTableOffset { get; init; }

    /// <summary>The half message's place in the log, in bytes.</summary>
    public long CommitLogOffset { get; init; }

    /// <summary>One of <see cref="MessageSysFlag.TransactionCommit"/>, <see cref="MessageSysFlag.TransactionRollback"/> and <see cref="MessageSysFlag.TransactionNot"/> (not known yet).</summary>
    public int CommitOrRollback { get; init; }

    /// <summary>The answer to a CHECK_TRANSACTION_STATE.</summary>
    public bool FromTransactionCheck { get; init; }

    /// <summary>UNIQ_KEY.</summary>
    public string MsgId { get; init; } = "";

    public string? TransactionId { get; init; }

    public static EndTransactionRequestHeader Read(ref HeaderReader reader) => new()
    {
        ProducerGroup = reader.Text("producerGroup"),
        TranStateTableOffset = reader.Int64("tranStateTableOffset"),
        CommitLogOffset = reader.Int64("commitLogOffset"),
        CommitOrRollback = reader.Int32("commitOrRollback"),
        FromTransactionCheck = reader.Boolean("fromTransactionCheck"),
        MsgId = reader.Text("msgId"),
        TransactionId = reader.TextOrNull("transactionId"),
    };

    public ExtFields ToExtFields() => new()
    {
        { "producerGroup", ProducerGroup },
        { "tranStateTableOffset", TranStateTableOffset },
        { "commitLogOffset", CommitLogOffset },
        { "commitOrRollback", CommitOrRollback },
        { "fromTransactionCheck", FromTransactionCheck },
        { "msgId", MsgId },
        { "transactionId", TransactionId },
    };
}
