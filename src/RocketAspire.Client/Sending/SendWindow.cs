namespace RocketAspire.Client;

/// <summary>Bounds what is under way, by number and bytes; who comes too many waits in line. One that is larger than the whole window goes alone.</summary>
internal sealed class SendWindow(int maxCount, long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _line = [];
    private TaskCompletionSource? _empty;
    private int _count;
    private long _bytes;

    public int Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    /// <exception cref="TimeoutException">No room in time.</exception>
    public ValueTask EnterAsync(int bytes, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_line.Count == 0 && HasRoom(bytes))
            {
                Take(bytes);
                return ValueTask.CompletedTask;
            }

            waiter = new Waiter(bytes);
            waiter.Node = _line.AddLast(waiter);
        }

        return new(WaitAsync(waiter, timeout, time, cancellationToken));
    }

    public void Leave(int bytes)
    {
        TaskCompletionSource? empty = null;
        lock (_gate)
        {
            _count--;
            _bytes -= bytes;
            while (_line.First is { } first && HasRoom(first.Value.Bytes))
            {
                _line.RemoveFirst();
                Take(first.Value.Bytes);
                first.Value.TrySetResult();
            }

            if (_count == 0) (empty, _empty) = (_empty, null);
        }

        empty?.TrySetResult();
    }

    /// <summary>Completes when nothing is under way.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            if (_count == 0) return Task.CompletedTask;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    private async Task WaitAsync(Waiter waiter, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            bool entered;
            lock (_gate)
            {
                entered = waiter.Node!.List is null;
                if (!entered) _line.Remove(waiter.Node);
            }

            // Let in at the very moment that it gave up: its place is somebody else's.
            if (entered) Leave(waiter.Bytes);
            throw;
        }
    }

    private bool HasRoom(int bytes) => _count == 0 || (_count < maxCount && _bytes + bytes <= maxBytes);

    private void Take(int bytes)
    {
        _count++;
        _bytes += bytes;
    }

    private sealed class Waiter(int bytes) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int Bytes { get; } = bytes;

        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
