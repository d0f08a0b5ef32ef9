namespace RocketAspire.Broker.Raft;

/// <summary>Wakes one thread; signals given while it is awake are kept as one, and cost a volatile read.</summary>
internal sealed class Wakeup
{
    private readonly object _gate = new();
    private volatile bool _set;

    public void Set()
    {
        if (_set) return;
        lock (_gate)
        {
            _set = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Returns when set (and resets it), or when the time is over.</summary>
    public void Wait(int timeoutMs)
    {
        lock (_gate)
        {
            if (!_set) Monitor.Wait(_gate, timeoutMs);
            _set = false;
        }
    }
}
