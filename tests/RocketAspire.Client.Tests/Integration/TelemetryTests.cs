using System.Diagnostics;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using RocketAspire.Broker;
using RocketAspire.Protocol.Messages;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests.Integration;

/// <summary>What sends and deliveries tell of themselves: spans, metrics, and RocketMQ's own message trace.</summary>
public sealed class TelemetryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_messages_way_from_producer_through_broker_to_consumer_is_one_trace()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        var spans = new List<Activity>();
        using var tracing = Sdk.CreateTracerProviderBuilder().AddSource(ClientTelemetry.Name, BrokerTelemetry.Name).AddInMemoryExporter(new Locked(spans)).Build();
        await using var producer = await RocketMQProducer.StartAsync(new() { NameServers = cluster.NameServers, Group = "p" }, Ct);
        await producer.SendAsync(new RocketMQMessage(topic, "x"u8.ToArray()) { Tag = "t", Keys = ["k"] }, Ct);
        await using var consumer = await ConsumeAsync(cluster, topic);
        Activity[] ours = [];
        await Eventually.TrueAsync("the three spans", () => (ours = Ours(spans, topic)).Length >= 3);
        var send = ours.Single(a => a.Kind == ActivityKind.Producer);
        var store = ours.Single(a => a.Kind == ActivityKind.Server);
        var process = ours.Single(a => a.Kind == ActivityKind.Consumer);
        Assert.Equal([send.TraceId, send.TraceId], [store.TraceId, process.TraceId]);
        Assert.Equal([send.SpanId, send.SpanId], [store.ParentSpanId, process.ParentSpanId]);
        Assert.Equal(($"send {topic}", "rocketmq", "t", "normal"),
            (send.DisplayName, send.GetTagItem("messaging.system"), send.GetTagItem("messaging.rocketmq.message.tag"), send.GetTagItem("messaging.rocketmq.message.type")));
        Assert.Equal(($"process {topic}", "watchers"), (process.DisplayName, process.GetTagItem("messaging.consumer.group.name")));
        Assert.Equal(send.GetTagItem("messaging.message.id"), process.GetTagItem("messaging.message.id"));
        Assert.Single(process.Links);
    }

    [Fact]
    public async Task A_batch_belongs_to_its_callers_trace_and_a_failure_is_told()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        var spans = new List<Activity>();
        using var tracing = Sdk.CreateTracerProviderBuilder().AddSource(ClientTelemetry.Name, "Caller").AddInMemoryExporter(new Locked(spans)).Build();
        using var source = new ActivitySource("Caller");
        await using var producer = await RocketMQProducer.StartAsync(new() { NameServers = cluster.NameServers, Group = "p", MaxRetries = 0, RequestTimeout = TimeSpan.FromSeconds(1) }, Ct);
        ActivityTraceId caller;
        using (var span = source.StartActivity("order"))
        {
            caller = span!.TraceId;
            await producer.SendBatchAsync([new RocketMQMessage(topic, "1"u8.ToArray()), new RocketMQMessage(topic, "2"u8.ToArray())], Ct);
        }

        await using (var consumer = await ConsumeAsync(cluster, topic))
        {
            await Eventually.TrueAsync("both to be processed", () => Ours(spans, topic).Count(a => a.Kind == ActivityKind.Consumer) == 2);
        }

        Assert.All(Ours(spans, topic), a => Assert.Equal(caller, a.TraceId));
        await cluster.StopBrokerAsync("broker-a");
        await Assert.ThrowsAsync<RocketMQSendException>(() => producer.SendAsync(new RocketMQMessage(topic, "3"u8.ToArray()), Ct).AsTask());
        var failed = Ours(spans, topic).Single(a => a.Status == ActivityStatusCode.Error);
        Assert.EndsWith(nameof(RocketMQSendException), (string?)failed.GetTagItem("error.type"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sends_deliveries_failures_and_backlog_are_counted()
    {
        await using var cluster = await EmbeddedCluster.StartAsync();
        var topic = await cluster.TopicAsync();
        var metrics = new List<Metric>();
        using var meters = Sdk.CreateMeterProviderBuilder().AddMeter(ClientTelemetry.Name).AddInMemoryExporter(metrics).Build();
        await using var producer = await RocketMQProducer.StartAsync(new() { NameServers = cluster.NameServers, Group = "p" }, Ct);
        for (var i = 0; i < 3; i++) await producer.SendAsync(new RocketMQMessage(topic, Encoding.UTF8.GetBytes($"{i}")), Ct);
        var hold = new TaskCompletionSource();
        var handled = 0;
        await using var consumer = await RocketMQConsumer.StartAsync(
            new() { NameServers = cluster.NameServers, Group = "watchers", Subscriptions = [topic], ConsumeFromWhere = ConsumeFromWhere.FirstOffset },
            async (message, token) =>
            {
                if (Interlocked.Increment(ref handled) == 1) throw new InvalidOperationException("once");
                await hold.Task.WaitAsync(token);
                return ConsumeResult.Success;
            }, Ct);
        await Eventually.TrueAsync("three deliveries", () => Volatile.Read(ref handled) >= 3);
        await Eventually.TrueAsync("two pending", () => Collect("rocketmq.client.consumer.pending") == 2);
        Assert.Equal(3, Collect("messaging.client.sent.messages"));
        Assert.Equal(1, Collect("rocketmq.client.process.failures"));
        Assert.True(Collect("rocketmq.client.consumer.lag") >= 2);
        hold.SetResult();
        await Eventually.TrueAsync("nothing pending", () => Collect("rocketmq.client.consumer.pending") == 0);
        Assert.Equal(3, Collect("messaging.client.consumed.messages"));

        long Collect(string name)
        {
            metrics.Clear();
            meters.ForceFlush();
            long sum = 0;
            foreach (var metric in metrics.Where(m => m.Name == name))
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    foreach (var tag in point.Tags)
                        if (tag.Key == "messaging.destination.name" && Equals(tag.Value, topic)) sum += metric.MetricType == MetricType.LongSum ? point.GetSumLong() : point.GetGaugeLastValueLong();
                }
            }

            return sum;
        }
    }

    [Fact]
    public async Task Message_trace_is_told_in_RocketMQs_topic_and_form()
    {
        await using var cluster = await EmbeddedCluster.StartWithAsync("traceTopicEnable=true");
        var topic = await cluster.TopicAsync();
        string id;
        await using (var producer = await RocketMQProducer.StartAsync(new() { NameServers = cluster.NameServers, Group = "p", EnableMessageTrace = true }, Ct))
        {
            id = (await producer.SendAsync(new RocketMQMessage(topic, "x"u8.ToArray()) { Tag = "t", Keys = ["k"] }, Ct)).MessageId;
        }

        var done = new TaskCompletionSource();
        await using (var consumer = await RocketMQConsumer.StartAsync(
            new() { NameServers = cluster.NameServers, Group = "watchers", Subscriptions = [topic], ConsumeFromWhere = ConsumeFromWhere.FirstOffset, EnableMessageTrace = true },
            (_, _) =>
            {
                done.TrySetResult();
                return new(ConsumeResult.Success);
            }, Ct))
        {
            await done.Task.WaitAsync(TimeSpan.FromSeconds(20), Ct);
        }

        List<string[]> lines = [];
        await Eventually.TrueAsync("the three entries", async () =>
        {
            var found = await cluster.Admin.Messages.FindByKeyAsync(TopicNames.TraceTopic, id, cancellationToken: Ct);
            lines = [.. found.SelectMany(static m => Encoding.UTF8.GetString(m.Body.Span).Split('\u0002', StringSplitOptions.RemoveEmptyEntries)).Select(static line => line.Split('\u0001')).Where(line => line.Contains(id))];
            return lines.Count == 3;
        });
        var sent = lines.Single(static l => l[0] == "Pub");
        Assert.Equal((14, "DefaultRegion", "p", topic, "t", "k", "1", "0", "true"), (sent.Length, sent[2], sent[3], sent[4], sent[6], sent[7], sent[9], sent[11], sent[13]));
        var before = lines.Single(static l => l[0] == "SubBefore");
        var after = lines.Single(static l => l[0] == "SubAfter");
        Assert.Equal(("watchers", "0", "k"), (before[3], before[6], before[7]));
        Assert.Equal((before[4], "true", "k", "0", "watchers"), (after[1], after[4], after[5], after[6], after[8]));
        var trace = Assert.Single(await cluster.Admin.Traces.FindAsync("k", cancellationToken: Ct));
        Assert.Equal((id, topic, true), (trace.MessageId, trace.Topic, trace.Sends.Single().IsSuccess));
        Assert.Equal(("watchers", TraceOutcome.Success), (trace.Deliveries.Single().Group, trace.Deliveries.Single().Outcome));
        Assert.Empty(await cluster.Admin.Traces.FindAsync("nobody's", cancellationToken: Ct));
    }

    [Fact]
    public async Task The_trace_of_a_transaction_tells_its_end_and_the_brokers_questions()
    {
        await using var cluster = await EmbeddedCluster.StartWithAsync("traceTopicEnable=true");
        var topic = await cluster.TopicAsync();
        var options = new RocketMQProducerOptions { NameServers = cluster.NameServers, Group = "p", EnableMessageTrace = true, TransactionChecker = static (_, _) => new(TransactionState.Commit) };
        await using var producer = await RocketMQProducer.StartAsync(options, Ct);
        var sent = await producer.SendInTransactionAsync(new RocketMQMessage(topic, "x"u8.ToArray()) { Tag = "t" }, static (_, _) => new(TransactionState.Unknown), Ct);

        MessageTrace? trace = null;
        await Eventually.TrueAsync("the send, its open end, and the end that the broker asked for", async () =>
        {
            trace = (await cluster.Admin.Traces.FindAsync(sent.Send.MessageId, cancellationToken: Ct)).SingleOrDefault();
            return trace is { Sends.Count: 1, TransactionEnds.Count: >= 2 };
        });
        Assert.Equal(TraceMessageType.TransactionHalf, trace!.Sends[0].MessageType);
        Assert.Equal((TransactionState.Unknown, false, topic), (trace.TransactionEnds[0].State, trace.TransactionEnds[0].FromCheck, trace.TransactionEnds[0].Topic));
        Assert.Equal((TransactionState.Commit, true), (trace.TransactionEnds[1].State, trace.TransactionEnds[1].FromCheck));
    }

    [Fact]
    public async Task A_trace_of_a_message_without_keys_has_a_field_for_them_since_Apaches_reader_fails_without()
    {
        await using var cluster = await EmbeddedCluster.StartWithAsync("traceTopicEnable=true");
        var topic = await cluster.TopicAsync();
        await using var producer = await RocketMQProducer.StartAsync(new() { NameServers = cluster.NameServers, Group = "p" }, Ct);
        await using var consumer = await RocketMQConsumer.StartAsync(
            new() { NameServers = cluster.NameServers, Group = "watchers", Subscriptions = [topic], ConsumeFromWhere = ConsumeFromWhere.FirstOffset, EnableMessageTrace = true }, static (_, _) => new(ConsumeResult.Success), Ct);
        var id = (await producer.SendAsync(new RocketMQMessage(topic, "x"u8.ToArray()), Ct)).MessageId;

        string? line = null;
        await Eventually.TrueAsync("the beginning of its consumption", async () =>
        {
            var found = await cluster.Admin.Messages.FindByKeyAsync(TopicNames.TraceTopic, id, cancellationToken: Ct);
            line = found.SelectMany(static m => Encoding.UTF8.GetString(m.Body.Span).Split('\u0002')).FirstOrDefault(static l => l.StartsWith("SubBefore", StringComparison.Ordinal));
            return line is not null;
        });
        Assert.EndsWith("\u00010\u0001null", line, StringComparison.Ordinal);
    }

    private static ValueTask<RocketMQConsumer> ConsumeAsync(EmbeddedCluster cluster, string topic) => RocketMQConsumer.StartAsync(
        new() { NameServers = cluster.NameServers, Group = "watchers", Subscriptions = [topic], ConsumeFromWhere = ConsumeFromWhere.FirstOffset }, static (_, _) => new(ConsumeResult.Success), Ct);

    private static Activity[] Ours(List<Activity> spans, string topic)
    {
        lock (spans) return [.. spans.Where(a => (string?)a.GetTagItem("messaging.destination.name") == topic)];
    }

    /// <summary>Spans end on many threads.</summary>
    private sealed class Locked(List<Activity> spans) : ICollection<Activity>
    {
        public int Count => spans.Count;

        public bool IsReadOnly => false;

        public void Add(Activity item)
        {
            lock (spans) spans.Add(item);
        }

        public void Clear() => throw new NotSupportedException();

        public bool Contains(Activity item) => throw new NotSupportedException();

        public void CopyTo(Activity[] array, int arrayIndex) => throw new NotSupportedException();

        public bool Remove(Activity item) => throw new NotSupportedException();

        public IEnumerator<Activity> GetEnumerator() => throw new NotSupportedException();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => throw new NotSupportedException();
    }
}
