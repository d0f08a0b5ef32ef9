using Google.Protobuf;
using OfflineAspire.Dashboard.Telemetry;
using OfflineAspire.Otlp.Logs;
using static OfflineAspire.Dashboard.Tests.OtlpSamples;

namespace OfflineAspire.Dashboard.Tests;

public sealed class TelemetryStoreTests
{
    [Fact]
    public void A_log_record_is_kept_with_who_sent_it_and_its_place_in_a_trace()
    {
        var store = Store();
        Receiver(store).Receive(Log("order taken", severity: SeverityNumber.Warn2));

        var entry = Assert.Single(store.Logs.Find(new LogFilter()));
        Assert.Equal(("order taken", LogSeverity.Warning, "Shop.Desk", "shop-one"), (entry.Message, entry.Severity, entry.Scope, entry.Source.Id));
        Assert.Equal("abababababababababababab00000001", entry.TraceId);
        Assert.Equal("c-7", Assert.Single(entry.Attributes).Value);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), entry.At);
        Assert.Single(store.Logs.Find(new LogFilter("shop", LogSeverity.Warning, "TAKEN", entry.TraceId, entry.SpanId)));
        Assert.Empty(store.Logs.Find(new LogFilter(Least: LogSeverity.Error)));
        Assert.Empty(store.Logs.Find(new LogFilter("other")));
    }

    [Fact]
    public void Each_kind_of_telemetry_keeps_its_newest_and_no_more_than_its_limit()
    {
        var store = Store(new TelemetryLimits { Logs = 3, Traces = 4, SpansOfTrace = 2, Series = 2 });
        var receiver = Receiver(store);
        for (var i = 1; i <= 10; i++)
        {
            receiver.Receive(Log($"log {i}"));
            receiver.Receive(Span(i, 1, 0, "shop", $"trace {i}", (ulong)i, 1));
        }

        Assert.Equal(["log 8", "log 9", "log 10"], store.Logs.Find(new LogFilter()).Select(static e => e.Message));
        Assert.Equal(["trace 10", "trace 9", "trace 8", "trace 7"], store.Traces.Find(new TraceFilter()).Select(static t => t.Name));
        Assert.Null(receiver.Receive(Span(10, 2, 1, "shop", "b", 1, 1)).PartialSuccess);
        Assert.Equal(1, receiver.Receive(Span(10, 3, 1, "shop", "c", 1, 1)).PartialSuccess.RejectedSpans);
        Assert.Null(receiver.Receive(Metric(Counter("a", 1, 1))).PartialSuccess);
        Assert.Null(receiver.Receive(Metric(Counter("a", 1, 1, label: "x"))).PartialSuccess);
        Assert.Equal(1, receiver.Receive(Metric(Counter("b", 1, 1))).PartialSuccess.RejectedDataPoints);
        Assert.Null(receiver.Receive(Metric(Counter("a", 2, 2))).PartialSuccess);
    }

    [Fact]
    public void Over_all_traces_spans_are_bounded_and_many_series_keep_less_of_the_past()
    {
        var store = Store(new TelemetryLimits { Spans = 20, Numbers = 400, PointsOfSeries = 64 });
        var receiver = Receiver(store);
        for (var i = 1; i <= 10; i++)
        {
            for (var span = 1; span <= 5; span++) receiver.Receive(Span(i, span, 0, "shop", "s", 0, 1));
        }

        Assert.Equal(4, store.Traces.Count);
        for (var second = 1; second <= 100; second++)
        {
            for (var series = 0; series < 8; series++) receiver.Receive(Metric(Counter("c", (ulong)second, second, label: $"{series}")));
        }

        var kept = store.Metrics.Find(store.Metrics.Instruments("shop").Single());
        Assert.Equal(8, kept.Count);
        Assert.All(kept, static s => Assert.InRange(s.Points.Count, 16, 32));
        Assert.All(kept, static s => Assert.Equal(100, s.Points[^1].Value));
    }

    [Fact]
    public void Long_values_and_many_attributes_are_cut()
    {
        var store = Store(new TelemetryLimits { TextLength = 10, Attributes = 2 });
        var request = Log(new string('x', 100));
        for (var i = 0; i < 50; i++) request.ResourceLogs[0].ScopeLogs[0].LogRecords[0].Attributes.Add(OtlpSamples.Text($"key {i}", new string('y', 100)));
        Receiver(store).Receive(request);

        var entry = Assert.Single(store.Logs.Find(new LogFilter()));
        Assert.Equal(10, entry.Message.Length);
        Assert.Equal(2, entry.Attributes.Count);
        Assert.All(entry.Attributes, static a => Assert.InRange(a.Value.Length, 1, 10));
    }

    [Fact]
    public void Spans_of_several_services_are_one_trace_and_stand_behind_their_parents()
    {
        var store = Store();
        var receiver = Receiver(store);
        // Children arrive first, as they end first.
        receiver.Receive(Span(1, 3, 2, "worker", "process", 30, 40, fails: true));
        receiver.Receive(Span(1, 4, 1, "broker", "late", 80, 1));
        receiver.Receive(Span(1, 2, 1, "broker", "store", 10, 5));
        receiver.Receive(Span(1, 1, 0, "api", "send", 0, 20));
        receiver.Receive(Span(1, 9, 8, "stray", "no parent here", 90, 10));

        var trace = Assert.Single(store.Traces.Find(new TraceFilter("worker", "SEND", ErrorsOnly: true)));
        Assert.Equal(("send", 5, 1, 100d), (trace.Name, trace.Count, trace.Errors, trace.Duration.TotalMilliseconds));
        Assert.Equal(["api", "broker", "worker", "stray"], trace.Sources.Select(static s => s.Source.Service));
        Assert.Equal([("send", 0), ("store", 1), ("process", 2), ("late", 1), ("no parent here", 0)], SpanTree.Of(store.Traces.Get(trace.TraceId)).Select(static r => (r.Span.Name, r.Depth)));
    }

    [Fact]
    public void Spans_in_a_circle_and_deep_chains_are_all_shown()
    {
        var store = Store(new TelemetryLimits { SpansOfTrace = 20_000, Spans = 50_000 });
        var receiver = Receiver(store);
        receiver.Receive(Span(1, 1, 2, "a", "one", 0, 1));
        receiver.Receive(Span(1, 2, 1, "a", "two", 0, 1));
        for (var i = 1; i <= 20_000; i++) receiver.Receive(Span(2, i, i - 1, "a", "s", (ulong)i, 1));

        Assert.Equal(2, SpanTree.Of(store.Traces.Get("abababababababababababab00000001")).Count);
        Assert.Equal(19_999, SpanTree.Of(store.Traces.Get("abababababababababababab00000002"))[^1].Depth);
    }

    [Fact]
    public void Ids_that_are_not_valid_are_refused()
    {
        var store = Store();
        var request = Span(1, 1, 0, "a", "one", 0, 1);
        request.ResourceSpans[0].ScopeSpans[0].Spans[0].TraceId = ByteString.CopyFrom(new byte[16]);

        Assert.Equal(1, Receiver(store).Receive(request).PartialSuccess.RejectedSpans);
        request.ResourceSpans[0].ScopeSpans[0].Spans[0].TraceId = ByteString.CopyFromUtf8("short");
        Assert.Equal(1, Receiver(store).Receive(request).PartialSuccess.RejectedSpans);
        Assert.Equal(0, store.Traces.Count);
    }

    [Fact]
    public void Counters_are_shown_as_rates_whether_they_count_from_the_start_or_since_the_last_time()
    {
        var store = Store();
        var receiver = Receiver(store);
        for (var i = 0; i <= 20; i++)
        {
            receiver.Receive(Metric(Counter("total", (ulong)i, i * 5)));
            receiver.Receive(Metric(Counter("delta", (ulong)i, 5, isDelta: true)));
        }

        var instruments = store.Metrics.Instruments("shop");
        Assert.Equal(["delta", "total"], instruments.Select(static i => i.Name));
        foreach (var instrument in instruments)
            Assert.All(MetricMath.Rates(Assert.Single(store.Metrics.Find(instrument)).Points), static p => Assert.Equal(5, p.Value, 6));
    }

    [Fact]
    public void Percentiles_are_those_of_the_last_seconds()
    {
        var store = Store();
        var receiver = Receiver(store);
        double[] bounds = [10, 20, 40];
        // Long ago a thousand slow ones; in the window a hundred from 10 to 20, and ten above all bounds.
        receiver.Receive(Metric(Histogram("h", 0, bounds, [0, 0, 1000, 0])));
        receiver.Receive(Metric(Histogram("h", 20, bounds, [0, 0, 1000, 0])));
        receiver.Receive(Metric(Histogram("h", 30, bounds, [0, 100, 1000, 10])));

        var series = Assert.Single(store.Metrics.Find(Assert.Single(store.Metrics.Instruments(null))));
        Assert.Equal(15.5, MetricMath.Percentiles(series.Points, series.Bounds, 0.5)[^1].Value, 3);
        Assert.Equal(40, MetricMath.Percentiles(series.Points, series.Bounds, 0.99)[^1].Value, 3);
        Assert.True(double.IsNaN(MetricMath.Percentiles(series.Points, series.Bounds, 0.5)[0].Value));
        Assert.Equal(11, MetricMath.CountRates(series.Points)[^1].Value, 3);
    }

    [Fact]
    public void Histograms_of_several_series_are_taken_together()
    {
        var at = DateTimeOffset.UnixEpoch;
        var one = new MetricSeries([], [new MetricPoint(at, 1, [1, 0]), new MetricPoint(at.AddSeconds(2), 2, [3, 0])], [10]);
        var two = new MetricSeries([], [new MetricPoint(at.AddSeconds(1), 5, [0, 4])], [10]);

        Assert.Equal([(1ul, 0ul), (1ul, 4ul), (3ul, 4ul)], MetricMath.Merge([one, two]).Points.Select(static p => (p.Buckets![0], p.Buckets[1])));
    }
}
