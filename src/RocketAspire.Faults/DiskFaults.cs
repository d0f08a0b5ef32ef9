namespace RocketAspire.Faults;

/// <summary>What a <see cref="FaultyDevice"/> does at the moment. Changes count from the next call on.</summary>
public sealed class DiskFaults
{
    private volatile int _slowMs;
    private volatile bool _isFull;
    private volatile bool _failsFlush;

    /// <summary>How much longer each flush takes, of a file or of a folder's names. Writes go to the page cache and stay quick.</summary>
    public int SlowMs
    {
        get => _slowMs;
        set => _slowMs = value;
    }

    /// <summary>Nothing new can be written.</summary>
    public bool IsFull
    {
        get => _isFull;
        set => _isFull = value;
    }

    /// <summary>Each flush fails.</summary>
    public bool FailsFlush
    {
        get => _failsFlush;
        set => _failsFlush = value;
    }
}
