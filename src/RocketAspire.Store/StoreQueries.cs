using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Which message a time stands for when none was stored at it.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/BoundaryType.java</remarks>
public enum TimeBoundary
{
    /// <summary>The nearer of both neighbours, as 4.9 answers.</summary>
    Nearest,

    /// <summary>The first one at or after it; one past the last message when all are older.</summary>
    Lower,

    /// <summary>The last one at or before it; the first message when all are younger.</summary>
    Upper,
}

/// <param name="PhysicalOffset">Where its record stands in the log, in bytes.</param>
/// <param name="Size">The record's bytes.</param>
/// <param name="TagsCode">Java's hash of its tags, or a delayed message's delivery time.</param>
public readonly record struct QueueEntryInfo(long PhysicalOffset, int Size, long TagsCode);

/// <summary>What admin tools ask of the store: single records as bytes, queue entries, times.</summary>
public sealed class StoreQueries
{
    private readonly CommitLog _log;
    private readonly QueueTable _queues;
    private readonly MessageIndex? _index;
    private readonly QueueReader _reader;

    internal StoreQueries(CommitLog log, QueueTable queues, MessageIndex? index, QueueReader reader)
    {
        _log = log;
        _queues = queues;
        _index = index;
        _reader = reader;
    }

    /// <summary>Store time (Unix milliseconds) and physical offset of what was indexed last; zeros when nothing was.</summary>
    public (long StoreTimestamp, long PhysicalOffset) IndexEnd => _index?.End ?? default;

    /// <summary>Physical offsets of messages with this key (or UNIQ_KEY), newest first, stored between two Unix milliseconds (to the second).</summary>
    /// <remarks>Different keys may share a hash: look at the records.</remarks>
    public IReadOnlyList<long> FindByKey(string topic, string key, int maxMessages, long beginMs, long endMs) => _index?.Find(topic, key, maxMessages, beginMs, endMs) ?? [];

    /// <summary>The bytes of the record that begins at the offset; empty when none does, or it isn't confirmed or is damaged.</summary>
    public byte[] ReadRecordBytes(long physicalOffset) => _reader.ReadRecordBytes(physicalOffset) ?? [];

    /// <summary>Entries of a queue from an index on, fewer when it ends. Null when there is no such queue.</summary>
    public IReadOnlyList<QueueEntryInfo>? ReadEntries(string topic, int queueId, long index, int count)
    {
        if (_queues.Find(topic, queueId) is not { } queue) return null;
        var entries = new List<QueueEntryInfo>();
        if (index < queue.Min) return entries;
        Span<byte> raw = stackalloc byte[QueueEntry.Bytes * 64];
        while (entries.Count < count)
        {
            var read = queue.Read(index + entries.Count, Math.Min(64, count - entries.Count), raw);
            if (read == 0) break;
            for (var i = 0; i < read; i++)
            {
                var entry = QueueEntry.Read(raw[(i * QueueEntry.Bytes)..]);
                entries.Add(new(entry.PhysicalOffset, entry.Size, entry.TagsCode));
            }
        }

        return entries;
    }

    /// <summary>The message of a queue that a time in Unix milliseconds stands for; 0 in an empty queue.</summary>
    public long OffsetByTime(string topic, int queueId, long timestampMs, TimeBoundary boundary = TimeBoundary.Nearest)
    {
        if (boundary == TimeBoundary.Nearest) return _reader.OffsetByTime(topic, queueId, timestampMs);
        if (_queues.Find(topic, queueId) is not { } queue) return 0;

        // Store times rise with the offsets, so both boundaries are found by halving: the first one that is younger than the limit.
        var limit = boundary == TimeBoundary.Lower ? timestampMs : timestampMs == long.MaxValue ? timestampMs : timestampMs + 1;
        var (min, max) = (queue.Min, queue.Max);
        var (low, high) = (min, max);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (_reader.StoreTimeAt(topic, queueId, middle) >= limit) high = middle;
            else low = middle + 1;
        }

        return boundary == TimeBoundary.Lower ? low : low > min ? low - 1 : 0;
    }
}
