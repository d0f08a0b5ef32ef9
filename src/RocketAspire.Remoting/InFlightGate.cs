namespace RocketAspire.Remoting;

/// <summary>Counts requests in work and their bytes; the one reader waits here while there are too many.</summary>
internal sealed class InFlightGate(int maxCount, long maxBytes)
{
    private readonly Lock _gate = new();
    private int _count;
    private long _bytes;
    private TaskCompletionSource? _waiter;

    public int Count => Volatile.Read(ref _count);

    public bool IsFull
    {
        get
        {
            lock (_gate) return Full;
        }
    }

    private bool Full => _count >= maxCount || _bytes > maxBytes;

    public void Enter(int bytes)
    {
        lock (_gate)
        {
            _count++;
            _bytes += bytes;
        }
    }

    public void Leave(int bytes)
    {
        TaskCompletionSource? wake = null;
        lock (_gate)
        {
            _count--;
            _bytes -= bytes;
            if (_waiter is not null && !Full) (wake, _waiter) = (_waiter, null);
        }

        wake?.TrySetResult();
    }

    public Task WaitAsync()
    {
        lock (_gate)
        {
            if (!Full) return Task.CompletedTask;
            _waiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiter.Task;
        }
    }
}
