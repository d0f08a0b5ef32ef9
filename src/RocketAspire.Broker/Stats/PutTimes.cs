using System.Globalization;
using System.Text;

namespace RocketAspire.Broker;

/// <summary>How long messages took from their append until they were stored as the settings promise, in ms, since the start.</summary>
/// <remarks>Source of the ranges: StoreStatsService of https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/StoreStatsService.java;
/// Apache's counts begin anew each minute.</remarks>
public sealed class PutTimes
{
    private const int Resolved = 10_000;

    private static readonly (string Name, int Below)[] Ranges =
    [
        ("<=0ms", 1), ("0~10ms", 10), ("10~50ms", 50), ("50~100ms", 100), ("100~200ms", 200), ("200~500ms", 500), ("500ms~1s", 1000),
        ("1~2s", 2000), ("2~3s", 3000), ("3~4s", 4000), ("4~5s", 5000), ("5~10s", Resolved), ("10s~", int.MaxValue),
    ];

    // One count a millisecond; the last one is of all that took longer.
    private readonly long[] _counts = new long[Resolved + 1];
    private long _maximum;

    /// <summary>The longest, in ms.</summary>
    public long Maximum => Volatile.Read(ref _maximum);

    public void Add(TimeSpan took)
    {
        var ms = Math.Max(0, (long)took.TotalMilliseconds);
        Interlocked.Increment(ref _counts[Math.Min(ms, Resolved)]);
        long seen;
        while (ms > (seen = Maximum) && Interlocked.CompareExchange(ref _maximum, ms, seen) != seen)
        {
        }
    }

    /// <summary>The time within which this share of the messages was stored, in ms; 0 without messages.</summary>
    /// <param name="share">From 0 to 1.</param>
    public long Within(double share)
    {
        var wanted = (long)Math.Ceiling(_counts.Sum() * share);
        long counted = 0;
        for (var ms = 0; ms < Resolved && wanted > 0; ms++)
        {
            counted += Volatile.Read(ref _counts[ms]);
            if (counted >= wanted) return ms;
        }

        return wanted > 0 ? Maximum : 0;
    }

    /// <summary>As Apache writes them: "[&lt;=0ms]:5 [0~10ms]:1 ...", each followed by a blank.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var from = 0;
        foreach (var (name, below) in Ranges)
        {
            var to = Math.Min(below, _counts.Length);
            text.Append(CultureInfo.InvariantCulture, $"[{name}]:{_counts.AsSpan(from..to).ToArray().Sum()} ");
            from = to;
        }

        return text.ToString();
    }
}
