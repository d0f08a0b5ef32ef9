using Microsoft.Extensions.Logging;

namespace RocketAspire.Store;

/// <summary>Moves the restart point: log, queues and index durable up to it, then the mark and Apache's checkpoint.</summary>
internal sealed class Checkpointer(
    GroupCommit commit, QueueTable queues, MessageIndex? index, Dispatcher dispatcher,
    CheckpointFile checkpoint, MarkFile marks, TermsFile terms, string bootId, ILogger logger)
{
    private StoreMark? _last;
    private CheckpointTimes _times;
    private bool _failed;

    /// <summary>Held during a checkpoint; who cuts or deletes holds it too. Taken before any other lock.</summary>
    public Lock Gate { get; } = new();

    public void Start(StoreMark? last, CheckpointTimes times)
    {
        _last = last;
        _times = times;
    }

    /// <summary>Does nothing when nothing was dispatched since, unless the kind of mark changes. False when it failed, now or before.</summary>
    /// <remarks>After a failure it never moves again: the kernel may have dropped what it could not write, so the old point is the last true one.</remarks>
    public bool Run(bool clean, bool force = false)
    {
        lock (Gate)
        {
            if (_failed || commit.Poison is not null) return false;
            try
            {
                Write(clean, force);
                return true;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                _failed = true;
                StoreLog.CheckpointFailed(logger, _last?.Safe ?? 0, e);
                return false;
            }
        }
    }

    /// <summary>Before a cut: the restart point must not lie beyond what will be left. The gate is held.</summary>
    public void LowerTo(long offset)
    {
        if (_last is not { } last || last.Safe <= offset) return;
        // Counts of that point are not known; -1 lets the next start rebuild what it can't match.
        Save(last with { Sequence = last.Sequence + 1, IsClean = false, Safe = offset, LastRecord = -1, QueueEnds = -1, IndexFrom = Math.Min(last.IndexFrom, offset), IndexTotal = -1, IndexLastBegin = index?.BeginBefore(offset) ?? -1, TimesBefore = _times }, _times);
    }

    private void Write(bool clean, bool force)
    {
        StoreMark mark;
        long timestamp;
        lock (dispatcher.Gate)
        {
            var safe = dispatcher.Position;
            if (!force && _last is { } last && last.Safe == safe && last.IsClean == clean && last.QueueEnds >= 0) return;
            index?.WriteOut();
            timestamp = dispatcher.LastTimestamp;
            var (count, ends, begins) = queues.Totals();
            mark = new StoreMark((_last?.Sequence ?? 0) + 1, clean, bootId, safe, dispatcher.LastRecord, count, ends, begins,
                Math.Min(safe, dispatcher.IndexBrokenAt), index?.EntryTotal ?? 0, index?.LastBegin ?? -1, default, _times);
        }

        if (commit.Flushed < mark.Safe && !commit.Flush()) throw new StorePoisonedException(commit.Poison);
        queues.Flush();
        index?.Flush();
        terms.Write();
        var times = new CheckpointTimes(Math.Max(timestamp, _times.Physical), Math.Max(timestamp, _times.Logical), Math.Max(index?.FullTimestamp ?? 0, _times.Index));
        Save(mark with { Times = times }, times);
    }

    private void Save(StoreMark mark, CheckpointTimes times)
    {
        marks.Write(mark);
        if (times != _times || mark.Sequence == 1) checkpoint.Write(times);
        _times = times;
        _last = mark;
    }
}
