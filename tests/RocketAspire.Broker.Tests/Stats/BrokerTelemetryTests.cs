using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Stats;

/// <summary>What a broker's meters and spans say to whoever listens.</summary>
public sealed class BrokerTelemetryTests
{
    [Fact]
    public async Task Traffic_lag_and_connections_are_told_under_RocketMQs_names()
    {
        await using var broker = await TestBroker.StartAsync();
        using var metrics = broker.Node.Measure();
        var topic = Name();
        using var listener = new Listener(topic);
        for (var i = 0; i < 3; i++) await broker.SentAsync(topic, "12345");
        await broker.PulledAsync(topic);
        await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader("consumers", topic, 0, 1).ToExtFields());
        await Eventually.TrueAsync("the lag to be told", () => listener.Collect("rocketmq_consumer_lag_messages") == 2);
        Assert.Equal(3, listener.Collect("rocketmq_messages_in_total"));
        Assert.Equal(3, listener.Collect("rocketmq_messages_out_total"));
        Assert.True(listener.Collect("rocketmq_throughput_in_total") > 15);
        Assert.Equal(3, listener.Recorded("rocketmq_message_size"));
        Assert.True(listener.Collect("rocketmq_consumer_lag_latency") >= 0);
        Assert.Equal("DefaultCluster", listener.Tag("rocketmq_messages_in_total", "cluster"));
        Assert.Equal("broker-a", listener.Tag("rocketmq_messages_in_total", "node_id"));
        Assert.Equal("normal", listener.Tag("rocketmq_messages_in_total", "message_type"));
        Assert.True(listener.Recorded("rocketmq_rpc_latency") > 3);
    }

    [Fact]
    public async Task A_stored_message_is_a_span_of_its_producers_trace()
    {
        await using var broker = await TestBroker.StartAsync();
        var stored = new ConcurrentQueue<Activity>();
        var topic = Name();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == BrokerTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stored.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await broker.SentAsync(topic, "x", properties: TestBroker.Properties(("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), (MessageProperties.UniqKey, "id-1")));
        await broker.SentAsync(topic, "no trace");
        var spans = stored.Where(a => (string?)a.GetTagItem("messaging.destination.name") == topic).ToList();
        Assert.Equal(2, spans.Count);
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"), (spans[0].TraceId.ToHexString(), spans[0].ParentSpanId.ToHexString()));
        Assert.Equal((ActivityKind.Server, "rocketmq", "id-1"), (spans[0].Kind, spans[0].GetTagItem("messaging.system"), spans[0].GetTagItem("messaging.message.id")));
        Assert.Equal(default, spans[1].ParentSpanId);
    }

    [Theory]
    [InlineData(RequestCode.SendMessageV2, "send_message_v2")]
    [InlineData(RequestCode.PullMessage, "pull_message")]
    [InlineData(987_654, "987654")]
    public void A_request_is_called_as_Apache_calls_it(int code, string name) => Assert.Equal(name, RemotingTelemetry.RequestName(code));

    private static string Name() => $"Telemetry-{Guid.NewGuid():N}";

    /// <summary>Hears all meters of ours; other tests' brokers are told apart by the topic.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly ConcurrentDictionary<string, (long Value, int Times, KeyValuePair<string, object?>[] Tags)> _seen = new(StringComparer.Ordinal);
        private readonly MeterListener _listener = new();
        private readonly string _topic;

        public Listener(string topic)
        {
            _topic = topic;
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name is BrokerTelemetry.Name or RemotingTelemetry.MeterName) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument.Name, (long)value, tags));
            _listener.Start();
        }

        public long? Collect(string name)
        {
            _listener.RecordObservableInstruments();
            return _seen.TryGetValue(name, out var seen) ? seen.Value : null;
        }

        public int Recorded(string name) => _seen.TryGetValue(name, out var seen) ? seen.Times : 0;

        public object? Tag(string name, string tag) => _seen[name].Tags.Single(t => t.Key == tag).Value;

        public void Dispose() => _listener.Dispose();

        private void Note(string name, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = tags.ToArray();
            if (all.Any(t => t.Key == "topic" && !Equals(t.Value, _topic))) return;
            _seen.AddOrUpdate(name, _ => (value, 1, all), (_, before) => (value, before.Times + 1, all));
        }
    }
}
