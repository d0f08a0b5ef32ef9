using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace RocketAspire.Proxy.Tests;

public sealed class MetricsTests(SharedCluster shared)
{
    [Fact]
    public async Task A_proxy_tells_that_it_is_up_who_is_there_and_how_long_calls_take()
    {
        var name = Guid.NewGuid().ToString("N");
        var proxy = await shared.Cluster.StartProxyAsync(options => options with { Name = name });
        var seen = new ConcurrentQueue<(string Instrument, double Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, self) =>
        {
            if (instrument.Meter.Name == ProxyMetrics.Name) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        using var caller = new Caller(proxy, "measured");
        var topic = await shared.Cluster.TopicAsync();
        var (stream, _) = await caller.TellAsync(Caller.Producer(topic));
        await caller.SentAsync(Caller.Text(topic, "measure me"));
        await caller.SendAsync(Caller.Text("", "refuse me"));
        await caller.ReceivedAsync(topic, await shared.Cluster.GroupAsync(), 1);
        listener.RecordObservableInstruments();
        stream.Dispose();

        var own = seen.Where(one => Equals(one.Tags["node_id"], name)).ToList();
        Assert.Equal((1, "proxy", "cluster", "DefaultCluster"), own.Where(static one => one.Instrument == "rocketmq_proxy_up").Select(static one => (one.Value, one.Tags["node_type"], one.Tags["proxy_mode"], one.Tags["cluster"])).Single());
        Assert.Contains(own, static one => one is { Instrument: "rocketmq_proxy_clients", Value: 1 } && Equals(one.Tags["client_type"], "producer") && Equals(one.Tags["language"], "dot_net"));
        var calls = own.Where(static one => one.Instrument == "rocketmq_rpc_latency").Select(static one => $"{one.Tags["protocol_type"]} {one.Tags["request_code"]} {one.Tags["response_code"]} {one.Tags["is_long_polling"]}").Distinct();
        foreach (var expected in new[] { "grpc send_message ok False", "grpc send_message illegal_topic False", "grpc receive_message ok True" }) Assert.Contains(expected, calls);

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => seen.Enqueue((instrument.Name, value, new(tags.ToArray(), StringComparer.Ordinal)));
    }
}
