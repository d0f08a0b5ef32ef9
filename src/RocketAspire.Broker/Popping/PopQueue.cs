namespace RocketAspire.Broker;

/// <summary>How far one group has popped one queue. Its gate is held while messages are handed out, so that none goes to two.</summary>
internal sealed class PopQueue(string topic, string group, int queueId)
{
    // By where they begin; guarded by the ledger's lock, as all below.
    private readonly SortedSet<CheckPoint> _outstanding = new(Comparer<CheckPoint>.Create(static (a, b) =>
        a.Key.StartOffset != b.Key.StartOffset ? a.Key.StartOffset.CompareTo(b.Key.StartOffset)
        : a.Key.PopTime != b.Key.PopTime ? a.Key.PopTime.CompareTo(b.Key.PopTime)
        : a.ReviveOffset.CompareTo(b.ReviveOffset)));

    public Lock Gate { get; } = new();

    public string Topic => topic;

    public string Group => group;

    public int QueueId => queueId;

    /// <summary>The next message to hand out; -1 when not known.</summary>
    public long Next { get; set; } = -1;

    /// <summary>The group's offset as it was last read or set here; another one in the table is somebody's reset. Null: not read yet.</summary>
    public long? Committed { get; set; }

    public int InFlight { get; private set; }

    /// <summary>Everything before it is done: what the group's offset may say.</summary>
    public long DoneUpTo => _outstanding.Count > 0 ? Math.Min(_outstanding.Min!.Key.StartOffset, Next) : Next;

    public IEnumerable<CheckPoint> Outstanding => _outstanding;

    public void Add(CheckPoint checkPoint)
    {
        if (_outstanding.Add(checkPoint)) InFlight += checkPoint.Left;
    }

    public void Finished(int messages) => InFlight -= messages;

    public void Remove(CheckPoint checkPoint)
    {
        if (_outstanding.Remove(checkPoint)) InFlight -= checkPoint.Left;
    }
}
