using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Reads messages through the queues, only up to the confirm offset (which is where the queues end).</summary>
/// <remarks>Statuses and corrections are those of
/// https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/DefaultMessageStore.java (getMessage)</remarks>
internal sealed class QueueReader(CommitLog log, QueueTable queues, QueueMender mender, LogRepair repair, Func<long> confirm, ILogger logger)
{
    // Entries looked at in one read when a filter refuses them: Apache's 16,000 bytes of queue.
    private const int MaxLookedAt = 800;

    // An entry and its record may be damaged both.
    private const int MostTries = 3;

    public QueueReadResult Read(string topic, int queueId, long queueOffset, int maxMessages, int maxBytes, IQueueFilter? filter)
    {
        if (queues.Find(topic, queueId) is not { } queue) return Nothing(QueueReadStatus.NoMatchedLogicQueue, 0, 0, 0);
        var min = queue.Min;
        var max = queue.Max;
        if (max == 0) return Nothing(QueueReadStatus.NoMessageInQueue, 0, min, max);
        if (queueOffset < min) return Nothing(QueueReadStatus.OffsetTooSmall, min, min, max);
        if (queueOffset == max) return Nothing(QueueReadStatus.OffsetOverflowOne, queueOffset, min, max);
        if (queueOffset > max) return Nothing(QueueReadStatus.OffsetOverflowBadly, max, min, max);
        var damaged = new List<long>();
        for (var tries = 1; ; tries++)
        {
            var result = Gather(queue, queueOffset, Math.Max(1, maxMessages), maxBytes, filter, min, max, damaged);
            if (damaged.Count == 0 || tries == MostTries || !TryMend(queue, damaged)) return result;
            damaged.Clear();
        }
    }

    private bool TryMend(ConsumeQueue queue, List<long> damaged) =>
        (repair.Mender is { } fromOthers && queue.ReadOne(damaged.Min()) is { IsValid: true } entry && fromOthers(entry.PhysicalOffset)) || mender.Mend(queue, damaged);

    public MessageRecord? ReadRecord(long physicalOffset) =>
        ReadRecordBytes(physicalOffset) is { } bytes && MessageRecordCodec.TryDecode(bytes, out var record) ? record : null;

    public byte[]? ReadRecordBytes(long physicalOffset)
    {
        if (TryReadRecord(physicalOffset) is { } bytes) return bytes;
        return repair.Mender is { } fromOthers && physicalOffset >= log.Min && physicalOffset < confirm() && fromOthers(physicalOffset) ? TryReadRecord(physicalOffset) : null;
    }

    private byte[]? TryReadRecord(long physicalOffset)
    {
        Span<byte> head = stackalloc byte[8];
        var limit = confirm();
        if (physicalOffset < log.Min || physicalOffset + MessageRecordView.MinSize > limit || !log.Files.ReadExactly(physicalOffset, head)) return null;
        MessageRecordView.Read(head, log.MaxRecordSize, out var size, out _);
        if (size < MessageRecordView.MinSize || size > log.MaxRecordSize || physicalOffset + size > limit) return null;
        var bytes = new byte[size];
        return log.Files.ReadExactly(physicalOffset, bytes)
            && MessageRecordView.Read(bytes, log.MaxRecordSize, out _, out var view) == RecordStatus.Ok
            && view.PhysicalOffset == physicalOffset
            && view.HasGoodCrc
            ? bytes
            : null;
    }

    public long StoreTimeAt(string topic, int queueId, long queueOffset)
    {
        if (queues.Find(topic, queueId) is not { } queue || queueOffset < queue.Min || queueOffset >= queue.Max) return -1;
        return queue.ReadOne(queueOffset) is { IsBlank: false } entry ? StoreTime(entry) : -1;
    }

    /// <summary>The message nearest to the time: see <see cref="StoreQueries.OffsetByTime"/>.</summary>
    public long OffsetByTime(string topic, int queueId, long timestampMs)
    {
        if (queues.Find(topic, queueId) is not { } queue) return 0;
        var low = queue.Min;
        var high = queue.Max - 1;
        (long Offset, long Time)? left = null;
        (long Offset, long Time)? right = null;
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var stored = queue.ReadOne(middle) is { } entry ? StoreTime(entry) : -1;
            if (stored < 0) return 0;
            if (stored == timestampMs) return middle;
            if (stored > timestampMs)
            {
                high = middle - 1;
                right = (middle, stored);
            }
            else
            {
                low = middle + 1;
                left = (middle, stored);
            }
        }

        if (left is null) return right?.Offset ?? 0;
        if (right is null) return left.Value.Offset;
        return timestampMs - left.Value.Time > right.Value.Time - timestampMs ? right.Value.Offset : left.Value.Offset;
    }

    private QueueReadResult Gather(ConsumeQueue queue, long queueOffset, int maxMessages, int maxBytes, IQueueFilter? filter, long min, long max, List<long> damaged)
    {
        Span<byte> raw = stackalloc byte[QueueEntry.Bytes * 64];
        var picked = new List<(long Offset, QueueEntry Entry)>(Math.Min(maxMessages, 64));
        var bytes = 0;
        var at = queueOffset;
        var status = QueueReadStatus.NoMatchedMessage;
        var lastPhysical = 0L;
        var full = false;
        var stop = long.MaxValue;
        var lookAt = Math.Max(MaxLookedAt, maxMessages);
        while (!full && at < max && at - queueOffset < lookAt)
        {
            var read = queue.Read(at, (int)Math.Min(64, max - at), raw);
            if (read == 0) break;
            for (var i = 0; i < read; i++)
            {
                var entry = QueueEntry.Read(raw[(i * QueueEntry.Bytes)..]);
                full = picked.Count > 0 && (picked.Count >= maxMessages || (long)bytes + entry.Size > maxBytes);
                if (full) break;
                lastPhysical = entry.PhysicalOffset;
                if (!IsThere(entry))
                {
                    damaged.Add(at);
                    status = picked.Count == 0 ? QueueReadStatus.MessageWasRemoving : status;
                    if (EndsRead(entry))
                    {
                        (full, stop) = (true, at);
                        break;
                    }
                }
                else if (Wants(filter, entry))
                {
                    picked.Add((at, entry));
                    bytes += entry.Size;
                }

                at++;
            }
        }

        var body = Copy(queue, picked, bytes, damaged, ref stop, out var count);
        if (stop == queueOffset) return Nothing(QueueReadStatus.Damaged, stop, min, max);
        if (at == queueOffset && picked.Count == 0) return Nothing(QueueReadStatus.OffsetFoundNull, Math.Min(max, at + 1), min, max);
        at = Math.Min(at, stop);
        if (count > 0) status = QueueReadStatus.Found;
        return new QueueReadResult(status, at, min, max, body, count, Math.Max(0, confirm() - lastPhysical));
    }

    private bool IsThere(QueueEntry entry) =>
        entry is { IsValid: true, IsBlank: false } && entry.Size <= log.MaxRecordSize && entry.PhysicalOffset >= log.Min && entry.PhysicalOffset + entry.Size <= log.Max;

    /// <summary>Where others hold copies, nobody goes past a message that there still is.</summary>
    private bool EndsRead(QueueEntry entry) => repair.Mender is not null && !entry.IsBlank && entry.PhysicalOffset >= log.Min;

    private bool Wants(IQueueFilter? filter, QueueEntry entry)
    {
        if (filter is null) return true;
        if (!filter.MatchesTagsCode(entry.TagsCode)) return false;
        if (!filter.ReadsRecords) return true;
        var record = new byte[entry.Size];
        return log.Files.ReadExactly(entry.PhysicalOffset, record) && ((repair.Mender is not null && !IsWhole(entry, record)) || filter.MatchesRecord(record));
    }

    /// <summary>Neighbours in the log are read in one call. A record that isn't the entry's is left out, or ends the copy.</summary>
    private ReadOnlyMemory<byte> Copy(ConsumeQueue queue, List<(long Offset, QueueEntry Entry)> picked, int bytes, List<long> damaged, ref long stop, out int count)
    {
        count = 0;
        if (picked.Count == 0) return default;
        var body = new byte[bytes];
        var used = 0;
        for (var i = 0; i < picked.Count;)
        {
            var run = picked[i].Entry.Size;
            var next = i + 1;
            for (; next < picked.Count && picked[next].Entry.PhysicalOffset == picked[i].Entry.PhysicalOffset + run; next++) run += picked[next].Entry.Size;
            var there = log.Files.ReadExactly(picked[i].Entry.PhysicalOffset, body.AsSpan(used, run));
            var from = used;
            for (; i < next; i++)
            {
                var (offset, entry) = picked[i];
                var record = body.AsSpan(from, entry.Size);
                if (there && Belongs(queue, offset, entry, record))
                {
                    if (from != used) record.CopyTo(body.AsSpan(used));
                    used += entry.Size;
                    count++;
                }
                else
                {
                    damaged.Add(offset);
                    StoreLog.EntryMismatch(logger, queue.Topic, queue.QueueId, offset, entry.PhysicalOffset);
                    if (EndsRead(entry))
                    {
                        stop = offset;
                        return body.AsMemory(0, used);
                    }
                }

                from += entry.Size;
            }
        }

        return body.AsMemory(0, used);
    }

    private bool Belongs(ConsumeQueue queue, long offset, QueueEntry entry, ReadOnlySpan<byte> record) =>
        MessageRecordView.Read(record, log.MaxRecordSize, out var size, out var view) == RecordStatus.Ok
        && size == entry.Size && queue.Owns(offset, view) && view.PhysicalOffset == entry.PhysicalOffset && (repair.Mender is null || view.HasGoodCrc);

    private bool IsWhole(QueueEntry entry, ReadOnlySpan<byte> record) =>
        MessageRecordView.Read(record, log.MaxRecordSize, out _, out var view) == RecordStatus.Ok && view.PhysicalOffset == entry.PhysicalOffset && view.HasGoodCrc;

    private long StoreTime(QueueEntry entry)
    {
        // Of the record only its head: the store time stands within the first 76 bytes.
        Span<byte> head = stackalloc byte[76];
        if (!IsThere(entry) || !log.Files.ReadExactly(entry.PhysicalOffset, head)) return -1;
        var v6 = BinaryPrimitives.ReadInt32BigEndian(head[MessageRecordView.SysFlagPosition..]) & MessageSysFlag.BornHostV6;
        return BinaryPrimitives.ReadInt64BigEndian(head[(MessageRecordView.BornHostPosition + (v6 == 0 ? 8 : 20))..]);
    }

    private static QueueReadResult Nothing(QueueReadStatus status, long next, long min, long max) => new(status, next, min, max, default, 0, 0);
}
