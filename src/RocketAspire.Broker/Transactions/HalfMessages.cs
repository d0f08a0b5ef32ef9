using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>The records that a transaction leaves in the log: the half message, its copies, the mark of its end and the message itself.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/transaction/queue/TransactionalMessageBridge.java</remarks>
internal static class HalfMessages
{
    /// <summary>The group whose offsets tell how far both queues have been looked through.</summary>
    public const string Group = "CID_RMQ_SYS_TRANS";

    /// <summary>Half messages and their ends all go to this queue of their topics.</summary>
    public const int QueueId = 0;

    // The tag of an end's mark.
    private const string RemoveTag = "d";

    /// <summary>Where the log begins that holds half messages not looked through, in bytes; <see cref="long.MaxValue"/> when there are none.</summary>
    public static long NeedsFrom(MessageStore store, ConsumerOffsetTable offsets) =>
        UndeliveredBound.From(store, TopicNames.TransHalf, [(QueueId, Math.Max(0, offsets.Query(Group, TopicNames.TransHalf, QueueId)))]);

    /// <summary>A message as it waits for its transaction: in the half topic, with the place it is meant for in its properties.</summary>
    public static MessageRecord ToHalf(MessageRecord message)
    {
        var properties = MessageProperties.With(message.Properties.Span, MessageProperties.RealTopic, message.Topic);
        properties = MessageProperties.With(properties, MessageProperties.RealQueueId, message.QueueId.ToString(CultureInfo.InvariantCulture));
        return Copy(message, TopicNames.TransHalf, QueueId, properties, message.SysFlag & ~MessageSysFlag.TransactionRollback, 0);
    }

    /// <summary>The half message once more, at the end of its queue: so that the queue can be looked through in order while single transactions stay open.</summary>
    /// <param name="half">The half message.</param>
    /// <param name="origin">Place of the first of these copies: an end that names it ends this one too.</param>
    /// <param name="checkTimes">How often its producer was asked; null leaves the property as it is.</param>
    public static MessageRecord ToCopy(MessageRecord half, long origin, int? checkTimes)
    {
        var properties = MessageProperties.With(half.Properties.Span, MessageProperties.TransactionPreparedQueueOffset, origin.ToString(CultureInfo.InvariantCulture));
        if (checkTimes is { } times)
        {
            properties = MessageProperties.With(properties, MessageProperties.TransactionCheckTimes, times.ToString(CultureInfo.InvariantCulture));
        }

        return Copy(half, TopicNames.TransHalf, QueueId, properties, half.SysFlag, 0);
    }

    /// <summary>A half message that was given up, or null when it names no topic: such a one could never be delivered.</summary>
    public static MessageRecord ToDiscarded(MessageRecord half) =>
        Copy(half, TopicNames.TransCheckMaxTime, 0, half.Properties, half.SysFlag, 0);

    /// <summary>A message that was given up, as a half message that is asked about anew.</summary>
    public static MessageRecord ToResumed(MessageRecord message)
    {
        var properties = MessageProperties.With(message.Properties.Span, MessageProperties.TransactionCheckTimes, "0");
        properties = MessageProperties.Without(properties, MessageProperties.TransactionPreparedQueueOffset);
        return Copy(message, TopicNames.TransHalf, QueueId, properties, message.SysFlag, 0);
    }

    /// <summary>The message itself, visible to consumers. As at Apache it keeps TRAN_MSG, from which clients take its transaction's id.</summary>
    public static MessageRecord? ToCommitted(MessageRecord half) =>
        Destination(half) is var (topic, queueId)
            ? Copy(
                half, topic, queueId, half.Properties,
                (half.SysFlag & ~MessageSysFlag.TransactionRollback) | MessageSysFlag.TransactionCommit, half.PhysicalOffset)
            : null;

    /// <summary>The half message as a producer is asked about it: under its own topic, at its place in the half topic.</summary>
    public static byte[]? ToCheckBody(MessageRecord half)
    {
        if (Destination(half) is not var (topic, queueId)) return null;
        var message = Copy(half, topic, queueId, half.Properties, half.SysFlag, 0);
        message.QueueOffset = half.QueueOffset;
        message.PhysicalOffset = half.PhysicalOffset;
        message.StoreTimestamp = half.StoreTimestamp;
        var body = new byte[MessageRecordCodec.Measure(message)];
        MessageRecordCodec.Encode(message, body);
        return body;
    }

    /// <summary>The mark that a half message is done with.</summary>
    public static MessageRecord ToOp(long halfOffset, IPEndPoint host, long nowMs) => new()
    {
        Topic = TopicNames.TransOpHalf,
        QueueId = QueueId,
        BornTimestamp = nowMs,
        BornHost = host,
        StoreHost = host,
        Body = Encoding.UTF8.GetBytes(halfOffset.ToString(CultureInfo.InvariantCulture)),
        Properties = MessageProperties.Encode([new(MessageProperties.Tags, RemoveTag)]),
    };

    /// <summary>The half messages that a mark ends: one, or several joined by commas as 5.x writes them.</summary>
    public static IEnumerable<long> EndedBy(MessageRecord op)
    {
        if (MessageProperties.Get(op.Properties.Span, MessageProperties.Tags) != RemoveTag) yield break;
        foreach (var part in Encoding.UTF8.GetString(op.Body.Span).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var half)) yield return half;
        }
    }

    /// <summary>Place of the first half message of the same transaction.</summary>
    public static long OriginOf(MessageRecord half) => Number(half, MessageProperties.TransactionPreparedQueueOffset) ?? half.QueueOffset;

    /// <summary>A property that holds a number; null when it is missing or holds none.</summary>
    public static long? Number(MessageRecord record, string property)
    {
        var text = MessageProperties.Find(record.Properties.Span, Encoding.ASCII.GetBytes(property));
        return Utf8Parser.TryParse(text, out long value, out var used) && used == text.Length ? value : null;
    }

    private static (string Topic, int QueueId)? Destination(MessageRecord half)
    {
        var topic = MessageProperties.Get(half.Properties.Span, MessageProperties.RealTopic);
        return topic is not null && Number(half, MessageProperties.RealQueueId) is >= 0 and <= int.MaxValue and var queueId ? (topic, (int)queueId) : null;
    }

    private static MessageRecord Copy(MessageRecord from, string topic, int queueId, ReadOnlyMemory<byte> properties, int sysFlag, long preparedOffset) => new()
    {
        Topic = topic,
        QueueId = queueId,
        Flag = from.Flag,
        SysFlag = sysFlag,
        BornTimestamp = from.BornTimestamp,
        BornHost = from.BornHost,
        StoreHost = from.StoreHost,
        ReconsumeTimes = from.ReconsumeTimes,
        PreparedTransactionOffset = preparedOffset,
        Body = from.Body,
        Properties = properties,
    };
}
