namespace RocketAspire.Broker;

/// <param name="Offset">Its place in the queue.</param>
/// <param name="TakesBack">It only takes another one back.</param>
internal readonly record struct TimedMessage(long Offset, bool TakesBack);

/// <summary>
/// Which timed messages come next. Only those of the nearest hour are kept in memory, 24 bytes each; the others are found again in the
/// queue's entries when their hour comes. No I/O and no clock: one thread feeds it.
/// </summary>
internal sealed class TimerWheel
{
    /// <summary>How far ahead messages are kept in memory.</summary>
    public const long WindowMs = 3_600_000;

    // The next window is opened a little before this one ends.
    private const long MarginMs = 60_000;

    // An element is the offset and, in its lowest bit, whether it takes another one back.
    private readonly PriorityQueue<long, (long Due, long Offset)> _near = new();
    private TimerProgress _done;
    private long _low;
    private long _waiting;

    /// <summary>First place of the queue that it has not been given yet.</summary>
    public long Next { get; private set; }

    /// <summary>Messages due before it are in memory.</summary>
    public long WindowEnd { get; private set; }

    /// <summary>Messages that wait, near or far.</summary>
    public long Waiting => _waiting;

    /// <summary>Nothing before this place of the queue waits any more.</summary>
    public long Low => _waiting == 0 ? Next : _low;

    /// <summary>Begins anew behind what was delivered; the queue is to be given from <see cref="Next"/> on.</summary>
    public void Reset(TimerProgress done, long first, long nowMs)
    {
        _near.Clear();
        _done = done;
        _waiting = 0;
        Next = _low = Math.Max(done.Low, first);
        WindowEnd = nowMs + WindowMs;
    }

    /// <summary>Takes the queue's next entry.</summary>
    public void Add(long offset, long due)
    {
        Next = offset + 1;
        if (_done.Covers(due & ~1L, offset)) return;
        if (_waiting++ == 0) _low = offset;
        if (due < WindowEnd) Enqueue(offset, due);
    }

    /// <summary>Whether the next window is to be opened: <see cref="BeginWindow"/>, then <see cref="Revisit"/> for all entries from <see cref="Low"/> to <see cref="Next"/>, then <see cref="EndWindow"/>.</summary>
    public bool NeedsWindow(long nowMs) => nowMs > WindowEnd - MarginMs;

    /// <summary>Answers where the window that was known so far ended.</summary>
    public long BeginWindow(long nowMs)
    {
        var before = WindowEnd;
        WindowEnd = nowMs + WindowMs;
        return before;
    }

    /// <summary>Looks at an entry again: one due between both ends of windows comes into memory. True when it waits.</summary>
    public bool Revisit(long offset, long due, long before)
    {
        if (_done.Covers(due & ~1L, offset)) return false;
        if (due >= before && due < WindowEnd) Enqueue(offset, due);
        return true;
    }

    /// <summary>The lowest place that was seen to wait.</summary>
    public void EndWindow(long low) => _low = Math.Max(_low, low);

    /// <summary>When the next message is due; <see cref="long.MaxValue"/> when none is near.</summary>
    public long NextDue => _near.TryPeek(out _, out var key) ? key.Due : long.MaxValue;

    /// <summary>All messages of the next due second, in the order of the queue; empty when it has not come yet.</summary>
    public List<TimedMessage> TakeDue(long nowMs, out long due)
    {
        var taken = new List<TimedMessage>();
        due = NextDue;
        if (due > nowMs) return taken;
        while (_near.TryPeek(out var element, out var key) && key.Due == due)
        {
            _near.Dequeue();
            taken.Add(new(key.Offset, (element & 1) != 0));
        }

        return taken;
    }

    /// <summary>Puts back what could not be delivered now.</summary>
    public void PutBack(long due, IEnumerable<TimedMessage> messages)
    {
        foreach (var message in messages) Enqueue(message.Offset, due | (message.TakesBack ? 1L : 0L));
    }

    /// <summary>So many were delivered (or taken back), the last of them this one. Null when that can't be told by a place yet.</summary>
    /// <param name="due">When they were due.</param>
    /// <param name="offset">Place of the last one.</param>
    /// <param name="count">How many.</param>
    /// <param name="isLast">Whether nothing is left of what was taken for that time.</param>
    public TimerProgress? Delivered(long due, long offset, int count, bool isLast)
    {
        _waiting -= count;
        if (due > _done.Due || (due == _done.Due && offset > _done.Offset)) return _done = new(due, offset, Next, Low);

        // They came after a later time had been delivered: told only once no other such message waits.
        if (!isLast || NextDue < _done.Due) return null;
        return _done = _done with { Seen = Next, Low = Low };
    }

    private void Enqueue(long offset, long due) => _near.Enqueue((offset << 1) | (due & 1), (due & ~1L, offset));
}
