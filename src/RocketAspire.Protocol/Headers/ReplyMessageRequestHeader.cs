using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of PUSH_REPLY_MESSAGE_TO_CLIENT (326): a reply on its way from the broker to who asked. The body is the message's.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/ReplyMessageRequestHeader.java</remarks>
public sealed record ReplyMessageRequestHeader : IRequestHeader<ReplyMessageRequestHeader>
{
    public required string ProducerGroup { get; init; }

    public required string Topic { get; init; }

    public required string DefaultTopic { get; init; }

    public int DefaultTopicQueueNums { get; init; }

    public int QueueId { get; init; }

    public int SysFlag { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long BornTimestamp { get; init; }

    public int Flag { get; init; }

    /// <summary>name U+0001 value U+0002 …</summary>
    public string? Properties { get; init; }

    public int? ReconsumeTimes { get; init; }

    public bool UnitMode { get; init; }

    /// <summary>Who replied, as ip:port.</summary>
    public required string BornHost { get; init; }

    /// <summary>The broker, as ip:port.</summary>
    public required string StoreHost { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long StoreTimestamp { get; init; }

    public static ReplyMessageRequestHeader Read(ref HeaderReader reader) => new()
    {
        ProducerGroup = reader.Text("producerGroup"),
        Topic = reader.Text("topic"),
        DefaultTopic = reader.Text("defaultTopic"),
        DefaultTopicQueueNums = reader.Int32("defaultTopicQueueNums"),
        QueueId = reader.Int32("queueId"),
        SysFlag = reader.Int32("sysFlag"),
        BornTimestamp = reader.Int64("bornTimestamp"),
        Flag = reader.Int32("flag"),
        Properties = reader.TextOrNull("properties"),
        ReconsumeTimes = reader.Int32OrNull("reconsumeTimes"),
        UnitMode = reader.Boolean("unitMode"),
        BornHost = reader.Text("bornHost"),
        StoreHost = reader.Text("storeHost"),
        StoreTimestamp = reader.Int64("storeTimestamp"),
    };

    public ExtFields ToExtFields()
    {
        var fields = new ExtFields
        {
            { "producerGroup", ProducerGroup },
            { "topic", Topic },
            { "defaultTopic", DefaultTopic },
            { "defaultTopicQueueNums", DefaultTopicQueueNums },
            { "queueId", QueueId },
            { "sysFlag", SysFlag },
            { "bornTimestamp", BornTimestamp },
            { "flag", Flag },
            { "properties", Properties },
        };
        if (ReconsumeTimes is { } times) fields.Add("reconsumeTimes", times);
        fields.Add("unitMode", UnitMode);
        fields.Add("bornHost", BornHost);
        fields.Add("storeHost", StoreHost);
        fields.Add("storeTimestamp", StoreTimestamp);
        return fields;
    }
}
