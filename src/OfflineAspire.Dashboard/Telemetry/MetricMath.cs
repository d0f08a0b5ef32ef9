namespace OfflineAspire.Dashboard.Telemetry;

/// <summary>From measurements to what a chart shows; not-a-number where there is nothing to show.</summary>
public static class MetricMath
{
    /// <summary>What happens in so long counts together: a second alone is too rough.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>How fast a counter rises, a second. A process that started anew begins at 0.</summary>
    public static IReadOnlyList<(DateTimeOffset At, double Value)> Rates(IReadOnlyList<MetricPoint> points) =>
        [.. Pairs(points).Select(static p => (p.Now.At, Math.Max(0, p.Now.Value < p.Before.Value ? p.Now.Value : p.Now.Value - p.Before.Value) / Math.Max(1e-3, (p.Now.At - p.Before.At).TotalSeconds)))];

    public static IReadOnlyList<(DateTimeOffset At, double Value)> Values(IReadOnlyList<MetricPoint> points) => [.. points.Select(static p => (p.At, p.Value))];

    /// <summary>Below what value a part of those lay that were sorted within the window.</summary>
    /// <param name="points">Of a histogram.</param>
    /// <param name="bounds">Of its buckets.</param>
    /// <param name="part">0 to 1.</param>
    public static IReadOnlyList<(DateTimeOffset At, double Value)> Percentiles(IReadOnlyList<MetricPoint> points, IReadOnlyList<double> bounds, double part) =>
        [.. Pairs(points).Select(p => (p.Now.At, Percentile(Difference(p.Now.Buckets, p.Before.Buckets), bounds, part)))];

    /// <summary>How many were sorted, a second.</summary>
    public static IReadOnlyList<(DateTimeOffset At, double Value)> CountRates(IReadOnlyList<MetricPoint> points) =>
        Rates([.. points.Select(static p => p with { Value = p.Buckets?.Aggregate(0d, static (sum, n) => sum + n) ?? 0 })]);

    /// <summary>Within its bucket it is guessed in proportion; above the last bound it is that bound.</summary>
    public static double Percentile(IReadOnlyList<ulong> buckets, IReadOnlyList<double> bounds, double part)
    {
        var total = buckets.Aggregate(0d, static (sum, n) => sum + n);
        if (total <= 0 || bounds.Count == 0) return double.NaN;
        var wanted = total * part;
        var below = 0d;
        for (var i = 0; i < buckets.Count; i++)
        {
            if (below + buckets[i] < wanted || buckets[i] == 0)
            {
                below += buckets[i];
                continue;
            }

            if (i >= bounds.Count) return bounds[^1];
            var lower = i == 0 ? Math.Min(0, bounds[0]) : bounds[i - 1];
            return lower + ((bounds[i] - lower) * Math.Clamp((wanted - below) / buckets[i], 0, 1));
        }

        return bounds[^1];
    }

    /// <summary>Several histograms with equal buckets as one: their points taken together, time by time.</summary>
    public static MetricSeries Merge(IReadOnlyList<MetricSeries> series)
    {
        if (series.Count == 1) return series[0];
        var bounds = series[0].Bounds;
        var alike = series.Where(s => s.Bounds.SequenceEqual(bounds)).ToList();
        var current = new MetricPoint?[alike.Count];
        var points = new List<MetricPoint>();
        // At each time, each series' last point.
        foreach (var group in alike.SelectMany(static (s, i) => s.Points.Select(p => (Index: i, Point: p))).GroupBy(static x => x.Point.At).OrderBy(static g => g.Key))
        {
            foreach (var (index, point) in group) current[index] = point;
            var buckets = new ulong[bounds.Count + 1];
            foreach (var point in current)
            {
                for (var i = 0; i < Math.Min(buckets.Length, point?.Buckets?.Length ?? 0); i++) buckets[i] += point!.Value.Buckets![i];
            }

            points.Add(new MetricPoint(group.Key, current.Sum(static p => p?.Value ?? 0), buckets));
        }

        return new MetricSeries([], points, bounds);
    }

    private static ulong[] Difference(ulong[]? now, ulong[]? before)
    {
        if (now is null) return [];
        // Less than before means that the process started anew.
        if (before is null || before.Length != now.Length || now.Zip(before).Any(static p => p.First < p.Second)) return now;
        return [.. now.Zip(before, static (a, b) => a - b)];
    }

    /// <summary>Each point with the youngest that is at least a window older, or with the first there is.</summary>
    private static IEnumerable<(MetricPoint Before, MetricPoint Now)> Pairs(IReadOnlyList<MetricPoint> points)
    {
        var start = 0;
        for (var i = 1; i < points.Count; i++)
        {
            while (start + 1 < i && points[i].At - points[start + 1].At >= Window) start++;
            yield return (points[start], points[i]);
        }
    }
}
