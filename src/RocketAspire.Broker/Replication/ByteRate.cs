namespace RocketAspire.Broker.Ha;

/// <summary>Bytes of the last full second.</summary>
internal sealed class ByteRate(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _since = time.GetTimestamp();
    private long _bytes;
    private long _perSecond;

    public long PerSecond
    {
        get
        {
            lock (_gate)
            {
                Turn();
                return _perSecond;
            }
        }
    }

    public void Add(long bytes)
    {
        lock (_gate)
        {
            Turn();
            _bytes += bytes;
        }
    }

    private void Turn()
    {
        var elapsed = time.GetElapsedTime(_since);
        if (elapsed < TimeSpan.FromSeconds(1))
        {
            return;
        }
        _perSecond = (long)(_bytes / elapsed.TotalSeconds);
        _bytes = 0;
        _since = time.GetTimestamp();
    }
}
