namespace RocketAspire.Chaos.Load;

/// <summary>Keeps a group's producers from sending for a while.</summary>
internal sealed class GroupHold
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private int _taken;
    private int _sending;

    /// <summary>False while it is held; otherwise <see cref="Leave"/> must follow.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_taken > 0) return false;
            _sending++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock) _sending--;
    }

    /// <summary>Nothing is sent from then on, and what was sent has its answer, until the result is disposed.</summary>
    public async Task<IDisposable> TakeAsync()
    {
        lock (_lock) _taken++;
        while (true)
        {
            lock (_lock)
            {
                if (_sending == 0) return new Taken(this);
            }

            // Every send has its own limit, so this ends.
            await Task.Delay(Between).ConfigureAwait(false);
        }
    }

    private sealed class Taken(GroupHold hold) : IDisposable
    {
        public void Dispose()
        {
            lock (hold._lock) hold._taken--;
        }
    }
}
