namespace RocketAspire.Protocol.Bodies;

/// <summary>Names of consumer groups: answer to QUERY_TOPIC_CONSUME_BY_WHO (300).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/GroupList.java</remarks>
public sealed record GroupList(IReadOnlyCollection<string> Groups)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("groupList", Groups);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static GroupList Decode(ReadOnlySpan<byte> body) => new(FastJson.Parse(body)["groupList"].AsStrings());
}
