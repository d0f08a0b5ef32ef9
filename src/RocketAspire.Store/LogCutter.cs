using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Takes away the log's end, its beginning, or all of it, together with queues and index.</summary>
/// <remarks>Locks in the store's one order: checkpoint, log, dispatcher, group commit. The restart point is lowered (and
/// synced) before anything is cut, so a crash in between leaves a log that recovery reads on from there.</remarks>
internal sealed class LogCutter(
    CommitLog log, GroupCommit commit, QueueTable queues, MessageIndex? index, Dispatcher dispatcher,
    Checkpointer checkpointer, LogBoundaries boundaries, TermTable terms, TermsFile termsFile, ILogger logger)
{
    /// <summary>See <see cref="MessageStore.TruncateAsync"/>.</summary>
    public void Truncate(long offset, Action<long> confirmAtMost) => Change(() =>
    {
        var max = log.Max;
        if (offset < log.Min || offset > max) throw new ArgumentOutOfRangeException(nameof(offset), offset, $"The log holds {log.Min} to {max}.");
        if (commit.Poison is { } cause) throw new StorePoisonedException(cause);
        var firsts = FirstsBehind(offset, max, out var deletions);
        checkpointer.LowerTo(deletions ? log.Min : offset);
        confirmAtMost(offset);
        CutViews(offset);
        log.Files.CutTo(offset);
        Sync();
        if (deletions) UndoDeletions(offset);
        else foreach (var (queue, first) in firsts) log.NextOffsets.Set(queue, first);
        terms.CutFrom(offset);
        log.SetEnd(offset);
        commit.SetFlushed(offset);
        StoreLog.Truncated(logger, max, offset);
    });

    /// <summary>See <see cref="MessageStore.ResetToAsync"/>.</summary>
    public void Reset(long offset, IReadOnlyList<TermEntry> older, Action<long> confirmAt)
    {
        if (offset < 0 || offset % log.Files.FileSize != 0) throw new ArgumentOutOfRangeException(nameof(offset), offset, $"A log begins at a multiple of its file size, {log.Files.FileSize}.");
        Change(() =>
        {
            checkpointer.LowerTo(0);
            // Before the log goes: those of them that began in the old log are left out by a start that finds it still there.
            terms.CutFrom(0);
            foreach (var (term, start) in older)
            {
                if (start < offset) terms.Add(term, start);
            }

            termsFile.Write();
            queues.Clear();
            index?.Clear();
            log.Files.Clear();
            log.Files.Ensure(offset);
            Sync();
            log.NextOffsets.Clear();
            log.SetEnd(offset);
            commit.SetFlushed(offset);
            confirmAt(offset);
            dispatcher.Seek(offset, -1, 0, offset);
            StoreLog.Reset(logger, offset);
        });
    }

    /// <summary>See <see cref="MessageStore.DeleteBeforeAsync"/>.</summary>
    public long DeleteBefore(long offset)
    {
        lock (checkpointer.Gate)
        {
            lock (dispatcher.Gate)
            {
                termsFile.Write();
                if (log.Files.DeleteBefore(Math.Min(offset, Math.Min(dispatcher.Position, commit.Flushed))) == 0) return log.Min;
                foreach (var queue in queues.All)
                {
                    queue.CorrectMin(log.Min);
                    queue.Files.DeleteBefore(queue.Min * QueueEntry.Bytes);
                }

                index?.DeleteBefore(log.Min);
            }

            checkpointer.Run(clean: false, force: true);
            return log.Min;
        }
    }

    /// <summary>See <see cref="StoreRetention.DeleteExpiredQueuesAsync"/>.</summary>
    public int DeleteExpiredQueues(Func<string, bool> isForgotten)
    {
        var deleted = 0;
        Change(() =>
        {
            foreach (var queue in queues.All)
            {
                var key = new QueueKey(queue.Topic, queue.QueueId);
                // A message that was appended and not dispatched yet has a higher place already.
                if (queue.Max == 0 || queue.Min < queue.Max || log.NextOffsets.Next(key) > queue.Max || !isForgotten(queue.Topic)) continue;
                queues.Delete(queue);
                log.NextOffsets.Set(key, 0);
                StoreLog.QueueDeleted(logger, queue.Topic, queue.QueueId);
                deleted++;
            }
        });
        return deleted;
    }

    private void Change(Action change)
    {
        lock (checkpointer.Gate)
        {
            lock (log.Gate)
            {
                lock (dispatcher.Gate)
                {
                    lock (commit.Gate)
                    {
                        change();
                    }
                }
            }

            checkpointer.Run(clean: false, force: true);
        }

        // It may have to go over records again.
        dispatcher.Signal();
    }

    private void CutViews(long offset)
    {
        if (dispatcher.Position <= offset) return;
        foreach (var queue in queues.All) queue.CutPhysical(offset);
        var indexFrom = offset;
        index?.Cut(offset, StoreTimestampOf, out indexFrom);
        var (last, timestamp) = boundaries.LastBefore(offset);
        // Where the index had to forget more, the records in between are dispatched again; queues skip what they have.
        dispatcher.Seek(Math.Max(log.Min, Math.Min(offset, indexFrom)), indexFrom < offset ? -1 : last, timestamp, indexFrom);
    }

    /// <summary>A topic whose deletion was cut is there again: queues and places are read from the log anew.</summary>
    private void UndoDeletions(long offset)
    {
        var places = queues.All.Select(static q => (Queue: new QueueKey(q.Topic, q.QueueId), q.Next)).ToList();
        queues.Clear();
        dispatcher.Seek(log.Min, -1, 0, dispatcher.IndexFrom);
        log.NextOffsets.Clear();
        var topics = new TopicNamesCache();
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(log.Min);
        while (scanner.Next(offset, checkCrc: false, out var record) == ScanResult.Record)
        {
            var topic = topics.Get(record.Topic);
            log.NextOffsets.Observe(topic, record);
            if (LogMarker.Read(topic, record.Body, record.PhysicalOffset) is { DeletedTopic: { } deleted }) log.NextOffsets.Remove(deleted);
        }

        // Queues whose messages are all gone from the log keep their place.
        foreach (var (queue, next) in places)
        {
            if (log.NextOffsets.Next(queue) == 0) log.NextOffsets.Set(queue, next);
        }
    }

    private Dictionary<QueueKey, long> FirstsBehind(long offset, long max, out bool deletions)
    {
        deletions = false;
        var firsts = new Dictionary<QueueKey, long>();
        var topics = new TopicNamesCache();
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(offset);
        while (scanner.Next(max, checkCrc: false, out var record) == ScanResult.Record)
        {
            var topic = topics.Get(record.Topic);
            deletions |= topic == TopicNames.Deletion;
            if (QueueOffsets.IsQueued(record.SysFlag)) firsts.TryAdd(new QueueKey(topic, record.QueueId), record.QueueOffset);
        }

        if (scanner.Position != max) throw new ArgumentException($"{offset} is no record's boundary.", nameof(offset));
        return firsts;
    }

    private long StoreTimestampOf(long physicalOffset)
    {
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(physicalOffset);
        return scanner.Next(log.Max, checkCrc: false, out var record) == ScanResult.Record ? record.StoreTimestamp : 0;
    }

    private void Sync()
    {
        try
        {
            log.Files.Flush();
        }
        catch (IOException e)
        {
            commit.Fail(e);
            log.Refuse(AppendStatus.Poisoned);
            throw new StorePoisonedException(e);
        }
    }
}
