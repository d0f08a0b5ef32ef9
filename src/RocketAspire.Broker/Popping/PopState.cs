namespace RocketAspire.Broker;

/// <summary>Who has which popped messages, in memory: what <see cref="PopLedger"/> makes of the revive log.</summary>
internal sealed class PopState
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Topic, string Group, int QueueId), PopQueue> _queues = [];
    private readonly Dictionary<CheckPointKey, CheckPoint> _checkPoints = [];
    private readonly PriorityQueue<CheckPoint, long> _due = new();

    // Of each queue of the revive log the places of check points that are not done.
    private readonly Dictionary<int, SortedSet<long>> _needed = [];

    // And where it ends.
    private readonly Dictionary<int, long> _ends = [];

    /// <summary>Check points that are not done.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _checkPoints.Count;
        }
    }

    public PopQueue Queue(string topic, string group, int queueId)
    {
        lock (_gate) return QueueLocked(topic, group, queueId);
    }

    public void Clear()
    {
        lock (_gate)
        {
            _queues.Clear();
            _checkPoints.Clear();
            _due.Clear();
            _needed.Clear();
            _ends.Clear();
        }
    }

    /// <summary>Adds what the function has written down, unless it could not. Nobody takes the revive log for done meanwhile.</summary>
    /// <param name="write">Null when it failed.</param>
    /// <param name="next">Makes the queue's next place of the one before.</param>
    public bool TryAdd(Func<CheckPoint?> write, Func<long, CheckPoint, long> next)
    {
        lock (_gate)
        {
            if (write() is not { } checkPoint) return false;
            Add(checkPoint, next);
            return true;
        }
    }

    /// <summary>Adds one that the log holds already.</summary>
    public void Restore(CheckPoint checkPoint)
    {
        lock (_gate) Add(checkPoint, static (next, added) => Math.Max(next, added.LastOffset + 1));
    }

    public void SetNext(PopQueue queue, long next)
    {
        lock (_gate) queue.Next = next;
    }

    /// <summary>After the log was read: what the offset table says of each queue.</summary>
    public void SetCommitted(Func<PopQueue, long> committed)
    {
        lock (_gate)
        {
            foreach (var queue in _queues.Values) queue.Committed = committed(queue);
        }
    }

    /// <summary>The group goes on there; answers what is invisible in the queue until now.</summary>
    public List<CheckPoint> Reset(PopQueue queue, long offset)
    {
        lock (_gate)
        {
            queue.Next = offset;
            queue.Committed = offset;
            return [.. queue.Outstanding];
        }
    }

    /// <summary>Those of the messages that are invisible by that check point.</summary>
    public List<long> InvisibleOf(CheckPointKey key, IEnumerable<long> messages)
    {
        lock (_gate) return _checkPoints.TryGetValue(key, out var checkPoint) ? [.. messages.Where(checkPoint.IsLeft)] : [];
    }

    public void Finish(CheckPointKey key, IEnumerable<long> messages)
    {
        lock (_gate)
        {
            if (!_checkPoints.TryGetValue(key, out var checkPoint)) return;
            var finished = messages.Count(checkPoint.TryFinish);
            QueueLocked(key.Topic, key.Group, key.QueueId).Finished(finished);
            if (checkPoint.Left > 0) return;
            _checkPoints.Remove(key);
            Remove(checkPoint);
        }
    }

    /// <summary>Takes the next check point whose time was over then.</summary>
    public CheckPoint? TakeDue(long unixMs)
    {
        lock (_gate)
        {
            while (_due.TryPeek(out var checkPoint, out var dueAt) && dueAt <= unixMs)
            {
                _due.Dequeue();
                if (checkPoint.Left > 0 && _checkPoints.GetValueOrDefault(checkPoint.Key) == checkPoint) return checkPoint;
            }

            return null;
        }
    }

    public void PutOff(CheckPoint checkPoint, long untilUnixMs)
    {
        lock (_gate)
        {
            if (checkPoint.Left > 0) _due.Enqueue(checkPoint, untilUnixMs);
        }
    }

    public List<long> OffsetsLeft(CheckPoint checkPoint)
    {
        lock (_gate) return checkPoint.OffsetsLeft();
    }

    /// <summary>The queues that got further than the offset table was told, with how far; each counts as told then.</summary>
    /// <param name="isOurs">Whether the table still holds the queue's offset of before.</param>
    public List<(PopQueue Queue, long Offset)> TakeProgress(Func<PopQueue, bool> isOurs)
    {
        var progress = new List<(PopQueue, long)>();
        lock (_gate)
        {
            foreach (var queue in _queues.Values)
            {
                var done = queue.DoneUpTo;
                if (done <= queue.Committed || !isOurs(queue)) continue;
                queue.Committed = done;
                progress.Add((queue, done));
            }
        }

        return progress;
    }

    /// <summary>A record stands in the revive log.</summary>
    public void Wrote(int reviveQueue, long reviveOffset)
    {
        lock (_gate) WroteLocked(reviveQueue, reviveOffset);
    }

    /// <summary>From where on each queue of the revive log is needed; at its end when nothing is.</summary>
    public List<(int QueueId, long From, bool IsNeeded)> Needed()
    {
        lock (_gate) return [.. _ends.Select(end => _needed.TryGetValue(end.Key, out var needed) && needed.Count > 0 ? (end.Key, needed.Min, true) : (end.Key, end.Value, false))];
    }

    private PopQueue QueueLocked(string topic, string group, int queueId)
    {
        if (_queues.TryGetValue((topic, group, queueId), out var queue)) return queue;
        return _queues[(topic, group, queueId)] = new PopQueue(topic, group, queueId);
    }

    private void Add(CheckPoint checkPoint, Func<long, CheckPoint, long> next)
    {
        // Two pops of one place in one millisecond have the same receipt: an acknowledgement then counts for the later one.
        if (_checkPoints.Remove(checkPoint.Key, out var before)) Remove(before);
        _checkPoints[checkPoint.Key] = checkPoint;
        var queue = QueueLocked(checkPoint.Key.Topic, checkPoint.Key.Group, checkPoint.Key.QueueId);
        queue.Add(checkPoint);
        queue.Next = next(queue.Next, checkPoint);
        if (!_needed.TryGetValue(checkPoint.ReviveQueue, out var needed)) _needed[checkPoint.ReviveQueue] = needed = [];
        needed.Add(checkPoint.ReviveOffset);
        WroteLocked(checkPoint.ReviveQueue, checkPoint.ReviveOffset);
        _due.Enqueue(checkPoint, checkPoint.ReviveTime);
    }

    private void WroteLocked(int reviveQueue, long reviveOffset) => _ends[reviveQueue] = Math.Max(_ends.GetValueOrDefault(reviveQueue), reviveOffset + 1);

    private void Remove(CheckPoint checkPoint)
    {
        QueueLocked(checkPoint.Key.Topic, checkPoint.Key.Group, checkPoint.Key.QueueId).Remove(checkPoint);
        _needed[checkPoint.ReviveQueue].Remove(checkPoint.ReviveOffset);
    }
}
