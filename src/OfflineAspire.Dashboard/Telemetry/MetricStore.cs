namespace OfflineAspire.Dashboard.Telemetry;

/// <summary>What an instrument's numbers mean.</summary>
public enum InstrumentKind
{
    /// <summary>A value as it is.</summary>
    Gauge,

    /// <summary>Counts up and down.</summary>
    UpDownCounter,

    /// <summary>Counts up; what is of interest is how fast.</summary>
    Counter,

    /// <summary>Sorts values into buckets.</summary>
    Histogram,
}

/// <summary>An instrument of one process.</summary>
public sealed record Instrument(TelemetrySource Source, string Meter, string Name, string Description, string Unit, InstrumentKind Kind);

/// <summary>One measurement.</summary>
/// <param name="At">When it was taken.</param>
/// <param name="Value">The value; of a histogram the sum of what it sorted.</param>
/// <param name="Buckets">Of a histogram the count of each bucket; null for others.</param>
public readonly record struct MetricPoint(DateTimeOffset At, double Value, ulong[]? Buckets = null);

/// <summary>One instrument's measurements with one set of attributes.</summary>
/// <param name="Attributes">By key.</param>
/// <param name="Points">By time. Of counters and histograms they count from the process's start.</param>
/// <param name="Bounds">Upper bounds of a histogram's buckets but the last, which has none.</param>
public sealed record MetricSeries(IReadOnlyList<TelemetryAttribute> Attributes, IReadOnlyList<MetricPoint> Points, IReadOnlyList<double> Bounds);

/// <summary>Measurements of the last minutes.</summary>
public sealed class MetricStore(TelemetryLimits limits)
{
    private const int FewestPoints = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<(TelemetrySource Source, string Meter, string Name), Entry> _instruments = [];
    private int _series;
    private long _numbers;
    private int _pointsOfSeries = limits.PointsOfSeries;

    /// <summary>Adds a point. Deltas are summed up, so that all counters and histograms count from the start.</summary>
    /// <returns>False when there are too many series.</returns>
    public bool Add(Instrument instrument, IReadOnlyList<TelemetryAttribute> attributes, MetricPoint point, bool isDelta, IReadOnlyList<double>? bounds = null)
    {
        lock (_gate)
        {
            var key = (instrument.Source, instrument.Meter, instrument.Name);
            if (!_instruments.TryGetValue(key, out var entry))
            {
                if (_series >= limits.Series) return false;
                _instruments[key] = entry = new Entry();
            }

            entry.Instrument = instrument;
            var name = string.Join('\u0001', attributes.Select(static a => a.Key + '\u0002' + a.Value));
            if (!entry.Series.TryGetValue(name, out var series))
            {
                if (_series >= limits.Series) return false;
                entry.Series[name] = series = new Series(attributes);
                _series++;
            }

            _numbers += series.Add(point, isDelta, bounds ?? [], _pointsOfSeries);
            if (_numbers > limits.Numbers) Shrink();
            return true;
        }
    }

    /// <summary>All instruments of a source, by meter and name.</summary>
    public List<Instrument> Instruments(string? source)
    {
        lock (_gate)
        {
            return [.. _instruments.Values.Select(static e => e.Instrument!).Where(i => i.Source.Is(source)).OrderBy(static i => i.Meter, StringComparer.Ordinal).ThenBy(static i => i.Name, StringComparer.Ordinal)];
        }
    }

    public List<MetricSeries> Find(Instrument instrument)
    {
        lock (_gate)
        {
            return _instruments.TryGetValue((instrument.Source, instrument.Meter, instrument.Name), out var entry)
                ? [.. entry.Series.Values.Select(static s => new MetricSeries(s.Attributes, [.. s.Points], s.Bounds))]
                : [];
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _instruments.Clear();
            _series = 0;
            _numbers = 0;
            _pointsOfSeries = limits.PointsOfSeries;
        }
    }

    // Many series keep less of the past, rather than some of them nothing.
    private void Shrink()
    {
        if (_pointsOfSeries <= FewestPoints) return;
        _pointsOfSeries = Math.Max(FewestPoints, _pointsOfSeries / 2);
        _numbers = _instruments.Values.SelectMany(static e => e.Series.Values).Sum(s => s.Trim(_pointsOfSeries));
    }

    private sealed class Entry
    {
        public Instrument? Instrument { get; set; }

        public Dictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Series(IReadOnlyList<TelemetryAttribute> attributes)
    {
        public IReadOnlyList<TelemetryAttribute> Attributes => attributes;

        public Queue<MetricPoint> Points { get; } = new();

        public IReadOnlyList<double> Bounds { get; private set; } = [];

        private MetricPoint? Last { get; set; }

        /// <returns>How many numbers more are kept now.</returns>
        public int Add(MetricPoint point, bool isDelta, IReadOnlyList<double> bounds, int most)
        {
            var removed = 0;
            if (!Bounds.SequenceEqual(bounds))
            {
                // Other buckets can't be compared with those of before.
                removed += Points.Sum(SizeOf);
                Points.Clear();
                Last = null;
                Bounds = bounds;
            }

            if (isDelta && Last is { } last)
                point = point with { Value = last.Value + point.Value, Buckets = point.Buckets?.Zip(last.Buckets ?? [], static (a, b) => a + b).ToArray() };
            // What comes twice, or late, has its place already.
            if (Last is { } before && point.At <= before.At) return -removed;
            Last = point;
            Points.Enqueue(point);
            while (Points.Count > most) removed += SizeOf(Points.Dequeue());
            return SizeOf(point) - removed;
        }

        /// <returns>How many numbers are kept then.</returns>
        public long Trim(int most)
        {
            while (Points.Count > most) Points.Dequeue();
            return Points.Sum(static p => (long)SizeOf(p));
        }

        private static int SizeOf(MetricPoint point) => 2 + (point.Buckets?.Length ?? 0);
    }
}
