namespace RocketAspire.Broker;

/// <summary>Bounds what waits for disk or slave: beyond it sends are refused at once with SYSTEM_BUSY instead of queueing without end.</summary>
public sealed class SendAdmission(int maxRequests, long maxBytes)
{
    private int _requests;
    private long _bytes;

    public int Requests => Volatile.Read(ref _requests);

    public int Capacity => maxRequests;

    /// <summary>False when full; otherwise <see cref="Leave"/> must follow.</summary>
    public bool TryEnter(int bytes)
    {
        if (Interlocked.Increment(ref _requests) <= maxRequests)
        {
            // One message always fits, however large, or it could never be sent.
            var total = Interlocked.Add(ref _bytes, bytes);
            if (total <= maxBytes || total == bytes) return true;
            Interlocked.Add(ref _bytes, -bytes);
        }

        Interlocked.Decrement(ref _requests);
        return false;
    }

    public void Leave(int bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Decrement(ref _requests);
    }
}
