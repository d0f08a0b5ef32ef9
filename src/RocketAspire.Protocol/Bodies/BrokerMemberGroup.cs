namespace RocketAspire.Protocol.Bodies;

/// <summary>Answer to GET_BROKER_MEMBER_GROUP (901).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/BrokerMemberGroup.java</remarks>
public sealed record BrokerMemberGroup(string Cluster, string BrokerName, SortedDictionary<long, string> BrokerAddrs)
{
    /// <summary>In the envelope in which 901 carries it.</summary>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Key("brokerMemberGroup");
        json.StartObject();
        json.Key("brokerAddrs");
        WriteAddresses(json, BrokerAddrs);
        json.Property("brokerName", BrokerName);
        json.Property("cluster", Cluster);
        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static BrokerMemberGroup Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body)["brokerMemberGroup"];
        return new(json["cluster"].AsString() ?? "", json["brokerName"].AsString() ?? "", ReadAddresses(json["brokerAddrs"]));
    }

    internal static void WriteAddresses(FastJsonWriter json, SortedDictionary<long, string> addresses)
    {
        json.StartObject();
        foreach (var (id, address) in addresses)
        {
            json.Key(id);
            json.Value(address);
        }

        json.EndObject();
    }

    internal static SortedDictionary<long, string> ReadAddresses(FastJsonElement json)
    {
        var addresses = new SortedDictionary<long, string>();
        foreach (var (key, value) in json.Properties)
        {
            if (key.AsInt64(-1) is >= 0 and var id && value.AsString() is { } address) addresses[id] = address;
        }

        return addresses;
    }
}
