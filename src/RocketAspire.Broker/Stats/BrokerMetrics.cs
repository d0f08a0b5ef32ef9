using System.Diagnostics.Metrics;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>A broker's state as instruments, under the names and labels of RocketMQ 5. Each is read when somebody collects, and only then.</summary>
/// <remarks>
/// Sources: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/metrics/BrokerMetricsConstant.java and
/// https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/store/src/main/java/org/apache/rocketmq/store/metrics/DefaultStoreMetricsConstant.java
/// </remarks>
internal sealed class BrokerMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?>[] Disk = [Tag("storage_type", "local"), Tag("storage_medium", "disk")];

    private readonly BrokerParts _parts;
    private readonly ConsumeStatsReader _progress;
    private readonly KeyValuePair<string, object?>[] _node;

    // The same name as the one of single messages: one subscription brings both.
    private readonly Meter _meter = new(BrokerTelemetry.Name);

    public BrokerMetrics(BrokerParts parts)
    {
        _parts = parts;
        _progress = new ConsumeStatsReader(parts.Tables.Topics, parts.Tables.ConsumerOffsets, parts.Consumers, parts.Stats, parts.Store, parts.Address);
        _node = [Tag("cluster", parts.Address.ClusterName), Tag("node_type", "broker"), Tag("node_id", parts.Address.BrokerName)];
        AddBroker();
        AddTraffic();
        AddConsumers();
        AddStore();
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    private static bool IsRetry(string topic) => topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal);

    private Measurement<long> Of(long value, params ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(value, [.. _node, .. tags]);

    private void Gauge(string name, string unit, Func<long> read, params KeyValuePair<string, object?>[] tags) => _meter.CreateObservableGauge(name, () => Of(read(), tags), unit);

    private void Counter(string name, string unit, Func<IEnumerable<Measurement<long>>> read) => _meter.CreateObservableCounter(name, read, unit);

    private void AddBroker()
    {
        Gauge("rocketmq_broker_permission", "", () => _parts.Configuration.Current.BrokerPermission);
        Gauge("rocketmq_topic_number", "topics", () => _parts.Tables.Topics.Names.Count);
        Gauge("rocketmq_consumer_group_number", "groups", () => _parts.Tables.Groups.Names.Count);
        _meter.CreateObservableGauge("rocketmq_producer_connections", () => _parts.Producers.All()
            .SelectMany(static group => group.Value).DistinctBy(static client => client.ClientId)
            .GroupBy(static client => (client.Language, client.Version))
            .Select(clients => Of(clients.Count(), Tag("language", clients.Key.Language.ToString().ToLowerInvariant()), Tag("version", clients.Key.Version))));
        _meter.CreateObservableGauge("rocketmq_consumer_connections", () => _parts.Tables.Groups.Names
            .SelectMany(group => _parts.Consumers.Describe(group) is { } members
                ? members.Connections.GroupBy(static client => (client.Language, client.Version)).Select(clients => Of(
                    clients.Count(), Tag("consumer_group", group), Tag("language", clients.Key.Language.ToLowerInvariant()), Tag("version", clients.Key.Version),
                    Tag("consume_mode", members.ConsumeType == "CONSUME_ACTIVELY" ? "pull" : "push")))
                : []));
    }

    private void AddTraffic()
    {
        Counter("rocketmq_messages_in_total", "messages", () => _parts.Stats.Stored().Select(t => Of(t.Messages, In(t.Topic))));
        Counter("rocketmq_throughput_in_total", "bytes", () => _parts.Stats.Stored().Select(t => Of(t.Bytes, In(t.Topic))));
        Counter("rocketmq_messages_out_total", "messages", () => _parts.Stats.Read().Select(t => Of(t.Messages, Out(t.Topic, t.Group))));
        Counter("rocketmq_throughput_out_total", "bytes", () => _parts.Stats.Read().Select(t => Of(t.Bytes, Out(t.Topic, t.Group))));
        Counter("rocketmq_send_to_dlq_messages_total", "messages", () => _parts.Stats.Stored().Where(static t => t.Topic.StartsWith(TopicNames.DlqPrefix, StringComparison.Ordinal))
            .Select(t => Of(t.Messages, Tag("consumer_group", t.Topic[TopicNames.DlqPrefix.Length..]), Tag("is_system", false))));
        Counter("rocketmq_commit_messages_total", "messages", () => [Of(_parts.Counters.Transactions.Committed)]);
        Counter("rocketmq_rollback_messages_total", "messages", () => [Of(_parts.Counters.Transactions.RolledBack)]);
    }

    private KeyValuePair<string, object?>[] In(string topic) =>
    [
        Tag("topic", topic), Tag("is_system", TopicNames.IsSystem(topic)),
        Tag("message_type", _parts.Tables.Topics.Find(topic)?.Attributes?.GetValueOrDefault("message.type")?.ToLowerInvariant() ?? "normal"),
    ];

    private static KeyValuePair<string, object?>[] Out(string topic, string group) =>
        [Tag("topic", topic), Tag("consumer_group", group), Tag("is_retry", IsRetry(topic)), Tag("is_system", TopicNames.IsSystem(topic))];

    private void AddConsumers()
    {
        _meter.CreateObservableGauge("rocketmq_consumer_lag_messages", () => Progress().Select(p => Of(p.Stats.Queues.Sum(static q => Lag(q.Value)), Out(p.Topic, p.Group))), "messages");
        _meter.CreateObservableGauge("rocketmq_consumer_lag_latency", () =>
        {
            var now = _parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
            return Progress().Select(p => Of(p.Stats.Queues.Where(static q => Lag(q.Value) > 0).Select(q => Math.Max(0, now - OldestWaiting(q))).DefaultIfEmpty().Max(), Out(p.Topic, p.Group))).ToList();
        }, "milliseconds");
    }

    private static long Lag(ConsumeOffset place) => Math.Max(0, place.BrokerOffset - place.ConsumerOffset);

    /// <summary>When the first message that a group has not consumed was stored.</summary>
    private long OldestWaiting(KeyValuePair<MessageQueue, ConsumeOffset> queue)
    {
        var first = Math.Max(queue.Value.ConsumerOffset, _parts.Store.QueueBounds(queue.Key.Topic, queue.Key.QueueId).Min);
        return _parts.Store.StoreTimeAt(queue.Key.Topic, queue.Key.QueueId, first) is > 0 and var at ? at : _parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    private IEnumerable<(string Group, string Topic, ConsumeStats Stats)> Progress()
    {
        foreach (var group in _parts.Tables.Groups.Names)
        {
            foreach (var topic in _parts.Tables.ConsumerOffsets.TopicsOf(group))
                if (_progress.Read(group, topic, isOrder: false) is { } stats) yield return (group, topic, stats);
        }
    }

    private void AddStore()
    {
        var store = _parts.Store;
        Gauge("rocketmq_storage_size", "bytes", () => store.MaxPhysicalOffset - store.MinPhysicalOffset, Disk);
        Gauge("rocketmq_storage_flush_behind_bytes", "bytes", () => Math.Max(0, store.MaxPhysicalOffset - store.FlushedOffset), Disk);
        Gauge("rocketmq_storage_dispatch_behind_bytes", "bytes", () => Math.Max(0, store.MaxPhysicalOffset - store.ConfirmOffset), Disk);
        Gauge("rocketmq_storage_message_reserve_time", "milliseconds", () =>
            store.ReadRecord(store.MinPhysicalOffset) is { } first ? Math.Max(0, _parts.Time.GetUtcNow().ToUnixTimeMilliseconds() - first.StoreTimestamp) : 0, Disk);
        Gauge("rocketmq_timing_messages", "messages", () => _parts.Timers.Waiting);
        Gauge("rocketmq_timer_enqueue_lag", "messages", () => _parts.Timers.NotTaken);
        Gauge("rocketmq_timer_dequeue_latency", "seconds", () => _parts.Timers.BehindSeconds);
        Counter("rocketmq_timer_enqueue_total", "messages", () => [Of(_parts.Counters.Timers.Taken)]);
        Counter("rocketmq_timer_dequeue_total", "messages", () => [Of(_parts.Counters.Timers.Delivered)]);
    }
}
