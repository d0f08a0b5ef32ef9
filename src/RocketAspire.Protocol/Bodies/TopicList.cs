namespace RocketAspire.Protocol.Bodies;

/// <summary>Names of topics: answer to 206, 224, 304, 305 and 311 to 313.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/TopicList.java</remarks>
public sealed record TopicList(IReadOnlyCollection<string> Topics, string? BrokerAddr = null)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("brokerAddr", BrokerAddr);
        json.Property("topicList", Topics);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static TopicList Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        return new(json["topicList"].AsStrings(), json["brokerAddr"].AsString());
    }
}
