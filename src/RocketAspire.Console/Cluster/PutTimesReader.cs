using System.Globalization;

namespace RocketAspire.Console.Cluster;

/// <summary>How long brokers took to store messages between two polls, from the counts by range that all releases tell (<c>putMessageDistributeTime</c>).</summary>
/// <remarks>Source of the ranges: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/StoreStatsService.java</remarks>
public sealed class PutTimesReader
{
    // Upper bounds, in ms; what took longer than ten seconds counts as ten.
    private static readonly double[] Bounds = [0, 10, 50, 100, 200, 500, 1000, 2000, 3000, 4000, 5000, 10_000, 10_000];

    private readonly Dictionary<string, long[]> _last = new(StringComparer.Ordinal);

    /// <param name="broker">Its address.</param>
    /// <param name="distribution">What it tells.</param>
    /// <param name="sinceStart">Ours counts since its start; Apache's tells of the last whole minute.</param>
    /// <returns>Mean and the time within which 99 % were stored, in ms; null when nothing was stored, or not known yet.</returns>
    public (double Mean, double Slow)? Read(string broker, string? distribution, bool sinceStart)
    {
        if (Parse(distribution) is not { } counts) return null;
        var delta = counts;
        if (sinceStart)
        {
            var hadLast = _last.TryGetValue(broker, out var last);
            _last[broker] = counts;
            if (!hadLast) return null;
            delta = counts.Zip(last!, static (now, before) => now - before).ToArray();
            // It was started anew.
            if (delta.Any(static count => count < 0)) delta = counts;
        }

        var total = delta.Sum();
        if (total == 0) return null;
        double sum = 0;
        for (var i = 0; i < delta.Length; i++) sum += delta[i] * (i == 0 ? 0 : (Bounds[i - 1] + Bounds[i]) / 2);
        return (sum / total, Within(delta, total));
    }

    public void Clear() => _last.Clear();

    private static double Within(long[] delta, long total)
    {
        long counted = 0;
        for (var i = 0; i < delta.Length; i++)
        {
            counted += delta[i];
            if (counted >= total * 0.99) return Bounds[i];
        }

        return Bounds[^1];
    }

    /// <summary>"[&lt;=0ms]:5 [0~10ms]:1 ..." of thirteen ranges.</summary>
    private static long[]? Parse(string? text)
    {
        var parts = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Bounds.Length) return null;
        var counts = new long[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (!long.TryParse(parts[i].AsSpan(parts[i].LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out counts[i])) return null;
        return counts;
    }
}
