namespace RocketAspire.Protocol.Bodies;

/// <summary>A counter over a span of time: its sum, that a second, and that a call.</summary>
public readonly record struct BrokerStatsItem(long Sum, double Tps, double AvgPt);

/// <summary>Answer to VIEW_BROKER_STATS_DATA (315).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/BrokerStatsData.java</remarks>
public sealed record BrokerStatsData(BrokerStatsItem Minute, BrokerStatsItem Hour, BrokerStatsItem Day)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        Write(json, "statsDay", Day);
        Write(json, "statsHour", Hour);
        Write(json, "statsMinute", Minute);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static BrokerStatsData Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        return new(Read(json["statsMinute"]), Read(json["statsHour"]), Read(json["statsDay"]));
    }

    private static void Write(FastJsonWriter json, string name, BrokerStatsItem item)
    {
        json.Key(name);
        json.StartObject();
        json.Property("avgpt", item.AvgPt);
        json.Property("sum", item.Sum);
        json.Property("tps", item.Tps);
        json.EndObject();
    }

    private static BrokerStatsItem Read(FastJsonElement json) => new(json["sum"].AsInt64(), json["tps"].AsDouble(), json["avgpt"].AsDouble());
}
