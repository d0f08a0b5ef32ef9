namespace RocketAspire.Chaos.Faults;

/// <summary>Faults go on side by side, but for some that a group only outlives alone.</summary>
internal sealed class Turns
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private int _sharing;
    private bool _isAlone;

    /// <summary>Null while another wants to be, or is, alone.</summary>
    public IDisposable? TryShare()
    {
        lock (_lock)
        {
            if (_isAlone) return null;
            _sharing++;
            return new Turn(this, isAlone: false);
        }
    }

    /// <summary>Lets no other begin and waits until those that run are over; null when they take too long.</summary>
    public async Task<IDisposable?> TryTakeAloneAsync(TimeSpan limit)
    {
        lock (_lock)
        {
            if (_isAlone) return null;
            _isAlone = true;
        }

        var turn = new Turn(this, isAlone: true);
        for (var start = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(start) < limit;)
        {
            lock (_lock)
            {
                if (_sharing == 0) return turn;
            }

            await Task.Delay(Between).ConfigureAwait(false);
        }

        turn.Dispose();
        return null;
    }

    private sealed class Turn(Turns turns, bool isAlone) : IDisposable
    {
        public void Dispose()
        {
            lock (turns._lock)
            {
                if (isAlone) turns._isAlone = false;
                else turns._sharing--;
            }
        }
    }
}
