using Google.Protobuf;
using OfflineAspire.Dashboard.Otlp;
using OfflineAspire.Dashboard.Telemetry;
using OfflineAspire.Otlp.Common;
using OfflineAspire.Otlp.Logs;
using OfflineAspire.Otlp.Metrics;
using OfflineAspire.Otlp.Traces;
using Resource = OfflineAspire.Otlp.Resources.Resource;
using WireMetric = OfflineAspire.Otlp.Metrics.Metric;

namespace OfflineAspire.Dashboard.Tests;

/// <summary>Telemetry as a service would send it.</summary>
internal static class OtlpSamples
{
    private const ulong Second = 1_000_000_000;
    private const ulong Millisecond = 1_000_000;

    // 2026-01-01.
    private const ulong Start = 1_767_225_600 * Second;

    public static TelemetryStore Store(TelemetryLimits? limits = null) => new(new DashboardOptions { Limits = limits ?? new TelemetryLimits() });

    public static OtlpReceiver Receiver(TelemetryStore store) => new(store);

    public static ByteString Id(int number, int length) => ByteString.CopyFrom([.. Enumerable.Repeat((byte)0xab, length - 4), .. BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder(number))]);

    public static KeyValue Text(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    public static ExportLogsServiceRequest Log(string message, string service = "shop", SeverityNumber severity = SeverityNumber.Info, int trace = 1)
    {
        var record = new LogRecord { TimeUnixNano = Start, SeverityNumber = severity, Body = new AnyValue { StringValue = message }, TraceId = Id(trace, 16), SpanId = Id(1, 8) };
        record.Attributes.Add(Text("customer", "c-7"));
        var scope = new ScopeLogs { Scope = new InstrumentationScope { Name = "Shop.Desk" } };
        scope.LogRecords.Add(record);
        var resource = new ResourceLogs { Resource = Service(service) };
        resource.ScopeLogs.Add(scope);
        return new ExportLogsServiceRequest { ResourceLogs = { resource } };
    }

    public static ExportTraceServiceRequest Span(int trace, int span, int parent, string service, string name, ulong startMs, ulong lengthMs, bool fails = false)
    {
        var sent = new Span { TraceId = Id(trace, 16), SpanId = Id(span, 8), Name = name, Kind = OfflineAspire.Otlp.Traces.Span.Types.SpanKind.Producer };
        if (parent != 0) sent.ParentSpanId = Id(parent, 8);
        sent.StartTimeUnixNano = Start + (startMs * Millisecond);
        sent.EndTimeUnixNano = sent.StartTimeUnixNano + (lengthMs * Millisecond);
        if (fails) sent.Status = new Status { Code = Status.Types.StatusCode.Error, Message = "no stock" };
        var scope = new ScopeSpans();
        scope.Spans.Add(sent);
        var resource = new ResourceSpans { Resource = Service(service) };
        resource.ScopeSpans.Add(scope);
        return new ExportTraceServiceRequest { ResourceSpans = { resource } };
    }

    public static ExportMetricsServiceRequest Metric(WireMetric metric, string service = "shop")
    {
        var scope = new ScopeMetrics { Scope = new InstrumentationScope { Name = "Shop" } };
        scope.Metrics.Add(metric);
        var resource = new ResourceMetrics { Resource = Service(service) };
        resource.ScopeMetrics.Add(scope);
        return new ExportMetricsServiceRequest { ResourceMetrics = { resource } };
    }

    public static WireMetric Counter(string name, ulong second, long value, bool isDelta = false, string? label = null)
    {
        var point = new NumberDataPoint { TimeUnixNano = Start + (second * Second), AsInt = value };
        if (label is not null) point.Attributes.Add(Text("label", label));
        var sum = new Sum { IsMonotonic = true, AggregationTemporality = isDelta ? AggregationTemporality.Delta : AggregationTemporality.Cumulative };
        sum.DataPoints.Add(point);
        return new WireMetric { Name = name, Unit = "{order}", Sum = sum };
    }

    public static WireMetric Histogram(string name, ulong second, double[] bounds, ulong[] buckets)
    {
        var point = new HistogramDataPoint { TimeUnixNano = Start + (second * Second), Count = buckets.Aggregate(0UL, static (a, b) => a + b) };
        point.ExplicitBounds.AddRange(bounds);
        point.BucketCounts.AddRange(buckets);
        var histogram = new Histogram { AggregationTemporality = AggregationTemporality.Cumulative };
        histogram.DataPoints.Add(point);
        return new WireMetric { Name = name, Histogram = histogram };
    }

    private static Resource Service(string name) => new() { Attributes = { Text("service.name", name), Text("service.instance.id", "one") } };
}
