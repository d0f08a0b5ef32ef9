using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>One queue's messages that an ordered group has in hand: its next ones wait for them.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/offset/ConsumerOrderInfoManager.java</remarks>
internal sealed class OrderInfo
{
    public string? AttemptId { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long PopTime { get; init; }

    /// <summary>Milliseconds.</summary>
    public required long InvisibleTime { get; init; }

    /// <summary>The messages' places, ascending; at most 64.</summary>
    public required long[] Offsets { get; init; }

    /// <summary>Messages whose time was changed: when they become visible, in Unix milliseconds.</summary>
    public Dictionary<long, long> NextVisible { get; init; } = [];

    /// <summary>How often messages were handed out before; those that were not are left out.</summary>
    public Dictionary<long, int> Consumed { get; init; } = [];

    /// <summary>Bit i: message i is acknowledged.</summary>
    public ulong Acknowledged { get; set; }

    /// <summary>When the queue is free again, in Unix milliseconds: the earliest time at which no message is in hand.</summary>
    public long FreeAt
    {
        get
        {
            var freeAt = 0L;
            for (var i = 0; i < Offsets.Length; i++)
            {
                if (!IsAcknowledged(i)) freeAt = Math.Max(freeAt, NextVisible.GetValueOrDefault(Offsets[i], PopTime + InvisibleTime));
            }

            return freeAt;
        }
    }

    /// <summary>First message that isn't acknowledged; behind the last when all are.</summary>
    public long NextOffset
    {
        get
        {
            for (var i = 0; i < Offsets.Length; i++)
            {
                if (!IsAcknowledged(i)) return Offsets[i];
            }

            return Offsets[^1] + 1;
        }
    }

    public bool IsAcknowledged(int index) => (Acknowledged & (1UL << index)) != 0;

    /// <summary>A repeated attempt of the same request is not kept waiting by itself.</summary>
    public bool Blocks(string? attemptId, long nowMs) => (AttemptId is null || AttemptId != attemptId) && nowMs < FreeAt;

    /// <summary>Counts for the messages that are handed out again after this.</summary>
    public Dictionary<long, int> CountsFor(string? attemptId, long[] offsets)
    {
        if (AttemptId is not null && AttemptId == attemptId) return Consumed;
        var counts = new Dictionary<long, int>();
        foreach (var offset in offsets)
        {
            if (Array.IndexOf(Offsets, offset) >= 0) counts[offset] = Consumed.GetValueOrDefault(offset) + 1;
        }

        return counts;
    }

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        json.Property("a", AttemptId);
        json.Property("cm", unchecked((long)Acknowledged));
        json.Property("i", InvisibleTime);
        json.Property("l", PopTime);
        json.Key("o");
        json.StartArray();
        // The first as it is, the others as distances from it.
        for (var i = 0; i < Offsets.Length; i++) json.Value(i == 0 ? Offsets[0] : Offsets[i] - Offsets[0]);
        json.EndArray();
        json.Key("oc");
        json.StartObject();
        foreach (var (offset, count) in Consumed)
        {
            json.Key(offset);
            json.Value((long)count);
        }

        json.EndObject();
        json.Key("ot");
        json.StartObject();
        foreach (var (offset, time) in NextVisible)
        {
            json.Key(offset);
            json.Value(time);
        }

        json.EndObject();
        json.Property("popTime", PopTime);
        json.EndObject();
    }

    /// <summary>Null when it holds no messages.</summary>
    public static OrderInfo? Read(FastJsonElement json)
    {
        var offsets = new List<long>();
        foreach (var item in json["o"].Items) offsets.Add(offsets.Count == 0 ? item.AsInt64() : offsets[0] + item.AsInt64());
        if (offsets.Count is 0 or > 64) return null;
        var info = new OrderInfo
        {
            AttemptId = json["a"].AsString(),
            PopTime = json["popTime"].AsInt64(),
            InvisibleTime = json["i"].AsInt64(),
            Offsets = [.. offsets],
            Acknowledged = unchecked((ulong)json["cm"].AsInt64()),
        };
        foreach (var (offset, count) in json["oc"].Properties) info.Consumed[offset.AsInt64()] = count.AsInt32();
        foreach (var (offset, time) in json["ot"].Properties) info.NextVisible[offset.AsInt64()] = time.AsInt64();
        return info;
    }
}
