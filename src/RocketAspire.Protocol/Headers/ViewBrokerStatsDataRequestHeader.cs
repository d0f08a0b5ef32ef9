using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of VIEW_BROKER_STATS_DATA (315).</summary>
/// <param name="StatsName">Such as TOPIC_PUT_NUMS.</param>
/// <param name="StatsKey">Such as the topic, or topic@group.</param>
public sealed record ViewBrokerStatsDataRequestHeader(string StatsName, string StatsKey) : IRequestHeader<ViewBrokerStatsDataRequestHeader>
{
    public static ViewBrokerStatsDataRequestHeader Read(ref HeaderReader reader) => new(reader.Text("statsName"), reader.Text("statsKey"));

    public ExtFields ToExtFields() => new() { { "statsName", StatsName }, { "statsKey", StatsKey } };
}
