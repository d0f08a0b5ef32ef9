namespace RocketAspire.Protocol.Bodies;

/// <summary>All groups of a broker with their places in each of their topics: answer to GET_BROKER_CONSUME_STATS (317).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/ConsumeStatsList.java</remarks>
/// <param name="BrokerAddr">Who answers, as ip:port.</param>
/// <param name="Groups">One entry of stats a topic.</param>
/// <param name="TotalDiff">Messages that all groups together have not consumed.</param>
public sealed record ConsumeStatsList(string BrokerAddr, IReadOnlyList<KeyValuePair<string, IReadOnlyList<ConsumeStats>>> Groups, long TotalDiff)
{
    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's form with objects as keys.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Property("brokerAddr", BrokerAddr);
        json.Key("consumeStatsList");
        json.StartArray();
        foreach (var (group, stats) in Groups)
        {
            json.StartObject();
            json.Key(group);
            json.StartArray();
            foreach (var one in stats) one.Write(json);
            json.EndArray();
            json.EndObject();
        }

        json.EndArray();
        json.Property("totalDiff", TotalDiff);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ConsumeStatsList Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var groups = new List<KeyValuePair<string, IReadOnlyList<ConsumeStats>>>();
        foreach (var item in json["consumeStatsList"].Items)
        {
            foreach (var (key, value) in item.Properties)
            {
                var stats = new List<ConsumeStats>();
                foreach (var one in value.Items) stats.Add(ConsumeStats.Read(one));
                groups.Add(new(key.AsString() ?? "", stats));
            }
        }

        return new(json["brokerAddr"].AsString() ?? "", groups, json["totalDiff"].AsInt64());
    }
}
