namespace RocketAspire.Protocol.Bodies;

/// <summary>One connected producer.</summary>
/// <param name="ClientId">Its id.</param>
/// <param name="RemoteIp">Its address.</param>
/// <param name="Language">Name of its language, as in Java's enumeration.</param>
/// <param name="Version">Ordinal of its release.</param>
/// <param name="LastUpdateTimestamp">Its last heartbeat, Unix milliseconds.</param>
public sealed record ProducerInfo(string ClientId, string RemoteIp, string Language, int Version, long LastUpdateTimestamp);

/// <summary>The connected producers by group: answer to GET_ALL_PRODUCER_INFO (328).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/ProducerTableInfo.java</remarks>
public sealed record ProducerTableInfo(SortedDictionary<string, IReadOnlyList<ProducerInfo>> Groups)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("data");
        json.StartObject();
        foreach (var (group, producers) in Groups)
        {
            json.Key(group);
            json.StartArray();
            foreach (var producer in producers)
            {
                json.StartObject();
                json.Property("clientId", producer.ClientId);
                json.Property("language", producer.Language);
                json.Property("lastUpdateTimestamp", producer.LastUpdateTimestamp);
                json.Property("remoteIP", producer.RemoteIp);
                json.Property("version", producer.Version);
                json.EndObject();
            }

            json.EndArray();
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ProducerTableInfo Decode(ReadOnlySpan<byte> body)
    {
        var groups = new SortedDictionary<string, IReadOnlyList<ProducerInfo>>(StringComparer.Ordinal);
        foreach (var (key, value) in FastJson.Parse(body)["data"].Properties)
        {
            var producers = new List<ProducerInfo>();
            foreach (var item in value.Items)
            {
                producers.Add(new(
                    item["clientId"].AsString() ?? "", item["remoteIP"].AsString() ?? "", item["language"].AsString() ?? "", item["version"].AsInt32(), item["lastUpdateTimestamp"].AsInt64()));
            }

            groups[key.AsString() ?? ""] = producers;
        }

        return new(groups);
    }
}
