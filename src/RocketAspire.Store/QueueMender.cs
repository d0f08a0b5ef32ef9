using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Writes entries anew that don't lead to their messages: the queue's file was damaged, and the log has all that is needed.</summary>
internal sealed class QueueMender(CommitLog log, Dispatcher dispatcher, ILogger logger)
{
    private const int MostRemembered = 10_000;

    // Not to be looked for again with each read: the log doesn't have them either. Guarded by the dispatcher's gate.
    private readonly HashSet<(ConsumeQueue Queue, long Offset)> _hopeless = [];

    /// <summary>True when one at least leads to its message now.</summary>
    public bool Mend(ConsumeQueue queue, IReadOnlyList<long> offsets)
    {
        var mended = false;
        lock (dispatcher.Gate)
        {
            foreach (var offset in offsets) mended |= TryMend(queue, offset);
        }

        return mended;
    }

    private bool TryMend(ConsumeQueue queue, long offset)
    {
        if (offset < queue.Min || offset >= queue.Max || _hopeless.Contains((queue, offset)) || queue.ReadOne(offset) is not { } entry) return false;
        if (EndOf(queue, offset, entry) >= 0) return true;
        // Its message went with the log's oldest files.
        if (entry.IsValid && entry.PhysicalOffset < log.Min) return false;
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        var from = offset > queue.Min && queue.ReadOne(offset - 1) is { } before ? EndOf(queue, offset - 1, before) : -1;
        scanner.Seek(from < 0 ? log.Min : from);
        QueueEntry? found = null;
        while (scanner.Next(dispatcher.Position, checkCrc: false, out var record) == ScanResult.Record)
        {
            if (!queue.Owns(record) || record.QueueOffset < offset) continue;
            if (record.QueueOffset == offset) found = dispatcher.EntryOf(queue.Topic, record);
            // Without a place to start from, the log may hold the same offset of an older topic of this name, which was deleted: the last one counts.
            if (from >= 0) break;
        }

        if (found is { } mended)
        {
            queue.Rewrite(offset, mended);
            StoreLog.EntryMended(logger, queue.Topic, queue.QueueId, offset, entry.PhysicalOffset, mended.PhysicalOffset);
            return true;
        }

        if (_hopeless.Count < MostRemembered) _hopeless.Add((queue, offset));
        return false;
    }

    /// <summary>Where the record ends that the entry leads to; -1 when it isn't the queue's at that offset.</summary>
    private long EndOf(ConsumeQueue queue, long offset, QueueEntry entry)
    {
        if (!entry.IsValid || entry.IsBlank || entry.PhysicalOffset < log.Min) return -1;
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(entry.PhysicalOffset);
        return scanner.Next(log.Max, checkCrc: false, out var record) == ScanResult.Record
            && record.PhysicalOffset == entry.PhysicalOffset && record.TotalSize == entry.Size && queue.Owns(offset, record) ? scanner.Position : -1;
    }
}
