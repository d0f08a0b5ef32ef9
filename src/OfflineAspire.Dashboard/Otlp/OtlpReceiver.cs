using OfflineAspire.Dashboard.Telemetry;
using OfflineAspire.Otlp.Common;
using OfflineAspire.Otlp.Logs;
using OfflineAspire.Otlp.Metrics;
using OfflineAspire.Otlp.Traces;
using Resource = OfflineAspire.Otlp.Resources.Resource;

namespace OfflineAspire.Dashboard.Otlp;

/// <summary>Puts what came by OTLP into the store; counts what it can't take.</summary>
public sealed class OtlpReceiver(TelemetryStore store)
{
    private const string Unnamed = "unknown_service";
    private const string TooManyServices = "there are too many services";

    private TelemetryLimits Limits => store.Limits;

    public ExportLogsServiceResponse Receive(ExportLogsServiceRequest request)
    {
        long rejected = 0;
        foreach (var resource in request.ResourceLogs)
        {
            if (SourceOf(resource.Resource) is not { } source)
            {
                rejected += resource.ScopeLogs.Sum(static s => s.LogRecords.Count);
                continue;
            }

            foreach (var scope in resource.ScopeLogs)
            {
                foreach (var record in scope.LogRecords) store.Logs.Add(EntryOf(source, scope.Scope, record));
            }
        }

        store.Received();
        return new ExportLogsServiceResponse { PartialSuccess = rejected == 0 ? null : new() { RejectedLogRecords = rejected, ErrorMessage = TooManyServices } };
    }

    public ExportTraceServiceResponse Receive(ExportTraceServiceRequest request)
    {
        long rejected = 0;
        foreach (var resource in request.ResourceSpans)
        {
            var source = SourceOf(resource.Resource);
            foreach (var scope in resource.ScopeSpans)
            {
                foreach (var span in scope.Spans)
                {
                    if (source is null || EntryOf(source, scope.Scope, span) is not { } entry || !store.Traces.Add(entry)) rejected++;
                }
            }
        }

        store.Received();
        return new ExportTraceServiceResponse { PartialSuccess = rejected == 0 ? null : new() { RejectedSpans = rejected, ErrorMessage = "ids that aren't valid, spans sent twice, or too many" } };
    }

    public ExportMetricsServiceResponse Receive(ExportMetricsServiceRequest request)
    {
        long rejected = 0;
        foreach (var resource in request.ResourceMetrics)
        {
            var source = SourceOf(resource.Resource);
            foreach (var scope in resource.ScopeMetrics)
            {
                foreach (var metric in scope.Metrics)
                {
                    foreach (var point in MetricPoints.Of(metric, Limits))
                    {
                        var instrument = source is null ? null : new Instrument(source, Short(scope.Scope?.Name), Short(metric.Name), Short(metric.Description), Short(metric.Unit), point.Kind);
                        if (instrument is null || metric.Name.Length == 0 || !store.Metrics.Add(instrument, point.Attributes, point.Point, point.IsDelta, point.Bounds)) rejected++;
                    }
                }
            }
        }

        store.Received();
        return new ExportMetricsServiceResponse { PartialSuccess = rejected == 0 ? null : new() { RejectedDataPoints = rejected, ErrorMessage = "there are too many series" } };
    }

    private TelemetrySource? SourceOf(Resource? resource)
    {
        var attributes = resource?.Attributes ?? [];
        var service = Short(OtlpText.Value(attributes, "service.name"));
        return store.SourceOf(service.Length > 0 ? service : Unnamed, Short(OtlpText.Value(attributes, "service.instance.id")));
    }

    private string Short(string? text) => OtlpText.Cut(text ?? "", Limits with { TextLength = Math.Min(512, Limits.TextLength) });

    private LogEntry EntryOf(TelemetrySource source, InstrumentationScope? scope, LogRecord record) => new()
    {
        Source = source,
        At = OtlpText.Time(record.TimeUnixNano != 0 ? record.TimeUnixNano : record.ObservedTimeUnixNano),
        Severity = SeverityOf((int)record.SeverityNumber),
        Message = OtlpText.Cut(OtlpText.Of(record.Body) is { Length: > 0 } body ? body : record.EventName, Limits),
        Scope = Short(scope?.Name),
        TraceId = OtlpText.TraceId(record.TraceId),
        SpanId = OtlpText.SpanId(record.SpanId),
        Attributes = OtlpText.Attributes(record.Attributes, Limits),
    };

    private static LogSeverity SeverityOf(int number) => number switch
    {
        < 1 => LogSeverity.Unset,
        < 5 => LogSeverity.Trace,
        < 9 => LogSeverity.Debug,
        < 13 => LogSeverity.Information,
        < 17 => LogSeverity.Warning,
        < 21 => LogSeverity.Error,
        _ => LogSeverity.Critical,
    };

    private SpanEntry? EntryOf(TelemetrySource source, InstrumentationScope? scope, Span span)
    {
        var (trace, id) = (OtlpText.TraceId(span.TraceId), OtlpText.SpanId(span.SpanId));
        if (trace.Length == 0 || id.Length == 0) return null;
        var start = OtlpText.Time(span.StartTimeUnixNano);
        var end = OtlpText.Time(span.EndTimeUnixNano);
        return new SpanEntry
        {
            Source = source,
            TraceId = trace,
            SpanId = id,
            ParentId = OtlpText.SpanId(span.ParentSpanId),
            Name = Short(span.Name),
            Kind = Enum.IsDefined((Telemetry.SpanKind)(int)span.Kind) ? (Telemetry.SpanKind)(int)span.Kind : Telemetry.SpanKind.Unset,
            Start = start,
            End = end < start ? start : end,
            IsError = span.Status?.Code == Status.Types.StatusCode.Error,
            StatusMessage = OtlpText.Cut(span.Status?.Message ?? "", Limits),
            Scope = Short(scope?.Name),
            Attributes = OtlpText.Attributes(span.Attributes, Limits),
            Events = [.. span.Events.Take(Limits.Attributes).Select(e => new SpanEvent(OtlpText.Time(e.TimeUnixNano), Short(e.Name), OtlpText.Attributes(e.Attributes, Limits)))],
            Links = [.. span.Links.Take(Limits.Attributes).Select(l => new SpanLink(OtlpText.TraceId(l.TraceId), OtlpText.SpanId(l.SpanId), OtlpText.Attributes(l.Attributes, Limits)))],
        };
    }
}
