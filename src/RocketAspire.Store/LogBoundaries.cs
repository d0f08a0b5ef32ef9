using System.IO.Hashing;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Finds records before a place of the log, which has no links backwards: from an entry of some queue, or a file's start, on.</summary>
internal sealed class LogBoundaries(CommitLog log, QueueTable queues)
{
    private const long FirstStep = 256 * 1024;

    // More are not looked at, on either side of a comparison.
    private const int MaxRecords = 1 << 16;

    /// <summary>Where the last record before the offset begins, and its store time; -1 when there is none.</summary>
    public (long Offset, long StoreTimestamp) LastBefore(long offset)
    {
        if (Back(offset, 1) is not [var last]) return (-1, 0);
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(last);
        return scanner.Next(offset, checkCrc: false, out var record) == ScanResult.Record ? (last, record.StoreTimestamp) : (-1, 0);
    }

    /// <summary>The last record's boundary at or before the offset, which may lie anywhere.</summary>
    public long AtOrBefore(long offset)
    {
        // A queue's entry is nearest; a damaged one leads to no record, a file's start always does.
        if (Walk(BoundaryBefore(offset), offset, out var boundary)) return boundary;
        Walk(Math.Max(log.Min, offset - (offset % log.Files.FileSize)), offset, out boundary);
        return boundary;
    }

    /// <summary>See <see cref="MessageStore.ChecksumBefore"/>.</summary>
    public uint Checksum(long endOffset, int records)
    {
        records = Math.Min(records, MaxRecords);
        if (records <= 0 || endOffset > log.Max || Back(endOffset, records) is not { } found) return 0;
        var crc = new Crc32();
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        if (found.Length > 0) scanner.Seek(found[0]);
        for (var i = 0; i < found.Length; i++)
        {
            if (scanner.Next(endOffset, checkCrc: false, out var record) != ScanResult.Record) return 0;
            crc.Append(record.Bytes);
        }

        return crc.GetCurrentHashAsUInt32();
    }

    /// <summary>Where the last records before the offset begin, oldest first. Null: the offset is no record's boundary.</summary>
    private long[]? Back(long end, int records)
    {
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        for (var step = FirstStep; ; step *= 8)
        {
            var start = BoundaryBefore(end - step);
            scanner.Seek(start);
            var ring = new long[records];
            long count = 0;
            while (scanner.Next(end, checkCrc: false, out var record) == ScanResult.Record) ring[count++ % records] = record.PhysicalOffset;
            if (scanner.Position != end) return null;
            if (count < records && start > log.Min) continue;
            var found = new long[Math.Min(count, records)];
            for (var i = 0; i < found.Length; i++) found[i] = ring[(count - found.Length + i) % records];
            return found;
        }
    }

    /// <summary>Goes over records up to the offset; false when something else than records comes before it.</summary>
    private bool Walk(long from, long offset, out long boundary)
    {
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(from);
        boundary = from;
        while (boundary < offset)
        {
            var result = scanner.Next(log.Max, checkCrc: false, out _);
            if (result != ScanResult.Record) return result == ScanResult.End;
            if (scanner.Position > offset) return true;
            boundary = scanner.Position;
        }

        return true;
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
