using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>What a message must be like to be appended, and how large its record will be.</summary>
internal sealed class AppendRules(StoreOptions options, long fileSize)
{
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
            if (m.Topic.Length > TopicNames.MaxTopicLength || Encoding.UTF8.GetByteCount(m.Topic) > sbyte.MaxValue) return AppendStatus.TopicTooLong;
            sum += MessageRecordCodec.Measure(m);
        }

        if (sum + CommitLog.BlankHeadSize > fileSize || sum > int.MaxValue) return AppendStatus.MessageTooLarge;
        total = (int)sum;
        return AppendStatus.Ok;
    }
}
