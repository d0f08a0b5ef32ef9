namespace RocketAspire.Store;

/// <summary>Wakes one thread; signals given while it is awake are kept as one.</summary>
/// <remarks>A signal to a thread that has one already costs a volatile read: under load that is every signal.</remarks>
internal sealed class Signal
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

    /// <summary>Returns when set (and resets it), or when the time is over: then false.</summary>
    public bool Wait(int timeoutMs)
    {
        lock (_gate)
        {
            if (!_set) Monitor.Wait(_gate, timeoutMs);
            var was = _set;
            _set = false;
            return was;
        }
    }
}
