namespace RocketAspire.Protocol.Bodies;

/// <summary>Body of HEART_BEAT (34): all groups of one client.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/heartbeat/HeartbeatData.java</remarks>
public sealed record HeartbeatData
{
    public string ClientId { get; init; } = "";

    public IReadOnlyList<ConsumerData> Consumers { get; init; } = [];

    /// <summary>Names of the producer groups.</summary>
    public IReadOnlyList<string> Producers { get; init; } = [];

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("clientID", ClientId);
        json.Key("consumerDataSet");
        json.StartArray();
        foreach (var consumer in Consumers) consumer.Write(json);
        json.EndArray();
        json.Key("producerDataSet");
        json.StartArray();
        foreach (var group in Producers)
        {
            json.StartObject();
            json.Property("groupName", group);
            json.EndObject();
        }

        json.EndArray();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static HeartbeatData Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var consumers = new List<ConsumerData>();
        foreach (var item in json["consumerDataSet"].Items) consumers.Add(ConsumerData.Read(item));
        var producers = new List<string>();
        foreach (var item in json["producerDataSet"].Items)
        {
            if (item["groupName"].AsString() is { Length: > 0 } group) producers.Add(group);
        }

        return new HeartbeatData { ClientId = json["clientID"].AsString() ?? "", Consumers = consumers, Producers = producers };
    }
}

/// <summary>One consumer group of a client.</summary>
public sealed record ConsumerData
{
    public string GroupName { get; init; } = "";

    /// <summary>CONSUME_ACTIVELY (pull), CONSUME_PASSIVELY (push) or CONSUME_POP.</summary>
    public string ConsumeType { get; init; } = "CONSUME_PASSIVELY";

    /// <summary>CLUSTERING or BROADCASTING.</summary>
    public string MessageModel { get; init; } = "CLUSTERING";

    public string ConsumeFromWhere { get; init; } = "CONSUME_FROM_LAST_OFFSET";

    public IReadOnlyList<SubscriptionData> Subscriptions { get; init; } = [];

    public bool UnitMode { get; init; }

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("consumeFromWhere", ConsumeFromWhere);
        json.Property("consumeType", ConsumeType);
        json.Property("groupName", GroupName);
        json.Property("messageModel", MessageModel);
        json.Key("subscriptionDataSet");
        json.StartArray();
        foreach (var subscription in Subscriptions) subscription.Write(json);
        json.EndArray();
        json.Property("unitMode", UnitMode);
        json.EndObject();
    }

    public static ConsumerData Read(FastJsonElement json)
    {
        var subscriptions = new List<SubscriptionData>();
        foreach (var item in json["subscriptionDataSet"].Items) subscriptions.Add(SubscriptionData.Read(item));
        return new ConsumerData
        {
            GroupName = json["groupName"].AsString() ?? "",
            ConsumeType = json["consumeType"].AsString() ?? "CONSUME_PASSIVELY",
            MessageModel = json["messageModel"].AsString() ?? "CLUSTERING",
            ConsumeFromWhere = json["consumeFromWhere"].AsString() ?? "CONSUME_FROM_LAST_OFFSET",
            Subscriptions = subscriptions,
            UnitMode = json["unitMode"].AsBoolean(),
        };
    }
}
