namespace RocketAspire.Protocol.Bodies;

/// <summary>A consumer group's settings: body of UPDATE_AND_CREATE_SUBSCRIPTIONGROUP (200) and of GET_SUBSCRIPTIONGROUP_CONFIG (352).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/subscription/SubscriptionGroupConfig.java</remarks>
public sealed record SubscriptionGroupConfig
{
    public string GroupName { get; init; } = "";

    public bool ConsumeEnable { get; init; } = true;

    public bool ConsumeFromMinEnable { get; init; } = true;

    public bool ConsumeBroadcastEnable { get; init; } = true;

    /// <summary>5.x: the group consumes in order.</summary>
    public bool ConsumeMessageOrderly { get; init; }

    /// <summary>Queues of the retry topic; 0 or less drops what is sent back.</summary>
    public int RetryQueueNums { get; init; } = 1;

    /// <summary>Retries before a message goes to the dead letters.</summary>
    public int RetryMaxTimes { get; init; } = 16;

    /// <summary>Whom to read from while keeping up: 0 is the master.</summary>
    public long BrokerId { get; init; }

    /// <summary>Whom to read from when far behind.</summary>
    public long WhichBrokerWhenConsumeSlowly { get; init; } = 1;

    public bool NotifyConsumerIdsChangedEnable { get; init; } = true;

    /// <summary>5.x: minutes after which a handler counts as stuck.</summary>
    public int ConsumeTimeoutMinute { get; init; } = 15;

    /// <summary>5.x: how long failed messages wait.</summary>
    public GroupRetryPolicy GroupRetryPolicy { get; init; } = GroupRetryPolicy.Default;

    /// <summary>5.x: bits that this version gives no meaning to.</summary>
    public int GroupSysFlag { get; init; }

    /// <summary>5.x: what the group wants of topics; null: not set, and then not written.</summary>
    public IReadOnlyList<SimpleSubscriptionData>? SubscriptionDataSet { get; init; }

    /// <summary>5.x attributes; null when there are none. In a request: changes, keys with their signs.</summary>
    public SortedDictionary<string, string>? Attributes { get; init; }

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        Write(json);
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static SubscriptionGroupConfig Decode(ReadOnlySpan<byte> body) => Read(FastJson.Parse(body), "");

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Key("attributes");
        json.StartObject();
        foreach (var (key, value) in Attributes ?? []) json.Property(key, value);
        json.EndObject();
        json.Property("brokerId", BrokerId);
        json.Property("consumeBroadcastEnable", ConsumeBroadcastEnable);
        json.Property("consumeEnable", ConsumeEnable);
        json.Property("consumeFromMinEnable", ConsumeFromMinEnable);
        json.Property("consumeMessageOrderly", ConsumeMessageOrderly);
        json.Property("consumeTimeoutMinute", ConsumeTimeoutMinute);
        json.Property("groupName", GroupName);
        json.Key("groupRetryPolicy");
        GroupRetryPolicy.Write(json);
        json.Property("groupSysFlag", GroupSysFlag);
        json.Property("notifyConsumerIdsChangedEnable", NotifyConsumerIdsChangedEnable);
        json.Property("retryMaxTimes", RetryMaxTimes);
        json.Property("retryQueueNums", RetryQueueNums);
        if (SubscriptionDataSet is { } subscriptions)
        {
            json.Key("subscriptionDataSet");
            json.StartArray();
            foreach (var subscription in subscriptions) subscription.Write(json);
            json.EndArray();
        }

        json.Property("whichBrokerWhenConsumeSlowly", WhichBrokerWhenConsumeSlowly);
        json.EndObject();
    }

    /// <param name="json">The object.</param>
    /// <param name="name">The name to use when the object lacks one (the key under which it stood).</param>
    public static SubscriptionGroupConfig Read(FastJsonElement json, string name) => new()
    {
        GroupName = json["groupName"].AsString() ?? name,
        ConsumeEnable = json["consumeEnable"].AsBoolean(true),
        ConsumeFromMinEnable = json["consumeFromMinEnable"].AsBoolean(true),
        ConsumeBroadcastEnable = json["consumeBroadcastEnable"].AsBoolean(true),
        ConsumeMessageOrderly = json["consumeMessageOrderly"].AsBoolean(),
        RetryQueueNums = json["retryQueueNums"].AsInt32(1),
        RetryMaxTimes = json["retryMaxTimes"].AsInt32(16),
        BrokerId = json["brokerId"].AsInt64(),
        WhichBrokerWhenConsumeSlowly = json["whichBrokerWhenConsumeSlowly"].AsInt64(1),
        NotifyConsumerIdsChangedEnable = json["notifyConsumerIdsChangedEnable"].AsBoolean(true),
        ConsumeTimeoutMinute = json["consumeTimeoutMinute"].AsInt32(15),
        GroupRetryPolicy = GroupRetryPolicy.Read(json["groupRetryPolicy"]),
        GroupSysFlag = json["groupSysFlag"].AsInt32(),
        SubscriptionDataSet = ReadSubscriptions(json["subscriptionDataSet"]),
        Attributes = json["attributes"].AsStringMap() is { Count: > 0 } attributes ? attributes : null,
    };

    public bool Equals(SubscriptionGroupConfig? other) => other is not null && Encode().AsSpan().SequenceEqual(other.Encode());

    public override int GetHashCode() => HashCode.Combine(GroupName, ConsumeEnable, RetryMaxTimes, RetryQueueNums);

    private static List<SimpleSubscriptionData>? ReadSubscriptions(FastJsonElement json)
    {
        if (json.Kind != FastJsonKind.Array) return null;
        var list = new List<SimpleSubscriptionData>();
        foreach (var item in json.Items) list.Add(SimpleSubscriptionData.Read(item));
        return list;
    }
}

/// <summary>All groups with the table's version: answer to GET_ALL_SUBSCRIPTIONGROUP_CONFIG (201) and content of subscriptionGroup.json.</summary>
public sealed record SubscriptionGroupAndVersion(DataVersion DataVersion, IReadOnlyDictionary<string, SubscriptionGroupConfig> Groups)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Key("dataVersion");
        DataVersion.Write(json);
        json.Key("subscriptionGroupTable");
        json.StartObject();
        foreach (var (name, group) in Groups)
        {
            json.Key(name);
            group.Write(json);
        }

        json.EndObject();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static SubscriptionGroupAndVersion Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var groups = new SortedDictionary<string, SubscriptionGroupConfig>(StringComparer.Ordinal);
        foreach (var (key, value) in json["subscriptionGroupTable"].Properties)
        {
            if (key.AsString() is not { Length: > 0 } name || value.Kind != FastJsonKind.Object) continue;
            groups[name] = SubscriptionGroupConfig.Read(value, name);
        }

        return new(DataVersion.Read(json["dataVersion"]), groups);
    }
}
