namespace RocketAspire.Protocol.Bodies;

/// <summary>One entry of a consume queue: where its record stands in the log (bytes), how long it is, and its tag code.</summary>
public readonly record struct ConsumeQueueData(long PhysicOffset, int PhysicSize, long TagsCode);

/// <summary>Answer to QUERY_CONSUME_QUEUE (321).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/QueryConsumeQueueResponseBody.java</remarks>
public sealed record QueryConsumeQueueBody
{
    /// <summary>The group's subscription; null when no group was named or it isn't connected.</summary>
    public SubscriptionData? Subscription { get; init; }

    /// <summary>The group's filter for people, or why there is none; null when no group was named.</summary>
    public string? FilterData { get; init; }

    public IReadOnlyList<ConsumeQueueData> Entries { get; init; } = [];

    public long MaxQueueIndex { get; init; }

    public long MinQueueIndex { get; init; }

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("filterData", FilterData);
        json.Property("maxQueueIndex", MaxQueueIndex);
        json.Property("minQueueIndex", MinQueueIndex);
        json.Key("queueData");
        json.StartArray();
        foreach (var entry in Entries)
        {
            json.StartObject();
            json.Property("eval", false);
            json.Property("physicOffset", entry.PhysicOffset);
            json.Property("physicSize", entry.PhysicSize);
            json.Property("tagsCode", entry.TagsCode);
            json.EndObject();
        }

        json.EndArray();
        if (Subscription is not null)
        {
            json.Key("subscriptionData");
            Subscription.Write(json);
        }

        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static QueryConsumeQueueBody Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var entries = new List<ConsumeQueueData>();
        foreach (var item in json["queueData"].Items) entries.Add(new(item["physicOffset"].AsInt64(), item["physicSize"].AsInt32(), item["tagsCode"].AsInt64()));
        var subscription = json["subscriptionData"];
        return new QueryConsumeQueueBody
        {
            Subscription = subscription.IsAbsent ? null : SubscriptionData.Read(subscription),
            FilterData = json["filterData"].AsString(),
            Entries = entries,
            MaxQueueIndex = json["maxQueueIndex"].AsInt64(),
            MinQueueIndex = json["minQueueIndex"].AsInt64(),
        };
    }
}
