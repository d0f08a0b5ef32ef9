using OfflineAspire.Dashboard.Telemetry;
using OfflineAspire.Otlp.Metrics;

namespace OfflineAspire.Dashboard.Otlp;

/// <summary>A measurement as the store takes it.</summary>
internal sealed record ReceivedPoint(InstrumentKind Kind, IReadOnlyList<TelemetryAttribute> Attributes, MetricPoint Point, bool IsDelta, IReadOnlyList<double>? Bounds = null);

/// <summary>OTLP's five kinds of measurements as the store's four.</summary>
internal static class MetricPoints
{
    /// <summary>More buckets than any instrument has; what has more isn't taken.</summary>
    private const int MostBuckets = 512;

    public static IEnumerable<ReceivedPoint> Of(Metric metric, TelemetryLimits limits) => metric.DataCase switch
    {
        Metric.DataOneofCase.Gauge => metric.Gauge.DataPoints.Select(p => Of(p, InstrumentKind.Gauge, false, limits)),
        Metric.DataOneofCase.Sum => metric.Sum.DataPoints.Select(p =>
            Of(p, metric.Sum.IsMonotonic ? InstrumentKind.Counter : InstrumentKind.UpDownCounter, metric.Sum.AggregationTemporality == AggregationTemporality.Delta, limits)),
        Metric.DataOneofCase.Histogram => metric.Histogram.DataPoints.Select(p => Of(p, metric.Histogram.AggregationTemporality == AggregationTemporality.Delta, limits)).OfType<ReceivedPoint>(),
        Metric.DataOneofCase.ExponentialHistogram => metric.ExponentialHistogram.DataPoints
            .Select(p => Of(p, metric.ExponentialHistogram.AggregationTemporality == AggregationTemporality.Delta, limits)).OfType<ReceivedPoint>(),
        // Quantiles over a time that nobody tells can't be compared: how often it was measured can.
        Metric.DataOneofCase.Summary => metric.Summary.DataPoints.Select(p =>
            new ReceivedPoint(InstrumentKind.Counter, Sorted(p.Attributes, limits), new MetricPoint(OtlpText.Time(p.TimeUnixNano), p.Count), false)),
        _ => [],
    };

    private static ReceivedPoint Of(NumberDataPoint point, InstrumentKind kind, bool isDelta, TelemetryLimits limits)
    {
        var value = point.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble;
        return new ReceivedPoint(kind, Sorted(point.Attributes, limits), new MetricPoint(OtlpText.Time(point.TimeUnixNano), double.IsFinite(value) ? value : 0), isDelta);
    }

    private static ReceivedPoint? Of(HistogramDataPoint point, bool isDelta, TelemetryLimits limits)
    {
        var bounds = point.ExplicitBounds;
        // Without bounds there is one bucket, which may be left out.
        ulong[] buckets = point.BucketCounts.Count == 0 ? [point.Count] : [.. point.BucketCounts];
        if (buckets.Length != bounds.Count + 1 || buckets.Length > MostBuckets) return null;
        return new ReceivedPoint(InstrumentKind.Histogram, Sorted(point.Attributes, limits), new MetricPoint(OtlpText.Time(point.TimeUnixNano), point.Sum, buckets), isDelta, [.. bounds]);
    }

    /// <summary>Buckets at powers of 2^(2^-scale), as one with written bounds. They move with the values: then the series begins anew.</summary>
    private static ReceivedPoint? Of(ExponentialHistogramDataPoint point, bool isDelta, TelemetryLimits limits)
    {
        var positive = point.Positive?.BucketCounts ?? [];
        if (positive.Count > MostBuckets - 2 || point.Scale is < -16 or > 32) return null;
        var factor = Math.Pow(2, Math.Pow(2, -point.Scale));
        var first = point.Positive?.Offset ?? 0;
        // Zero and less, then each bucket's upper bound, then what lies above all of them: nothing.
        var bounds = Enumerable.Range(0, positive.Count + 1).Select(i => Math.Pow(factor, first + (double)i)).ToList();
        ulong[] buckets = [point.ZeroCount + (point.Negative?.BucketCounts.Aggregate(0UL, static (sum, n) => sum + n) ?? 0), .. positive, 0];
        if (bounds.Exists(static b => !double.IsFinite(b))) return null;
        return new ReceivedPoint(InstrumentKind.Histogram, Sorted(point.Attributes, limits), new MetricPoint(OtlpText.Time(point.TimeUnixNano), point.Sum, buckets), isDelta, bounds);
    }

    // The same attributes in another order are the same series.
    private static IReadOnlyList<TelemetryAttribute> Sorted(IEnumerable<OfflineAspire.Otlp.Common.KeyValue> attributes, TelemetryLimits limits) =>
        [.. OtlpText.Attributes(attributes, limits).OrderBy(static a => a.Key, StringComparer.Ordinal)];
}
