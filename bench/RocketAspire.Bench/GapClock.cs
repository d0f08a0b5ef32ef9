using System.Diagnostics;

namespace RocketAspire.Bench;

/// <summary>The longest time without a success, from start to end: what clients feel of a failover.</summary>
internal sealed class GapClock
{
    private readonly Lock _gate = new();
    private readonly long _startedAt;
    private long _last;
    private long _longest;
    private long _longestFrom;

    /// <param name="startedAt">A Stopwatch timestamp, as all others here.</param>
    public GapClock(long startedAt) => _startedAt = _last = _longestFrom = startedAt;

    public void Succeeded(long at)
    {
        // Answers come out of order by a few microseconds: only later ones move the clock.
        if (at <= Volatile.Read(ref _last)) return;
        lock (_gate)
        {
            if (at <= _last) return;
            if (at - _last > _longest) (_longest, _longestFrom) = (at - _last, _last);
            Volatile.Write(ref _last, at);
        }
    }

    /// <summary>The longest gap and when it began, seconds after the start; the time since the last success counts.</summary>
    public (TimeSpan Longest, TimeSpan BeganAfter) Read(long now)
    {
        lock (_gate)
        {
            var (longest, from) = now - _last > _longest ? (now - _last, _last) : (_longest, _longestFrom);
            return (Stopwatch.GetElapsedTime(0, longest), Stopwatch.GetElapsedTime(_startedAt, from));
        }
    }
}
