namespace RocketAspire.Console.Cluster;

/// <summary>A series' value at a moment.</summary>
public readonly record struct RatePoint(DateTimeOffset At, double Value);

/// <summary>What was measured over the last half hour, in memory, by name of the series. Thread-safe.</summary>
public sealed class RateHistory
{
    /// <summary>Half an hour at two seconds a point.</summary>
    public const int Capacity = 900;

    /// <summary>Series beyond these are left out: names come from the cluster.</summary>
    public const int MaxSeries = 400;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<RatePoint>> _series = new(StringComparer.Ordinal);

    public void Add(string series, DateTimeOffset at, double value)
    {
        lock (_lock)
        {
            if (!_series.TryGetValue(series, out var points))
            {
                if (_series.Count >= MaxSeries) return;
                _series[series] = points = new Queue<RatePoint>();
            }

            if (points.Count == Capacity) points.Dequeue();
            points.Enqueue(new RatePoint(at, double.IsFinite(value) ? value : 0));
        }
    }

    /// <summary>Oldest first; empty when there is no such series.</summary>
    public IReadOnlyList<RatePoint> Get(string series)
    {
        lock (_lock) return _series.TryGetValue(series, out var points) ? [.. points] : [];
    }

    /// <summary>Names that begin so, without that beginning.</summary>
    public IReadOnlyList<string> Names(string prefix)
    {
        lock (_lock) return [.. _series.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]).Order(StringComparer.Ordinal)];
    }

    /// <summary>Series that got no point since then are dropped: their topic or broker is gone.</summary>
    public void DropOlderThan(DateTimeOffset time)
    {
        lock (_lock)
        {
            foreach (var name in _series.Where(pair => pair.Value.Last().At < time).Select(static pair => pair.Key).ToList()) _series.Remove(name);
        }
    }

    public void Clear()
    {
        lock (_lock) _series.Clear();
    }
}
