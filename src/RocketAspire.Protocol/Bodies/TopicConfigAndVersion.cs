namespace RocketAspire.Protocol.Bodies;

/// <summary>All topics of a broker with the table's version: body of registrations, of GET_ALL_TOPIC_CONFIG (21) and of topics.json.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/TopicConfigSerializeWrapper.java</remarks>
public sealed record TopicConfigAndVersion
{
    public DataVersion DataVersion { get; init; } = DataVersion.Zero;

    public IReadOnlyDictionary<string, TopicConfig> TopicConfigTable { get; init; } = new Dictionary<string, TopicConfig>();

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        Write(json);
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static TopicConfigAndVersion Decode(ReadOnlySpan<byte> body) => Read(FastJson.Parse(body));

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Key("dataVersion");
        DataVersion.Write(json);
        json.Key("topicConfigTable");
        json.StartObject();
        foreach (var (name, topic) in TopicConfigTable)
        {
            json.Key(name);
            topic.Write(json);
        }

        json.EndObject();
        json.EndObject();
    }

    public static TopicConfigAndVersion Read(FastJsonElement json)
    {
        var topics = new SortedDictionary<string, TopicConfig>(StringComparer.Ordinal);
        foreach (var (key, value) in json["topicConfigTable"].Properties)
        {
            if (key.AsString() is not { Length: > 0 } name || value.Kind != FastJsonKind.Object) continue;
            topics[name] = TopicConfig.Read(value, name);
        }

        return new TopicConfigAndVersion { DataVersion = DataVersion.Read(json["dataVersion"]), TopicConfigTable = topics };
    }
}
