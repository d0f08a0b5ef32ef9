namespace RocketAspire.Protocol.Bodies;

/// <summary>A map of strings: answer to GET_KVLIST_BY_NAMESPACE (219), to GET_BROKER_RUNTIME_INFO (28), and of registrations.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/KVTable.java</remarks>
public sealed record KvTable(IReadOnlyDictionary<string, string> Table)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("table");
        json.StartObject();
        foreach (var (key, value) in Table) json.Property(key, value);
        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static KvTable Decode(ReadOnlySpan<byte> body) => new(FastJson.Parse(body)["table"].AsStringMap());
}
