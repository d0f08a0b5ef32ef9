namespace RocketAspire.Console.Cluster;

/// <summary>A series' value at a moment.</summary>
public readonly record struct RatePoint(DateTimeOffset At, double Value);

/// <summary>How far back, and how closely.</summary>
public enum HistorySpan
{
    HalfHour,
    Day,
    TwoWeeks,
}

/// <summary>What was measured, by name of the series: closely for half an hour, by the minute for a day, by the quarter for two weeks. Thread-safe.</summary>
public sealed class RateHistory
{
    /// <summary>Series beyond these are left out, unless one rests that can go: names come from the cluster.</summary>
    public const int MaxSeries = 400;

    /// <summary>How long a slot is, and how many are kept, by span.</summary>
    internal static readonly (TimeSpan Step, int Slots)[] Tiers = [(TimeSpan.FromSeconds(5), 360), (TimeSpan.FromMinutes(1), 1440), (TimeSpan.FromMinutes(15), 1344)];

    private static readonly TimeSpan Resting = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HistorySeries> _series = new(StringComparer.Ordinal);

    public void Add(string series, DateTimeOffset at, double value)
    {
        lock (_lock)
        {
            if (!_series.TryGetValue(series, out var kept))
            {
                if (_series.Count >= MaxSeries && !MakeRoom(at)) return;
                _series[series] = kept = new HistorySeries();
            }

            kept.Add(at, double.IsFinite(value) ? value : 0);
        }
    }

    /// <summary>Oldest first, gaps left out; empty when there is no such series.</summary>
    public IReadOnlyList<RatePoint> Get(string series, HistorySpan span = HistorySpan.HalfHour)
    {
        lock (_lock) return _series.TryGetValue(series, out var kept) ? kept.Points(span) : [];
    }

    /// <summary>Names that begin so, without that beginning.</summary>
    public IReadOnlyList<string> Names(string prefix)
    {
        lock (_lock) return [.. _series.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]).Order(StringComparer.Ordinal)];
    }

    public bool Has(string series)
    {
        lock (_lock) return _series.ContainsKey(series);
    }

    /// <summary>Series that got no point since then are dropped: their topic or broker is gone.</summary>
    public void DropOlderThan(DateTimeOffset time)
    {
        lock (_lock)
        {
            foreach (var name in _series.Where(pair => pair.Value.LastAt < time).Select(static pair => pair.Key).ToList()) _series.Remove(name);
        }
    }

    public void Clear()
    {
        lock (_lock) _series.Clear();
    }

    /// <summary>What another one knows takes the place of what this one knows.</summary>
    internal void TakeFrom(RateHistory other)
    {
        lock (_lock)
        {
            _series.Clear();
            foreach (var (name, series) in other._series) _series[name] = series;
        }
    }

    internal void Write(BinaryWriter writer)
    {
        lock (_lock)
        {
            writer.Write(_series.Count);
            foreach (var (name, series) in _series)
            {
                writer.Write(name);
                series.Write(writer);
            }
        }
    }

    /// <exception cref="InvalidDataException">Not what was written.</exception>
    internal void Read(BinaryReader reader)
    {
        var read = new Dictionary<string, HistorySeries>(StringComparer.Ordinal);
        var count = reader.ReadInt32();
        if (count is < 0 or > MaxSeries) throw new InvalidDataException($"{count} series");
        for (var i = 0; i < count; i++)
        {
            var name = reader.ReadString();
            read[name] = HistorySeries.Read(reader);
        }

        lock (_lock)
        {
            _series.Clear();
            foreach (var (name, series) in read) _series[name] = series;
        }
    }

    private bool MakeRoom(DateTimeOffset now)
    {
        var oldest = _series.MinBy(static pair => pair.Value.LastAt);
        return now - oldest.Value.LastAt > Resting && _series.Remove(oldest.Key);
    }
}
