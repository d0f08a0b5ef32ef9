using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Google.Protobuf;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>A proxy's state as instruments, under the names and labels of RocketMQ 5. Costs nothing while nobody collects.</summary>
/// <remarks>
/// Sources: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/metrics/ProxyMetricsConstant.java and
/// https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/remoting/src/main/java/org/apache/rocketmq/remoting/metrics/RemotingMetricsConstant.java.
/// Apache measures the latency of remoting alone, and counts no clients.
/// </remarks>
internal sealed class ProxyMetrics : IDisposable
{
    public const string Name = "RocketAspire.Proxy";

    private static readonly InstrumentAdvice<double> Bounds = new() { HistogramBucketBoundaries = [1, 3, 5, 7, 10, 100, 200, 500, 1000, 2000, 3000] };

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _latency;
    private readonly KeyValuePair<string, object?>[] _node;

    public ProxyMetrics(ProxyOptions options, ClientTable clients)
    {
        _node = [new("cluster", options.ClusterName), new("node_type", "proxy"), new("node_id", options.Name), new("proxy_mode", "cluster")];
        _meter.CreateObservableGauge("rocketmq_proxy_up", () => new Measurement<long>(1, _node));
        _meter.CreateObservableGauge("rocketmq_proxy_clients", () => clients.All()
            .GroupBy(static client => (client.Settings.ClientType, client.Language))
            .Select(group => new Measurement<long>(group.Count(), [.. _node, new("client_type", Snake(group.Key.ClientType.ToString())), new("language", group.Key.Language.ToLowerInvariant())])), "clients");
        _latency = _meter.CreateHistogram("rocketmq_rpc_latency", "milliseconds", advice: Bounds);
    }

    /// <summary>When a call began; 0: nobody wants to know.</summary>
    public long Begin() => _latency.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <param name="began">From <see cref="Begin"/>.</param>
    /// <param name="method">The call's.</param>
    /// <param name="answer">Its answer, or its status.</param>
    /// <param name="isLongPolling">It may have waited for messages.</param>
    public void End(long began, string method, IMessage answer, bool isLongPolling = false)
    {
        if (began == 0) return;
        var status = answer as Status ?? answer.Descriptor.FindFieldByName("status")?.Accessor.GetValue(answer) as Status;
        _latency.Record(Stopwatch.GetElapsedTime(began).TotalMilliseconds, [
            .. _node, new("protocol_type", "grpc"), new("request_code", Snake(method)), new("response_code", Snake((status?.Code ?? Code.Unspecified).ToString())), new("is_long_polling", isLongPolling),
        ]);
    }

    public void Dispose() => _meter.Dispose();

    /// <summary><c>SendMessage</c> is <c>send_message</c>.</summary>
    private static string Snake(string name) =>
        string.Concat(name.Select(static (c, i) => char.IsUpper(c) && i > 0 ? "_" + char.ToLower(c, CultureInfo.InvariantCulture) : char.ToLower(c, CultureInfo.InvariantCulture).ToString()));
}
