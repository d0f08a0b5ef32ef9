using System.Diagnostics;
using System.Diagnostics.Metrics;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Broker;

/// <summary>What a broker tells of single messages: their sizes, and a span for each that is stored, in its producer's trace. Costs nothing while nobody listens.</summary>
public static class BrokerTelemetry
{
    public const string Name = "RocketAspire.Broker";

    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<long> Sizes = Meter.CreateHistogram<long>("rocketmq_message_size", "bytes", "Sizes of stored messages.");

    /// <summary>The span in which messages are stored, a child of what their producer wrote into the first one's properties; null while nobody listens.</summary>
    /// <remarks>Names as in https://opentelemetry.io/docs/specs/semconv/messaging/rocketmq/</remarks>
    internal static Activity? Storing(string topic, ReadOnlySpan<byte> properties, int count)
    {
        if (!Source.HasListeners() || TopicNames.IsSystem(topic)) return null;
        ActivityContext.TryParse(MessageProperties.Get(properties, TraceParent), MessageProperties.Get(properties, TraceState), isRemote: true, out var parent);
        var activity = Source.StartActivity($"store {topic}", ActivityKind.Server, parent);
        if (activity is null) return null;
        activity.SetTag("messaging.system", "rocketmq");
        activity.SetTag("messaging.destination.name", topic);
        activity.SetTag("messaging.operation.name", "store");
        if (count > 1) activity.SetTag("messaging.batch.message_count", count);
        if (MessageProperties.Get(properties, MessageProperties.UniqKey) is { } id) activity.SetTag("messaging.message.id", id);
        return activity;
    }

    internal static void Stored(string topic, int messages, long bytes)
    {
        if (!Sizes.Enabled || messages == 0) return;
        var tags = new TagList { { "topic", topic }, { "is_system", TopicNames.IsSystem(topic) } };
        for (var i = 0; i < messages; i++) Sizes.Record(bytes / messages, tags);
    }
}
