namespace RocketAspire.Store;

/// <summary>A log file that nothing is appended to any more.</summary>
/// <param name="EndOffset">One past its last byte: what to give to <see cref="MessageStore.DeleteBeforeAsync"/>.</param>
/// <param name="LastStored">When its last message was stored, in Unix milliseconds (or at most as long after as it took until the next one).</param>
public sealed record LogFile(long EndOffset, long LastStored);

/// <summary>What may be deleted from a store, and who still needs what. Whether and when it is time is for others to say.</summary>
public sealed class StoreRetention
{
    private readonly CommitLog _log;
    private readonly QueueTable _queues;
    private readonly LogCutter _cutter;

    // Replaced whole: readers take no lock.
    private volatile (string Who, Func<long> NeedsFrom)[] _bounds = [];

    internal StoreRetention(CommitLog log, QueueTable queues, LogCutter cutter)
    {
        _log = log;
        _queues = queues;
        _cutter = cutter;
    }

    /// <summary>Registers someone for whom bytes of the log must stay: nothing from the answered physical offset on is deleted. <see cref="long.MaxValue"/>: nothing is needed now.</summary>
    /// <param name="who">For people who ask why the disk fills.</param>
    /// <param name="needsFrom">Called from any thread before each deletion; quick, and doesn't throw.</param>
    public void AddBound(string who, Func<long> needsFrom)
    {
        lock (_log) _bounds = [.. _bounds, (who, needsFrom)];
    }

    /// <summary>The lowest offset that somebody needs, and who; <see cref="long.MaxValue"/> and null without any.</summary>
    public (long Offset, string? Who) LowestNeeded()
    {
        var (lowest, by) = (long.MaxValue, (string?)null);
        foreach (var (who, needsFrom) in _bounds)
        {
            var from = needsFrom();
            if (from < lowest) (lowest, by) = (from, who);
        }

        return (lowest, by);
    }

    /// <summary>Deletes the queues of these topics that lead to no message of the log any more; answers how many. Should the topic come back, its queues begin at 0.</summary>
    public Task<int> DeleteExpiredQueuesAsync(Func<string, bool> isForgotten) => Task.Run(() => _cutter.DeleteExpiredQueues(isForgotten));

    /// <summary>The oldest files, without the one that is written to.</summary>
    /// <param name="most">How many are wanted at most.</param>
    public IReadOnlyList<LogFile> OldestFiles(int most)
    {
        var found = new List<LogFile>();
        var scanner = new LogScanner(_log.Files, _log.MaxRecordSize);
        for (var end = _log.Min + _log.Files.FileSize; found.Count < most && end < _log.Max; end += _log.Files.FileSize)
        {
            // Times grow along the log: the next file's first message is as old as this one's last, or younger.
            scanner.Seek(end);
            if (scanner.Next(_log.Max, checkCrc: false, out var next) != ScanResult.Record) break;
            found.Add(new LogFile(end, next.StoreTimestamp));
        }

        return found;
    }

    /// <summary>Where the record of a queue's message begins; -1 when the queue doesn't hold it.</summary>
    public long PhysicalOffsetOf(string topic, int queueId, long queueOffset) =>
        _queues.Find(topic, queueId) is { } queue && queueOffset >= queue.Min && queueOffset < queue.Max && queue.ReadOne(queueOffset) is { IsBlank: false } entry ? entry.PhysicalOffset : -1;
}
