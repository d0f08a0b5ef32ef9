namespace RocketAspire.Protocol.Bodies;

/// <summary>Answer to GET_BROKER_CLUSTER_INFO (106).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/ClusterInfo.java</remarks>
public sealed record ClusterInfo
{
    public SortedDictionary<string, BrokerData> BrokerAddrTable { get; init; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, SortedSet<string>> ClusterAddrTable { get; init; } = new(StringComparer.Ordinal);

    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's bare form.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Key("brokerAddrTable");
        json.StartObject();
        foreach (var (name, broker) in BrokerAddrTable)
        {
            json.Key(name);
            broker.Write(json);
        }

        json.EndObject();
        json.Key("clusterAddrTable");
        json.StartObject();
        foreach (var (cluster, brokers) in ClusterAddrTable) json.Property(cluster, brokers);
        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ClusterInfo Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var info = new ClusterInfo();
        foreach (var (key, value) in json["brokerAddrTable"].Properties) info.BrokerAddrTable[key.AsString() ?? ""] = BrokerData.Read(value);
        foreach (var (key, value) in json["clusterAddrTable"].Properties)
            info.ClusterAddrTable[key.AsString() ?? ""] = new(value.AsStrings(), StringComparer.Ordinal);
        return info;
    }
}
