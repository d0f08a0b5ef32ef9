namespace OfflineAspire.Dashboard.Telemetry;

/// <summary>The newest traces, each with the spans that came of it.</summary>
public sealed class TraceStore(TelemetryLimits limits)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Trace> _byId = new(StringComparer.Ordinal);

    // In the order in which traces were first seen: the first goes first.
    private readonly Queue<string> _order = new();
    private int _spans;

    /// <summary>How many are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byId.Count;
            }
        }
    }

    /// <returns>False when its trace is full, or it is there already.</returns>
    public bool Add(SpanEntry span)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(span.TraceId, out var trace))
            {
                _byId[span.TraceId] = trace = new Trace(span.TraceId);
                _order.Enqueue(span.TraceId);
            }

            if (trace.Spans.Count >= limits.SpansOfTrace || !trace.Ids.Add(span.SpanId)) return false;
            trace.Spans.Add(span);
            trace.Summary = null;
            _spans++;
            while (_byId.Count > limits.Traces || (_spans > limits.Spans && _byId.Count > 1)) RemoveFirst();
            return true;
        }
    }

    /// <summary>Those that fit, the newest first.</summary>
    public List<TraceSummary> Find(TraceFilter filter)
    {
        lock (_gate)
        {
            return [.. _byId.Values.Select(static t => t.Summary ??= TraceSummary.Of(t.Id, t.Spans)).Where(filter.Matches).OrderByDescending(static t => t.Start)];
        }
    }

    /// <summary>A trace's spans in no order; none when it isn't kept.</summary>
    public IReadOnlyList<SpanEntry> Get(string traceId)
    {
        lock (_gate)
        {
            return _byId.TryGetValue(traceId, out var trace) ? [.. trace.Spans] : [];
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _byId.Clear();
            _order.Clear();
            _spans = 0;
        }
    }

    private void RemoveFirst()
    {
        if (_byId.Remove(_order.Dequeue(), out var gone)) _spans -= gone.Spans.Count;
    }

    private sealed class Trace(string id)
    {
        public string Id => id;

        public List<SpanEntry> Spans { get; } = [];

        public HashSet<string> Ids { get; } = new(StringComparer.Ordinal);

        /// <summary>Null once a span came.</summary>
        public TraceSummary? Summary { get; set; }
    }
}

/// <summary>A trace as its list shows it.</summary>
public sealed record TraceSummary
{
    public required string TraceId { get; init; }

    /// <summary>Of the first span.</summary>
    public required string Name { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required TimeSpan Duration { get; init; }

    public required int Errors { get; init; }

    public required int Count { get; init; }

    /// <summary>Who took part, in the order of time, with the number of spans.</summary>
    public required IReadOnlyList<(TelemetrySource Source, int Spans)> Sources { get; init; }

    public static TraceSummary Of(string id, IReadOnlyList<SpanEntry> spans)
    {
        var known = spans.Select(static s => s.SpanId).ToHashSet(StringComparer.Ordinal);
        var first = spans.OrderBy(s => known.Contains(s.ParentId)).ThenBy(static s => s.Start).First();
        var start = spans.Min(static s => s.Start);
        return new TraceSummary
        {
            TraceId = id,
            Name = first.Name,
            Start = start,
            Duration = spans.Max(static s => s.End) - start,
            Errors = spans.Count(static s => s.IsError),
            Count = spans.Count,
            Sources = [.. spans.GroupBy(static s => s.Source).OrderBy(static g => g.Min(static s => s.Start)).Select(static g => (g.Key, g.Count()))],
        };
    }
}

/// <summary>Which traces are wanted.</summary>
public sealed record TraceFilter(string? Source = null, string? Text = null, bool ErrorsOnly = false)
{
    public bool Matches(TraceSummary trace) =>
        (!ErrorsOnly || trace.Errors > 0)
        && (string.IsNullOrEmpty(Source) || trace.Sources.Any(s => s.Source.Is(Source)))
        && (string.IsNullOrEmpty(Text) || trace.Name.Contains(Text, StringComparison.OrdinalIgnoreCase) || trace.TraceId.StartsWith(Text, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A trace's spans as a tree, for the waterfall.</summary>
public static class SpanTree
{
    /// <summary>Each span behind its parent, by start; those whose parent isn't there stand at the left.</summary>
    public static IReadOnlyList<(SpanEntry Span, int Depth)> Of(IReadOnlyList<SpanEntry> spans)
    {
        var ids = spans.Select(static s => s.SpanId).ToHashSet(StringComparer.Ordinal);
        var children = spans.Where(s => s.ParentId.Length > 0 && s.ParentId != s.SpanId && ids.Contains(s.ParentId)).OrderBy(static s => s.Start).ToLookup(static s => s.ParentId, StringComparer.Ordinal);
        var rows = new List<(SpanEntry, int)>(spans.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        // By hand: a trace may be deeper than a stack.
        var open = new Stack<(SpanEntry Span, int Depth)>(spans.Where(s => s.ParentId.Length == 0 || s.ParentId == s.SpanId || !ids.Contains(s.ParentId)).OrderByDescending(static s => s.Start).Select(static s => (s, 0)));
        while (true)
        {
            while (open.TryPop(out var next))
            {
                if (!seen.Add(next.Span.SpanId)) continue;
                rows.Add(next);
                foreach (var child in children[next.Span.SpanId].Reverse()) open.Push((child, next.Depth + 1));
            }

            // Who is an ancestor of himself is shown all the same.
            if (spans.FirstOrDefault(s => !seen.Contains(s.SpanId)) is not { } left) return rows;
            open.Push((left, 0));
        }
    }
}
