namespace OfflineAspire.Dashboard.Telemetry;

/// <summary>The newest log records.</summary>
public sealed class LogStore(TelemetryLimits limits)
{
    private readonly Lock _gate = new();
    private readonly Queue<LogEntry> _entries = new();
    private long _lastId;

    /// <summary>Of all that came, kept or not.</summary>
    public long Total => Interlocked.Read(ref _lastId);

    public void Add(LogEntry entry)
    {
        lock (_gate)
        {
            if (_entries.Count >= limits.Logs) _entries.Dequeue();
            _entries.Enqueue(entry with { Id = ++_lastId });
        }
    }

    /// <summary>Those that fit, in the order of their arrival.</summary>
    public List<LogEntry> Find(LogFilter filter)
    {
        lock (_gate)
        {
            return [.. _entries.Where(filter.Matches)];
        }
    }

    public LogEntry? Get(long id)
    {
        lock (_gate)
        {
            return _entries.FirstOrDefault(e => e.Id == id);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
        }
    }
}

/// <summary>Which log records are wanted; what is null or empty doesn't count.</summary>
public sealed record LogFilter(string? Source = null, LogSeverity Least = LogSeverity.Unset, string? Text = null, string? TraceId = null, string? SpanId = null)
{
    public bool Matches(LogEntry entry) =>
        entry.Severity >= Least
        && entry.Source.Is(Source)
        && (string.IsNullOrEmpty(TraceId) || entry.TraceId == TraceId)
        && (string.IsNullOrEmpty(SpanId) || entry.SpanId == SpanId)
        && (string.IsNullOrEmpty(Text) || Has(entry.Message) || Has(entry.Scope) || entry.Attributes.Any(a => Has(a.Key) || Has(a.Value)));

    private bool Has(string text) => text.Contains(Text!, StringComparison.OrdinalIgnoreCase);
}
