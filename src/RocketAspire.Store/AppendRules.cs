using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>What a message must be like to be appended, and how large its record will be.</summary>
internal sealed class AppendRules(StoreOptions options, long fileSize)
{
    /// <summary>The batch, if it may be appended side by side.</summary>
    /// <exception cref="ArgumentException">It is empty, or not of one topic, queue and sysFlag.</exception>
    public static MessageRecord[] OneQueue(IReadOnlyList<MessageRecord> batch)
    {
        if (batch.Count == 0) throw new ArgumentException("A batch holds at least one message.", nameof(batch));
        foreach (var m in batch)
        {
            if (m.Topic != batch[0].Topic || m.QueueId != batch[0].QueueId || m.SysFlag != batch[0].SysFlag) throw new ArgumentException("A batch is of one topic, queue and sysFlag.", nameof(batch));
        }

        return [.. batch];
    }

    /// <param name="messages">To be appended together.</param>
    /// <param name="total">Bytes of their records; 0 when they are refused.</param>
    public AppendStatus Check(ReadOnlySpan<MessageRecord> messages, out int total)
    {
        long sum = 0;
        total = 0;
        foreach (var m in messages)
        {
            if (m.Body.Length > options.MaxMessageSizeBytes) return AppendStatus.MessageTooLarge;
            if (m.Properties.Length > MessageRecordCodec.MaxPropertiesBytes) return AppendStatus.PropertiesTooLarge;
            // Recovery takes zeros there for a part that was never written.
            if (m.Properties.Span.Contains((byte)0)) return AppendStatus.PropertiesIllegal;
            // The name of a popping group's retry topic holds a group's and a topic's; such a record is of the second version.
            var longest = PopTopics.IsRetry(m.Topic) ? PopTopics.MaxRetryLength : TopicNames.MaxTopicLength;
            if (Encoding.UTF8.GetByteCount(m.Topic) > longest) return AppendStatus.TopicTooLong;
            sum += MessageRecordCodec.Measure(m);
        }

        if (sum + CommitLog.BlankHeadSize > fileSize || sum > int.MaxValue) return AppendStatus.MessageTooLarge;
        total = (int)sum;
        return AppendStatus.Ok;
    }
}
