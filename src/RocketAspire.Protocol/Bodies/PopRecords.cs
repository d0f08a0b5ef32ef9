using System.Text;

namespace RocketAspire.Protocol.Bodies;

/// <summary>Body of a check point in the revive log (tag <c>ck</c>): messages that were handed out together.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/store/src/main/java/org/apache/rocketmq/store/pop/PopCheckPoint.java</remarks>
public sealed record PopCheckPointBody
{
    public const string Tag = "ck";

    public string Topic { get; init; } = "";

    public string Group { get; init; } = "";

    public int QueueId { get; init; }

    public long StartOffset { get; init; }

    /// <summary>Places in the queue, counted from <see cref="StartOffset"/>; without them the first <see cref="Count"/> places.</summary>
    public IReadOnlyList<int> Offsets { get; init; } = [];

    public int Count { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long PopTime { get; init; }

    public long InvisibleTime { get; init; }

    public string BrokerName { get; init; } = "";

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("bm", 0);
        json.Property("bn", BrokerName);
        json.Property("c", Group);
        json.Key("d");
        json.StartArray();
        foreach (var offset in Offsets) json.Value((long)offset);
        json.EndArray();
        json.Property("it", InvisibleTime);
        json.Property("n", Count);
        json.Property("pt", PopTime);
        json.Property("q", QueueId);
        json.Property("ro", 0);
        json.Property("so", StartOffset);
        json.Property("t", Topic);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static PopCheckPointBody Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var offsets = new List<int>();
        foreach (var item in json["d"].Items) offsets.Add(item.AsInt32());
        return new()
        {
            Topic = json["t"].AsString() ?? "",
            Group = json["c"].AsString() ?? "",
            QueueId = json["q"].AsInt32(),
            StartOffset = json["so"].AsInt64(),
            Offsets = offsets,
            Count = json["n"].AsInt32(),
            PopTime = json["pt"].AsInt64(),
            InvisibleTime = json["it"].AsInt64(),
            BrokerName = json["bn"].AsString() ?? "",
        };
    }
}

/// <summary>Body of an acknowledgement in the revive log: tag <c>ack</c> for one message, <c>bAck</c> for several.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/store/src/main/java/org/apache/rocketmq/store/pop/AckMsg.java and BatchAckMsg.java beside it.</remarks>
public sealed record PopAckBody
{
    public const string Tag = "ack";
    public const string BatchTag = "bAck";

    public string Topic { get; init; } = "";

    public string Group { get; init; } = "";

    public int QueueId { get; init; }

    /// <summary>Of the check point.</summary>
    public long StartOffset { get; init; }

    /// <summary>Of the check point, in Unix milliseconds.</summary>
    public long PopTime { get; init; }

    /// <summary>The messages' places in the queue.</summary>
    public IReadOnlyList<long> AckOffsets { get; init; } = [];

    public string BrokerName { get; init; } = "";

    /// <summary>Which of the two forms it takes.</summary>
    public string TagOf => AckOffsets.Count == 1 ? Tag : BatchTag;

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        json.StartObject();
        json.Property("ao", AckOffsets.Count == 1 ? AckOffsets[0] : -1);
        if (AckOffsets.Count != 1)
        {
            json.Key("aol");
            json.StartArray();
            foreach (var offset in AckOffsets) json.Value(offset);
            json.EndArray();
        }

        json.Property("bn", BrokerName);
        json.Property("c", Group);
        json.Property("pt", PopTime);
        json.Property("q", QueueId);
        json.Property("so", StartOffset);
        json.Property("t", Topic);
        json.EndObject();
        return json.ToArray();
    }

    /// <exception cref="FastJsonException">Not JSON.</exception>
    public static PopAckBody Decode(ReadOnlySpan<byte> body)
    {
        var json = FastJson.Parse(body);
        var offsets = new List<long>();
        foreach (var item in json["aol"].Items) offsets.Add(item.AsInt64());
        if (offsets.Count == 0) offsets.Add(json["ao"].AsInt64(-1));
        return new()
        {
            Topic = json["t"].AsString() ?? "",
            Group = json["c"].AsString() ?? "",
            QueueId = json["q"].AsInt32(),
            StartOffset = json["so"].AsInt64(),
            PopTime = json["pt"].AsInt64(),
            AckOffsets = offsets,
            BrokerName = json["bn"].AsString() ?? "",
        };
    }

    public override string ToString() => Encoding.UTF8.GetString(Encode());
}
