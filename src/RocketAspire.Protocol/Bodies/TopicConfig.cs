using System.Globalization;
using System.Text;

namespace RocketAspire.Protocol.Bodies;

/// <summary>Permission bits of topics and queues.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/constant/PermName.java</remarks>
public static class PermName
{
    public const int Inherit = 1;
    public const int Write = 2;
    public const int Read = 4;
    public const int Priority = 8;
    public const int ReadWrite = Read | Write;
}

/// <summary>Bits of a topic's system flag.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/sysflag/TopicSysFlag.java</remarks>
public static class TopicSysFlag
{
    public const int Unit = 1;
    public const int UnitSub = 2;
}

/// <summary>A topic as one broker has it.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/TopicConfig.java</remarks>
public sealed record TopicConfig
{
    public const int DefaultQueueNums = 16;

    public string TopicName { get; init; } = "";

    public int ReadQueueNums { get; init; } = DefaultQueueNums;

    public int WriteQueueNums { get; init; } = DefaultQueueNums;

    /// <summary>Bits of <see cref="PermName"/>.</summary>
    public int Perm { get; init; } = PermName.ReadWrite;

    /// <summary>SINGLE_TAG or MULTI_TAG.</summary>
    public string TopicFilterType { get; init; } = "SINGLE_TAG";

    /// <summary>Bits of <see cref="Bodies.TopicSysFlag"/>.</summary>
    public int TopicSysFlag { get; init; }

    public bool Order { get; init; }

    /// <summary>5.x attributes such as message.type; null when there are none, and then not written.</summary>
    public SortedDictionary<string, string>? Attributes { get; init; }

    public byte[] Encode()
    {
        var json = new FastJsonWriter();
        Write(json);
        return json.ToArray();
    }

    public static TopicConfig Decode(ReadOnlySpan<byte> json) => Read(FastJson.Parse(json), "");

    public void Write(FastJsonWriter json)
    {
        json.StartObject();
        if (Attributes is { Count: > 0 } attributes)
        {
            json.Key("attributes");
            json.StartObject();
            foreach (var (key, value) in attributes) json.Property(key, value);
            json.EndObject();
        }

        json.Property("order", Order);
        json.Property("perm", Perm);
        json.Property("readQueueNums", ReadQueueNums);
        json.Property("topicFilterType", TopicFilterType);
        json.Property("topicName", TopicName);
        json.Property("topicSysFlag", TopicSysFlag);
        json.Property("writeQueueNums", WriteQueueNums);
        json.EndObject();
    }

    /// <param name="json">The object.</param>
    /// <param name="name">The name to use when the object lacks one (the key under which it stood).</param>
    public static TopicConfig Read(FastJsonElement json, string name)
    {
        var attributes = json["attributes"].AsStringMap();
        return new TopicConfig
        {
            TopicName = json["topicName"].AsString() ?? name,
            ReadQueueNums = json["readQueueNums"].AsInt32(DefaultQueueNums),
            WriteQueueNums = json["writeQueueNums"].AsInt32(DefaultQueueNums),
            Perm = json["perm"].AsInt32(PermName.ReadWrite),
            TopicFilterType = json["topicFilterType"].AsString() ?? "SINGLE_TAG",
            TopicSysFlag = json["topicSysFlag"].AsInt32(),
            Order = json["order"].AsBoolean(),
            Attributes = attributes.Count > 0 ? attributes : null,
        };
    }

    /// <summary>The blank-separated form of compressed register bodies: <c>name read write perm filterType [attributes]</c>.</summary>
    public string ToText()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{TopicName} {ReadQueueNums} {WriteQueueNums} {Perm} {TopicFilterType}");
        if (Attributes is not { Count: > 0 } attributes) return text;
        var json = new FastJsonWriter();
        json.StartObject();
        foreach (var (key, value) in attributes) json.Property(key, value);
        json.EndObject();
        return text + " " + json;
    }

    /// <summary>Null when the text isn't of that form.</summary>
    public static TopicConfig? FromText(string text)
    {
        var parts = text.Split(' ', 6);
        if (parts.Length < 5 || parts[0].Length == 0) return null;
        if (!int.TryParse(parts[1], out var read) || !int.TryParse(parts[2], out var write) || !int.TryParse(parts[3], out var perm)) return null;
        SortedDictionary<string, string>? attributes = null;
        if (parts.Length == 6)
        {
            try
            {
                attributes = FastJson.Parse(Encoding.UTF8.GetBytes(parts[5])).AsStringMap();
            }
            catch (FastJsonException)
            {
                // Apache ignores attributes that it can't read and keeps the topic.
            }
        }

        return new TopicConfig
        {
            TopicName = parts[0],
            ReadQueueNums = read,
            WriteQueueNums = write,
            Perm = perm,
            TopicFilterType = parts[4],
            Attributes = attributes is { Count: > 0 } ? attributes : null,
        };
    }

    public bool Equals(TopicConfig? other) =>
        other is not null && TopicName == other.TopicName && ReadQueueNums == other.ReadQueueNums && WriteQueueNums == other.WriteQueueNums
        && Perm == other.Perm && TopicFilterType == other.TopicFilterType && TopicSysFlag == other.TopicSysFlag && Order == other.Order
        && (Attributes ?? []).SequenceEqual(other.Attributes ?? []);

    public override int GetHashCode() => HashCode.Combine(TopicName, ReadQueueNums, WriteQueueNums, Perm, TopicSysFlag, Order);
}
