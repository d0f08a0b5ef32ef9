using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace RocketAspire.Client;

/// <summary>The client's spans and metrics. Nothing is measured while nobody listens.</summary>
/// <remarks>Names as in https://opentelemetry.io/docs/specs/semconv/messaging/</remarks>
public static class ClientTelemetry
{
    /// <summary>Of the activity source and of the meter.</summary>
    public const string Name = "RocketAspire.Client";

    internal const string TraceParent = "traceparent";
    internal const string TraceState = "tracestate";

    /// <summary>The convention's buckets; the SDK's own are for milliseconds.</summary>
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] };

    internal static readonly ActivitySource Source = new(Name);
    internal static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Sent = Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Messages that a producer tried to send.");
    internal static readonly Histogram<double> SendDuration = Meter.CreateHistogram("messaging.client.operation.duration", "s", "From a send's call to its end, over all attempts.", advice: Seconds);
    internal static readonly Counter<long> Retries = Meter.CreateCounter<long>("rocketmq.client.send.retries", "{attempt}", "Attempts of sends after the first.");
    internal static readonly Counter<long> Consumed = Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Messages that were given to a handler.");
    internal static readonly Histogram<double> ProcessDuration = Meter.CreateHistogram("messaging.process.duration", "s", "From a handler's call to its answer.", advice: Seconds);
    internal static readonly Counter<long> Failed = Meter.CreateCounter<long>("rocketmq.client.process.failures", "{message}", "Messages whose handler failed or wants them again.");

    private static readonly LiveConsumers Live = new();

    static ClientTelemetry()
    {
        Meter.CreateObservableGauge("rocketmq.client.consumer.pending", () => Live.Read(static queue => queue.Cached.Count), "{message}", "Messages that were fetched and aren't finished.");
        Meter.CreateObservableGauge("rocketmq.client.consumer.lag", () => Live.Read(static queue => queue.Lag), "{message}", "Messages of the queue behind the last finished one, as of the last pull.");
    }

    internal static bool IsListening => Source.HasListeners() || Sent.Enabled || SendDuration.Enabled || Consumed.Enabled || ProcessDuration.Enabled;

    internal static void Add(GroupSession session) => Live.Add(session);

    internal static void Remove(GroupSession session) => Live.Remove(session);

    private sealed class LiveConsumers
    {
        private readonly Lock _gate = new();
        private readonly List<GroupSession> _sessions = [];

        public void Add(GroupSession session)
        {
            lock (_gate) _sessions.Add(session);
        }

        public void Remove(GroupSession session)
        {
            lock (_gate) _sessions.Remove(session);
        }

        public IEnumerable<Measurement<long>> Read(Func<ConsumerQueue, long> value)
        {
            GroupSession[] sessions;
            lock (_gate) sessions = [.. _sessions];
            return sessions.SelectMany(session => session.Queues.All.Select(queue => new Measurement<long>(
                value(queue),
                new KeyValuePair<string, object?>("messaging.consumer.group.name", session.Settings.Group),
                new KeyValuePair<string, object?>("messaging.destination.name", queue.Queue.Topic),
                new KeyValuePair<string, object?>("messaging.destination.partition.id", $"{queue.Queue.BrokerName}:{queue.Queue.QueueId}"))));
        }
    }
}
