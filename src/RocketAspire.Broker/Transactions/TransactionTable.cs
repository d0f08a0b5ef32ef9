namespace RocketAspire.Broker;

/// <summary>Which half messages are ended and which stand in the queue as copies: what the log says, kept in memory while this node writes it.</summary>
/// <remarks>
/// A half message is known by its offset in the half queue, a transaction by that of its first half message (its origin).
/// Everything here is read from the log again when the node begins a term, since what it knew may have been cut away.
/// </remarks>
internal sealed class TransactionTable
{
    // A commit may still come for a transaction whose marks are settled: the producer's own, after its answer to a check.
    private const int RecentlyEnded = 1 << 16;

    private readonly Lock _gate = new();

    // Ended half messages whose marks are not settled yet, and those that are being ended right now.
    private readonly HashSet<long> _ended = [];

    // Settled ones, oldest first, so that a late second end of them is known as one.
    private readonly HashSet<long> _recent = [];
    private readonly Queue<long> _recentInOrder = [];

    // Marks in the order of their queue: (offset in the op queue, half message that it ends).
    private readonly Queue<(long Op, long Half)> _marks = [];

    // Where the newest copy of a transaction stands, by origin. Only copies that were not looked at yet.
    private readonly Dictionary<long, long> _copies = [];
    private int _term = -1;

    /// <summary>False when this term's knowledge was not read from the log yet; everything of an earlier term is then forgotten.</summary>
    public bool IsLoaded(int term)
    {
        lock (_gate)
        {
            Enter(term);
            return Loaded;
        }
    }

    /// <summary>The next offset of the op queue that wasn't taken in yet.</summary>
    public long NextOp { get; private set; }

    private bool Loaded { get; set; }

    public void SetLoaded(long nextOp)
    {
        lock (_gate)
        {
            Loaded = true;
            NextOp = nextOp;
        }
    }

    /// <summary>Forgets everything, so that the next term reads it anew.</summary>
    public void Forget()
    {
        lock (_gate) Clear(-1);
    }

    /// <summary>Marks a transaction as ended before its message is written; false when it is already: then nothing more is to be written.</summary>
    public bool TryEnd(int term, long half, long origin)
    {
        lock (_gate)
        {
            Enter(term);
            if (_ended.Contains(half) || _ended.Contains(origin) || _recent.Contains(origin)) return false;
            _ended.Add(half);
            _ended.Add(origin);
            return true;
        }
    }

    /// <summary>Takes <see cref="TryEnd"/> back: the message could not be written.</summary>
    public void Reopen(long half, long origin)
    {
        lock (_gate)
        {
            _ended.Remove(half);
            _ended.Remove(origin);
        }
    }

    public bool IsEnded(long half, long origin)
    {
        lock (_gate) return _ended.Contains(half) || _ended.Contains(origin);
    }

    /// <summary>Takes in what the op queue holds next.</summary>
    public void AddMark(long op, IEnumerable<long> halves)
    {
        lock (_gate)
        {
            // A mark that ends nothing must still be passed.
            var any = false;
            foreach (var half in halves)
            {
                any = true;
                _ended.Add(half);
                _marks.Enqueue((op, half));
            }

            if (!any) _marks.Enqueue((op, -1));
            NextOp = op + 1;
        }
    }

    public void SkipTo(long op)
    {
        lock (_gate) NextOp = Math.Max(NextOp, op);
    }

    public void AddCopy(long origin, long copy)
    {
        lock (_gate) _copies[origin] = copy;
    }

    /// <summary>This half message has been dealt with; a newer copy of it may stand in the queue.</summary>
    public void Passed(long half, long origin)
    {
        lock (_gate)
        {
            if (_copies.TryGetValue(origin, out var copy) && copy <= half) _copies.Remove(origin);
        }
    }

    /// <summary>Forgets the marks of half messages before the offset that no copy needs; answers where the op queue is to be read from after a restart.</summary>
    public long Settle(long halfOffset)
    {
        lock (_gate)
        {
            while (_marks.TryPeek(out var mark) && mark.Half < halfOffset && !_copies.ContainsKey(mark.Half)) _marks.Dequeue();
            var needed = new HashSet<long>();
            foreach (var (_, half) in _marks) needed.Add(half);
            _ended.RemoveWhere(half => half < halfOffset && !needed.Contains(half) && !_copies.ContainsKey(half) && Remember(half));
            return _marks.TryPeek(out var first) ? first.Op : NextOp;
        }
    }

    /// <summary>Always true.</summary>
    private bool Remember(long half)
    {
        if (_recent.Add(half)) _recentInOrder.Enqueue(half);
        if (_recentInOrder.Count > RecentlyEnded) _recent.Remove(_recentInOrder.Dequeue());
        return true;
    }

    private void Enter(int term)
    {
        if (_term != term) Clear(term);
    }

    private void Clear(int term)
    {
        _term = term;
        _ended.Clear();
        _recent.Clear();
        _recentInOrder.Clear();
        _marks.Clear();
        _copies.Clear();
        Loaded = false;
        NextOp = 0;
    }
}
