using System.Buffers.Text;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>The third number of a queue's entry: by it consumers filter, and delayed messages are found without a look into the log.</summary>
internal static class TagsCodes
{
    /// <summary>Java's hash of the tags; for a scheduled or timed message the time at which it is due.</summary>
    public static long Of(string topic, MessageRecordView record, StoreOptions options)
    {
        if (topic == TopicNames.Timer) return TimerProperties.DueCode(record.Properties);
        var properties = record.Properties;
        var tags = default(ReadOnlySpan<byte>);
        var delay = default(ReadOnlySpan<byte>);
        while (MessageProperties.Next(ref properties, out var name, out var value))
        {
            if (name.SequenceEqual("TAGS"u8)) tags = value;
            else if (name.SequenceEqual("DELAY"u8)) delay = value;
        }

        if (topic == TopicNames.Schedule && Utf8Parser.TryParse(delay, out int level, out var used) && used == delay.Length && level > 0)
        {
            var levels = options.DelayLevelsMs;
            return record.StoreTimestamp + (levels.Count > 0 ? levels[Math.Min(level, levels.Count) - 1] : 1000);
        }

        if (tags.IsEmpty) return 0;
        Span<char> chars = tags.Length <= 256 ? stackalloc char[tags.Length] : new char[tags.Length];
        return JavaString.HashCode(chars[..Encoding.UTF8.GetChars(tags, chars)]);
    }
}
