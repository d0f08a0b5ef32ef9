namespace RocketAspire.Store;

/// <summary>How far the log was confirmed by hand; see <see cref="ConfirmMode.Manual"/>.</summary>
internal sealed class ConfirmPoint
{
    private long _offset;

    public long Offset => Volatile.Read(ref _offset);

    /// <summary>False when it was there already.</summary>
    public bool Raise(long offset)
    {
        long before;
        do
        {
            before = Offset;
            if (offset <= before) return false;
        }
        while (Interlocked.CompareExchange(ref _offset, offset, before) != before);
        return true;
    }

    public void Set(long offset) => Volatile.Write(ref _offset, offset);

    /// <summary>Before a cut.</summary>
    public void Lower(long to)
    {
        if (Offset > to) Set(to);
    }
}
