namespace RocketAspire.Protocol.Bodies;

/// <summary>Queues of a topic on one broker group.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/route/QueueData.java</remarks>
public sealed record QueueData
{
    public string BrokerName { get; init; } = "";

    public int ReadQueueNums { get; init; }

    public int WriteQueueNums { get; init; }

    /// <summary>Bits of <see cref="PermName"/>.</summary>
    public int Perm { get; init; }

    /// <summary>Bits of <see cref="Bodies.TopicSysFlag"/>.</summary>
    public int TopicSysFlag { get; init; }

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("brokerName", BrokerName);
        json.Property("perm", Perm);
        json.Property("readQueueNums", ReadQueueNums);
        json.Property("topicSysFlag", TopicSysFlag);
        json.Property("writeQueueNums", WriteQueueNums);
        json.EndObject();
    }

    public static QueueData Read(FastJsonElement json) => new()
    {
        BrokerName = json["brokerName"].AsString() ?? "",
        ReadQueueNums = json["readQueueNums"].AsInt32(),
        WriteQueueNums = json["writeQueueNums"].AsInt32(),
        Perm = json["perm"].AsInt32(),
        // 4.9.4 to 4.9.6 spelt it topicSynFlag.
        TopicSysFlag = json["topicSysFlag"].AsInt32(json["topicSynFlag"].AsInt32()),
    };
}

/// <summary>The nodes of one broker group: 0 is the master.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/route/BrokerData.java</remarks>
public sealed record BrokerData
{
    public const long MasterId = 0;

    public string Cluster { get; init; } = "";

    public string BrokerName { get; init; } = "";

    /// <summary>Node id to <c>ip:port</c>.</summary>
    public SortedDictionary<long, string> BrokerAddrs { get; init; } = [];

    /// <summary>5.x: the smallest living id may act for a dead master.</summary>
    public bool EnableActingMaster { get; init; }

    public string? ZoneName { get; init; }

    /// <summary>The master's address, or null while the group has none.</summary>
    public string? MasterAddress => BrokerAddrs.GetValueOrDefault(MasterId);

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Key("brokerAddrs");
        BrokerMemberGroup.WriteAddresses(json, BrokerAddrs);
        json.Property("brokerName", BrokerName);
        json.Property("cluster", Cluster);
        // 4.x has no such field; it is written only when it says something.
        if (EnableActingMaster) json.Property("enableActingMaster", true);
        json.Property("zoneName", ZoneName);
        json.EndObject();
    }

    public static BrokerData Read(FastJsonElement json) => new()
    {
        Cluster = json["cluster"].AsString() ?? "",
        BrokerName = json["brokerName"].AsString() ?? "",
        BrokerAddrs = BrokerMemberGroup.ReadAddresses(json["brokerAddrs"]),
        EnableActingMaster = json["enableActingMaster"].AsBoolean(),
        ZoneName = json["zoneName"].AsString(),
    };

    public bool Equals(BrokerData? other) =>
        other is not null && Cluster == other.Cluster && BrokerName == other.BrokerName && EnableActingMaster == other.EnableActingMaster
        && ZoneName == other.ZoneName && BrokerAddrs.SequenceEqual(other.BrokerAddrs);

    public override int GetHashCode() => HashCode.Combine(Cluster, BrokerName, BrokerAddrs.Count);
}

/// <summary>Answer to GET_ROUTEINFO_BY_TOPIC (105).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/route/TopicRouteData.java</remarks>
public sealed record TopicRouteData
{
    /// <summary>Of an ordered topic: <c>broker-a:8;broker-b:8</c>.</summary>
    public string? OrderTopicConf { get; init; }

    public IReadOnlyList<QueueData> QueueDatas { get; init; } = [];

    public IReadOnlyList<BrokerData> BrokerDatas { get; init; } = [];

    /// <summary>Broker address to filter servers; nearly always empty.</summary>
    public SortedDictionary<string, List<string>> FilterServerTable { get; init; } = new(StringComparer.Ordinal);

    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's bare form, which clients before 4.9.4 expect.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Key("brokerDatas");
        json.StartArray();
        foreach (var broker in BrokerDatas) broker.Write(json);
        json.EndArray();
        json.Key("filterServerTable");
        json.StartObject();
        foreach (var (address, servers) in FilterServerTable) json.Property(address, servers);
        json.EndObject();
        json.Property("orderTopicConf", OrderTopicConf);
        json.Key("queueDatas");
        json.StartArray();
        foreach (var queue in QueueDatas) queue.Write(json);
        json.EndArray();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static TopicRouteData Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var queues = new List<QueueData>();
        foreach (var item in json["queueDatas"].Items) queues.Add(QueueData.Read(item));
        var brokers = new List<BrokerData>();
        foreach (var item in json["brokerDatas"].Items) brokers.Add(BrokerData.Read(item));
        var filters = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (key, value) in json["filterServerTable"].Properties) filters[key.AsString() ?? ""] = value.AsStrings();
        return new TopicRouteData { OrderTopicConf = json["orderTopicConf"].AsString(), QueueDatas = queues, BrokerDatas = brokers, FilterServerTable = filters };
    }
}
