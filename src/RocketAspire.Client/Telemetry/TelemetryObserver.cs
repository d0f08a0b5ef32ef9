using System.Diagnostics;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Makes spans and metrics of sends and deliveries. A message carries its producer's span in its properties (W3C), so that one trace holds both sides.</summary>
internal sealed class TelemetryObserver : IClientObserver
{
    private const string System = "messaging.system";
    private const string Destination = "messaging.destination.name";
    private const string Operation = "messaging.operation.name";
    private const string OperationType = "messaging.operation.type";

    private readonly bool _traces;
    private readonly bool _measures;

    private TelemetryObserver(bool traces, bool measures) => (_traces, _measures) = (traces, measures);

    public static TelemetryObserver Both { get; } = new(true, true);

    public static TelemetryObserver Traces { get; } = new(true, false);

    public static TelemetryObserver Metrics { get; } = new(false, true);

    public void BeforeSend(SendObservation send)
    {
        if (!_traces || ClientTelemetry.Source.StartActivity($"send {send.Message.Topic}", ActivityKind.Producer) is not { } span) return;
        send.Items[this] = span;
        var message = send.Message;
        Describe(span, message.Topic, "send", "send", send.ClientId, message.Messages.Count);
        span.SetTag("messaging.message.id", message.Id);
        span.SetTag("messaging.message.body.size", message.Body.Length);
        if (message.Messages is [var only])
        {
            span.SetTag("messaging.rocketmq.message.tag", only.Tag);
            if (only.Keys.Count > 0) span.SetTag("messaging.rocketmq.message.keys", only.Keys.ToArray());
            span.SetTag("messaging.rocketmq.message.group", only.ShardingKey);
            span.SetTag("messaging.rocketmq.message.delay_time_level", only.DelayLevel);
            if (only.DeliverAt is { } at) span.SetTag("messaging.rocketmq.message.delivery_timestamp", at.ToUnixTimeMilliseconds());
            span.SetTag("messaging.rocketmq.message.type", TypeOf(send.Kind, only));
        }

        Inject(span, message.Properties);
    }

    public void AfterSend(SendObservation send)
    {
        var error = send.Error is { } failure ? ErrorType(failure) : send.Result is { IsAcknowledged: false } result ? result.Status.ToString() : null;
        if (send.Items.TryGetValue(this, out var item) && item is Activity span)
        {
            if (send.BrokerAddress is { } address) AddServer(span, address);
            if (send.Result is { } stored) span.SetTag("messaging.destination.partition.id", $"{stored.Queue.BrokerName}:{stored.Queue.QueueId}");
            End(span, error, send.Error?.Message);
        }

        if (!_measures) return;
        var tags = new TagList { { System, "rocketmq" }, { Destination, send.Message.Topic }, { Operation, "send" }, { "error.type", error } };
        ClientTelemetry.Sent.Add(Math.Max(1, send.Message.Messages.Count), tags);
        ClientTelemetry.SendDuration.Record(send.Took.TotalSeconds, tags);
        if (send.Attempts > 1) ClientTelemetry.Retries.Add(send.Attempts - 1, tags);
    }

    public void BeforeDelivery(DeliveryObservation delivery)
    {
        if (!_traces) return;
        var first = delivery.Messages[0];
        var parents = delivery.Messages.Select(ContextOf).ToList();
        // One message continues its producer's trace; of several, none could be the parent.
        var parent = parents is [var only] ? only : default;
        var links = parents.Where(static context => context != default).Select(static context => new ActivityLink(context));
        if (ClientTelemetry.Source.StartActivity($"process {first.Topic}", ActivityKind.Consumer, parent, links: links) is not { } span) return;
        delivery.Items[this] = span;
        Describe(span, first.Topic, "process", "process", delivery.ClientId, delivery.Messages.Count);
        span.SetTag("messaging.consumer.group.name", delivery.Group);
        span.SetTag("messaging.destination.partition.id", $"{first.Queue.BrokerName}:{first.Queue.QueueId}");
        if (delivery.Messages.Count > 1) return;
        span.SetTag("messaging.message.id", first.MessageId);
        span.SetTag("messaging.message.body.size", first.Record.Body.Length);
        span.SetTag("messaging.rocketmq.message.tag", first.Tag);
        if (first.Keys.Count > 0) span.SetTag("messaging.rocketmq.message.keys", first.Keys.ToArray());
        if (first.ReconsumeTimes > 0) span.SetTag("messaging.rocketmq.message.reconsume_times", first.ReconsumeTimes);
    }

    public void AfterDelivery(DeliveryObservation delivery)
    {
        var error = delivery.Error is { } failure ? ErrorType(failure) : delivery.Result.Action == ConsumeAction.Success ? null : delivery.Result.Action.ToString();
        if (delivery.Items.TryGetValue(this, out var item) && item is Activity span) End(span, error, delivery.Error?.Message);
        if (!_measures) return;
        var tags = new TagList
        {
            { System, "rocketmq" }, { Destination, delivery.Messages[0].Topic }, { Operation, "process" }, { "messaging.consumer.group.name", delivery.Group }, { "error.type", error },
        };
        ClientTelemetry.Consumed.Add(delivery.Messages.Count, tags);
        ClientTelemetry.ProcessDuration.Record(delivery.Took.TotalSeconds, tags);
        if (error is not null) ClientTelemetry.Failed.Add(delivery.Messages.Count, tags);
    }

    /// <summary>Gives a message the context of a span, unless the application gave it one.</summary>
    public static void Inject(Activity span, List<KeyValuePair<string, string>> properties)
    {
        if (span.Id is not { } id || span.IdFormat != ActivityIdFormat.W3C || properties.Exists(static p => p.Key == ClientTelemetry.TraceParent)) return;
        properties.Add(new(ClientTelemetry.TraceParent, id));
        if (span.TraceStateString is { Length: > 0 } state) properties.Add(new(ClientTelemetry.TraceState, state));
    }

    private static ActivityContext ContextOf(RocketMQReceivedMessage message) =>
        ActivityContext.TryParse(message.Property(ClientTelemetry.TraceParent), message.Property(ClientTelemetry.TraceState), isRemote: true, out var context) ? context : default;

    private static void Describe(Activity span, string topic, string operation, string type, string clientId, int messages)
    {
        span.SetTag(System, "rocketmq");
        span.SetTag(Destination, topic);
        span.SetTag(Operation, operation);
        span.SetTag(OperationType, type);
        span.SetTag("messaging.client.id", clientId);
        if (messages > 1) span.SetTag("messaging.batch.message_count", messages);
    }

    private static void AddServer(Activity span, string address)
    {
        var colon = address.LastIndexOf(':');
        span.SetTag("server.address", colon < 0 ? address : address[..colon]);
        if (colon >= 0 && int.TryParse(address.AsSpan(colon + 1), out var port)) span.SetTag("server.port", port);
    }

    private static string TypeOf(SendKind kind, RocketMQMessage message) =>
        kind == SendKind.Transaction ? "transaction"
        : message.DelayLevel is not null || message.DeliverAt is not null || message.DeliverAfter is not null ? "delay"
        : message.ShardingKey is not null ? "fifo"
        : "normal";

    private static string ErrorType(Exception error) =>
        error is RocketMQResponseException response ? response.Code.ToString(global::System.Globalization.CultureInfo.InvariantCulture) : error.GetType().FullName!;

    private static void End(Activity span, string? error, string? reason)
    {
        if (error is not null)
        {
            span.SetTag("error.type", error);
            span.SetStatus(ActivityStatusCode.Error, reason);
        }

        span.Dispose();
    }
}
