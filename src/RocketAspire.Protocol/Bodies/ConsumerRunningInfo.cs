namespace RocketAspire.Protocol.Bodies;

/// <summary>One queue as its consumer sees it. Times are Unix milliseconds, offsets are in messages.</summary>
public sealed record ProcessQueueInfo
{
    public long CommitOffset { get; init; }

    public long CachedMsgMinOffset { get; init; }

    public long CachedMsgMaxOffset { get; init; }

    public int CachedMsgCount { get; init; }

    public int CachedMsgSizeInMiB { get; init; }

    public bool Locked { get; init; }

    public long LastLockTimestamp { get; init; }

    public bool Droped { get; init; }

    public long LastPullTimestamp { get; init; }

    public long LastConsumeTimestamp { get; init; }

    internal void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("cachedMsgCount", CachedMsgCount);
        json.Property("cachedMsgMaxOffset", CachedMsgMaxOffset);
        json.Property("cachedMsgMinOffset", CachedMsgMinOffset);
        json.Property("cachedMsgSizeInMiB", CachedMsgSizeInMiB);
        json.Property("commitOffset", CommitOffset);
        json.Property("droped", Droped);
        json.Property("lastConsumeTimestamp", LastConsumeTimestamp);
        json.Property("lastLockTimestamp", LastLockTimestamp);
        json.Property("lastPullTimestamp", LastPullTimestamp);
        json.Property("locked", Locked);
        json.Property("transactionMsgCount", 0L);
        json.Property("transactionMsgMaxOffset", 0L);
        json.Property("transactionMsgMinOffset", 0L);
        json.Property("tryUnlockTimes", 0L);
        json.EndObject();
    }

    internal static ProcessQueueInfo Read(FastJsonElement json) => new()
    {
        CommitOffset = json["commitOffset"].AsInt64(),
        CachedMsgMinOffset = json["cachedMsgMinOffset"].AsInt64(),
        CachedMsgMaxOffset = json["cachedMsgMaxOffset"].AsInt64(),
        CachedMsgCount = json["cachedMsgCount"].AsInt32(),
        CachedMsgSizeInMiB = json["cachedMsgSizeInMiB"].AsInt32(),
        Locked = json["locked"].AsBoolean(),
        LastLockTimestamp = json["lastLockTimestamp"].AsInt64(),
        Droped = json["droped"].AsBoolean(),
        LastPullTimestamp = json["lastPullTimestamp"].AsInt64(),
        LastConsumeTimestamp = json["lastConsumeTimestamp"].AsInt64(),
    };
}

/// <summary>How a consumer gets on with one topic: times in milliseconds, rates a second, failures of the last hour.</summary>
public sealed record ConsumeStatus(double PullRT, double PullTPS, double ConsumeRT, double ConsumeOKTPS, double ConsumeFailedTPS, long ConsumeFailedMsgs)
{
    internal void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("consumeFailedMsgs", ConsumeFailedMsgs);
        json.Property("consumeFailedTPS", ConsumeFailedTPS);
        json.Property("consumeOKTPS", ConsumeOKTPS);
        json.Property("consumeRT", ConsumeRT);
        json.Property("pullRT", PullRT);
        json.Property("pullTPS", PullTPS);
        json.EndObject();
    }

    internal static ConsumeStatus Read(FastJsonElement json) => new(
        json["pullRT"].AsDouble(), json["pullTPS"].AsDouble(), json["consumeRT"].AsDouble(),
        json["consumeOKTPS"].AsDouble(), json["consumeFailedTPS"].AsDouble(), json["consumeFailedMsgs"].AsInt64());
}

/// <summary>What a consumer tells of itself: answer to GET_CONSUMER_RUNNING_INFO (307).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/ConsumerRunningInfo.java</remarks>
public sealed record ConsumerRunningInfo
{
    /// <summary>Names begin with PROP_.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<SubscriptionData> Subscriptions { get; init; } = [];

    public IReadOnlyList<KeyValuePair<MessageQueue, ProcessQueueInfo>> Queues { get; init; } = [];

    /// <summary>By topic.</summary>
    public IReadOnlyDictionary<string, ConsumeStatus> Status { get; init; } = new Dictionary<string, ConsumeStatus>();

    /// <summary>Java's stacks; null from everybody else.</summary>
    public string? Jstack { get; init; }

    /// <param name="quoteKeys">True for a reader of standard JSON; false is fastjson's form with objects as keys.</param>
    public byte[] Encode(bool quoteKeys)
    {
        var json = new FastJsonWriter(quoteKeys);
        json.StartObject();
        json.Property("jstack", Jstack);
        json.Key("mqTable");
        json.StartObject();
        foreach (var (queue, info) in Queues)
        {
            queue.WriteKey(json);
            info.Write(json);
        }

        json.EndObject();
        json.Key("properties");
        json.StartObject();
        foreach (var (name, value) in Properties.OrderBy(static pair => pair.Key, StringComparer.Ordinal)) json.Property(name, value);
        json.EndObject();
        json.Key("statusTable");
        json.StartObject();
        foreach (var (topic, status) in Status)
        {
            json.Key(topic);
            status.Write(json);
        }

        json.EndObject();
        json.Key("subscriptionSet");
        json.StartArray();
        foreach (var subscription in Subscriptions) subscription.Write(json);
        json.EndArray();
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ConsumerRunningInfo Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var queues = new List<KeyValuePair<MessageQueue, ProcessQueueInfo>>();
        foreach (var (key, value) in json["mqTable"].Properties) queues.Add(new(MessageQueue.ReadKey(key), ProcessQueueInfo.Read(value)));
        var status = new Dictionary<string, ConsumeStatus>(StringComparer.Ordinal);
        foreach (var (key, value) in json["statusTable"].Properties) status[key.AsString() ?? ""] = ConsumeStatus.Read(value);
        var subscriptions = new List<SubscriptionData>();
        foreach (var item in json["subscriptionSet"].Items) subscriptions.Add(SubscriptionData.Read(item));
        return new() { Properties = json["properties"].AsStringMap(), Queues = queues, Status = status, Subscriptions = subscriptions, Jstack = json["jstack"].AsString() };
    }
}

/// <summary>What became of a message consumed on demand: answer to CONSUME_MESSAGE_DIRECTLY (309).</summary>
/// <param name="Order">Whether the consumer is orderly.</param>
/// <param name="AutoCommit">Always so, but for Java's oldest orderly listeners.</param>
/// <param name="ConsumeResult">CR_SUCCESS, CR_LATER, CR_ROLLBACK, CR_COMMIT, CR_THROW_EXCEPTION or CR_RETURN_NULL.</param>
/// <param name="Remark">The exception's text.</param>
/// <param name="SpentTimeMills">In milliseconds.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/body/ConsumeMessageDirectlyResult.java</remarks>
public sealed record ConsumeMessageDirectlyResult(bool Order, bool AutoCommit, string ConsumeResult, string? Remark, long SpentTimeMills)
{
    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("autoCommit", AutoCommit);
        json.Property("consumeResult", ConsumeResult);
        json.Property("order", Order);
        json.Property("remark", Remark);
        json.Property("spentTimeMills", SpentTimeMills);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static ConsumeMessageDirectlyResult Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        return new(json["order"].AsBoolean(), json["autoCommit"].AsBoolean(), json["consumeResult"].AsString() ?? "", json["remark"].AsString(), json["spentTimeMills"].AsInt64());
    }
}
