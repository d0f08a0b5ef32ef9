using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>What a server measures of each request, under the name and labels of RocketMQ 5; costs nothing while nobody listens.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/metrics/RemotingMetricsConstant.java</remarks>
public static class RemotingTelemetry
{
    public const string MeterName = "RocketAspire.Remoting";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> Latency = Meter.CreateHistogram<double>("rocketmq_rpc_latency", "milliseconds", "From a request's arrival to its answer.");

    private static readonly Dictionary<int, string> RequestNames = NamesOf(typeof(RequestCode));
    private static readonly Dictionary<int, string> ResponseNames = NamesOf(typeof(ResponseCode));

    internal static bool IsEnabled => Latency.Enabled;

    /// <summary>As Apache writes a code's name: <c>send_message_v2</c>; the number of one that it doesn't know.</summary>
    public static string RequestName(int code) => RequestNames.TryGetValue(code, out var name) ? name : code.ToString(System.Globalization.CultureInfo.InvariantCulture);

    internal static void Record(RemotingCommand request, RemotingCommand? answer, long began)
    {
        var tags = new TagList
        {
            { "protocol_type", "remoting" },
            { "request_code", RequestName(request.Code) },
            { "response_code", answer is null ? "" : ResponseNames.GetValueOrDefault(answer.Code, "unknown") },
            { "result", request.IsOneway || answer is null ? "oneway" : "success" },
        };
        Latency.Record(Stopwatch.GetElapsedTime(began).TotalMilliseconds, tags);
    }

    private static Dictionary<int, string> NamesOf(Type codes)
    {
        var names = new Dictionary<int, string>();
        foreach (var field in codes.GetFields(BindingFlags.Public | BindingFlags.Static).Where(static f => f.IsLiteral && f.FieldType == typeof(int)))
            names.TryAdd((int)field.GetRawConstantValue()!, SnakeCase(field.Name));
        return names;
    }

    private static string SnakeCase(string pascal)
    {
        var text = new StringBuilder(pascal.Length + 8);
        foreach (var c in pascal)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
