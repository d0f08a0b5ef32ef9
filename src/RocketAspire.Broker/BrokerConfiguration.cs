namespace RocketAspire.Broker;

/// <summary>The settings in force. What may change at run time is read from here at each use; the rest was read once at start.</summary>
public sealed class BrokerConfiguration(BrokerOptions options)
{
    private volatile BrokerOptions _current = options;
    private int _changes;

    /// <summary>Raised after each change, on the thread that made it.</summary>
    public event Action? Changed;

    public BrokerOptions Current => _current;

    /// <summary>A node of a DLedger group that doesn't serve as its leader: it answers as a slave does.</summary>
    public bool Follows { get; set; }

    /// <summary>This node takes no changes now: a slave, or a follower of its group.</summary>
    public bool IsSlave => Follows || _current.IsSlave;

    /// <summary>How often they changed since the start.</summary>
    public int Changes => Volatile.Read(ref _changes);

    public void Replace(BrokerOptions options)
    {
        _current = options;
        Interlocked.Increment(ref _changes);
        Changed?.Invoke();
    }
}
