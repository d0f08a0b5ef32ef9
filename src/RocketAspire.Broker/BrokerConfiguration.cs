namespace RocketAspire.Broker;

/// <summary>The settings in force. What may change at run time is read from here at each use; the rest was read once at start.</summary>
public sealed class BrokerConfiguration(BrokerOptions options)
{
    private volatile BrokerOptions _current = options;
    private int _changes;

    public BrokerOptions Current => _current;

    /// <summary>How often they changed since the start.</summary>
    public int Changes => Volatile.Read(ref _changes);

    public void Replace(BrokerOptions options)
    {
        _current = options;
        Interlocked.Increment(ref _changes);
    }
}
