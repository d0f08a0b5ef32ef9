namespace OfflineAspire.Dashboard.Telemetry;

/// <summary>Who sent telemetry: one process of one service.</summary>
/// <param name="Service">Its <c>service.name</c>.</param>
/// <param name="Instance">Its <c>service.instance.id</c>; empty when it gives none.</param>
public sealed record TelemetrySource(string Service, string Instance)
{
    /// <summary>The resource's id, for what an AppHost started.</summary>
    public string Id => Instance.Length == 0 ? Service : $"{Service}-{Instance}";

    /// <summary>Whether a name that a page was asked for means this one.</summary>
    public bool Is(string? name) => string.IsNullOrEmpty(name) || string.Equals(name, Service, StringComparison.OrdinalIgnoreCase) || string.Equals(name, Id, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A name and a value of a record, as text.</summary>
public readonly record struct TelemetryAttribute(string Key, string Value);

/// <summary>How grave a log record is; OTLP's numbers from 1 to 24, in steps of four.</summary>
public enum LogSeverity
{
    Unset = 0,
    Trace = 1,
    Debug = 5,
    Information = 9,
    Warning = 13,
    Error = 17,
    Critical = 21,
}

/// <summary>A log record.</summary>
public sealed record LogEntry
{
    /// <summary>Counts up in the order of arrival.</summary>
    public long Id { get; init; }

    public required TelemetrySource Source { get; init; }

    public required DateTimeOffset At { get; init; }

    public required LogSeverity Severity { get; init; }

    public required string Message { get; init; }

    /// <summary>The logger's name.</summary>
    public required string Scope { get; init; }

    /// <summary>32 hexadecimal digits, or empty.</summary>
    public required string TraceId { get; init; }

    /// <summary>16 hexadecimal digits, or empty.</summary>
    public required string SpanId { get; init; }

    public required IReadOnlyList<TelemetryAttribute> Attributes { get; init; }

    public bool HasException => Attributes.Any(static a => a.Key.StartsWith("exception.", StringComparison.Ordinal));
}

/// <summary>What kind of work a span was; OTLP's numbers.</summary>
public enum SpanKind
{
    Unset = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// <summary>Something that happened within a span.</summary>
public sealed record SpanEvent(DateTimeOffset At, string Name, IReadOnlyList<TelemetryAttribute> Attributes);

/// <summary>Another span that this one has to do with.</summary>
public sealed record SpanLink(string TraceId, string SpanId, IReadOnlyList<TelemetryAttribute> Attributes);

/// <summary>A piece of work of one process.</summary>
public sealed record SpanEntry
{
    public required TelemetrySource Source { get; init; }

    public required string TraceId { get; init; }

    public required string SpanId { get; init; }

    /// <summary>Empty for a first one.</summary>
    public required string ParentId { get; init; }

    public required string Name { get; init; }

    public required SpanKind Kind { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    public required bool IsError { get; init; }

    public required string StatusMessage { get; init; }

    /// <summary>The name of what made it.</summary>
    public required string Scope { get; init; }

    public required IReadOnlyList<TelemetryAttribute> Attributes { get; init; }

    public required IReadOnlyList<SpanEvent> Events { get; init; }

    public required IReadOnlyList<SpanLink> Links { get; init; }

    public TimeSpan Duration => End - Start;
}
