using System.Diagnostics;

namespace RocketAspire.Bench;

/// <summary>Gives each message its moment, at an even rate. Who comes too late sends at once: the rate is caught up with.</summary>
internal sealed class Pacer(int perSecond)
{
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private long _given = -1;

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        var due = TimeSpan.FromSeconds((double)Interlocked.Increment(ref _given) / perSecond);
        var early = due - Stopwatch.GetElapsedTime(_startedAt);
        if (early > TimeSpan.FromMilliseconds(1)) await Task.Delay(early, cancellationToken).ConfigureAwait(false);
    }
}
