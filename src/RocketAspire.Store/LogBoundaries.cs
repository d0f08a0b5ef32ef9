using System.IO.Hashing;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Finds records before a place of the log, which has no links backwards: from an entry of some queue, or a file's start, on.</summary>
internal sealed class LogBoundaries(CommitLog log, QueueTable queues)
{
    private const long FirstStep = 256 * 1024;

    /// <summary>Where the last record before the offset begins, and its store time; -1 when there is none.</summary>
    public (long Offset, long StoreTimestamp) LastBefore(long offset)
    {
        var found = Back(offset, 1);
        if (found is not { Count: > 0 }) return (-1, 0);
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(found[0].Offset);
        return scanner.Next(offset, checkCrc: false, out var record) == ScanResult.Record ? (found[0].Offset, record.StoreTimestamp) : (-1, 0);
    }

    /// <summary>See <see cref="MessageStore.ChecksumBefore"/>.</summary>
    public uint Checksum(long endOffset, int records)
    {
        if (records <= 0 || endOffset > log.Max || Back(endOffset, records) is not { } found) return 0;
        var crc = new Crc32();
        var buffer = new byte[64 * 1024];
        foreach (var (offset, size) in found)
        {
            for (var at = 0; at < size; at += buffer.Length)
            {
                var part = buffer.AsSpan(0, Math.Min(buffer.Length, size - at));
                if (!log.Files.ReadExactly(offset + at, part)) return 0;
                crc.Append(part);
            }
        }

        return crc.GetCurrentHashAsUInt32();
    }

    /// <summary>The last records that end at or before the offset, oldest first. Null: the offset is no record's boundary.</summary>
    private List<(long Offset, int Size)>? Back(long end, int records)
    {
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        for (var step = FirstStep; ; step *= 8)
        {
            var start = BoundaryBefore(end - step);
            scanner.Seek(start);
            var found = new Queue<(long, int)>();
            while (scanner.Next(end, checkCrc: false, out var record) == ScanResult.Record)
            {
                if (found.Count == records) found.Dequeue();
                found.Enqueue((record.PhysicalOffset, record.TotalSize));
            }

            if (scanner.Position != end) return null;
            if (found.Count == records || start <= log.Min) return [.. found];
        }
    }

    private long BoundaryBefore(long offset)
    {
        if (offset <= log.Min) return log.Min;
        var best = offset - (offset % log.Files.FileSize);
        foreach (var queue in queues.All)
        {
            var index = queue.FirstAtOrAfter(offset) - 1;
            if (index >= queue.Min && queue.ReadOne(index) is { IsBlank: false } entry && entry.PhysicalOffset > best && entry.PhysicalOffset < offset) best = entry.PhysicalOffset;
        }

        return best;
    }
}
