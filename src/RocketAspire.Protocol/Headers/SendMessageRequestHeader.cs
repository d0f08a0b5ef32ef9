using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of SEND_MESSAGE (10); SEND_MESSAGE_V2 (310) and SEND_BATCH_MESSAGE (320) carry the same under one-letter names.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/SendMessageRequestHeaderV2.java</remarks>
public sealed record SendMessageRequestHeader : IRequestHeader<SendMessageRequestHeader>
{
    public required string ProducerGroup { get; init; }

    public required string Topic { get; init; }

    /// <summary>The template topic for auto-creation, mostly TBW102.</summary>
    public string DefaultTopic { get; init; } = "TBW102";

    /// <summary>How many queues the producer asks for when the topic is created by this message.</summary>
    public int DefaultTopicQueueNums { get; init; } = 4;

    /// <summary>Negative: the broker picks one.</summary>
    public int QueueId { get; init; }

    public int SysFlag { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long BornTimestamp { get; init; }

    public int Flag { get; init; }

    /// <summary>name U+0001 value U+0002 …</summary>
    public string? Properties { get; init; }

    public int? ReconsumeTimes { get; init; }

    public bool UnitMode { get; init; }

    public int? MaxReconsumeTimes { get; init; }

    public bool Batch { get; init; }

    /// <summary>5.x clients name the broker they mean.</summary>
    public string? BrokerName { get; init; }

    /// <summary>Reads the long names.</summary>
    public static SendMessageRequestHeader Read(ref HeaderReader reader) => new()
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
        MaxReconsumeTimes = reader.Int32OrNull("maxReconsumeTimes"),
        Batch = reader.Boolean("batch"),
        BrokerName = reader.TextOrNull("brokerName"),
    };

    /// <summary>Reads the one-letter names.</summary>
    public static SendMessageRequestHeader ReadV2(ref HeaderReader reader) => new()
    {
        ProducerGroup = reader.Text("a"),
        Topic = reader.Text("b"),
        DefaultTopic = reader.Text("c"),
        DefaultTopicQueueNums = reader.Int32("d"),
        QueueId = reader.Int32("e"),
        SysFlag = reader.Int32("f"),
        BornTimestamp = reader.Int64("g"),
        Flag = reader.Int32("h"),
        Properties = reader.TextOrNull("i"),
        ReconsumeTimes = reader.Int32OrNull("j"),
        UnitMode = reader.Boolean("k"),
        MaxReconsumeTimes = reader.Int32OrNull("l"),
        Batch = reader.Boolean("m"),
        BrokerName = reader.TextOrNull("n"),
    };

    /// <summary>Reads a request of any of these codes, and of the replies' 324 and 325, by its own names.</summary>
    public static bool TryRead(RemotingCommand request, out SendMessageRequestHeader header, out string? problem)
    {
        var reader = new HeaderReader(request.ExtFields);
        header = request.Code is RequestCode.SendMessage or RequestCode.SendReplyMessage ? Read(ref reader) : ReadV2(ref reader);
        problem = reader.Problem;
        return problem is null;
    }

    public ExtFields ToExtFields() => Write(
        "producerGroup", "topic", "defaultTopic", "defaultTopicQueueNums", "queueId", "sysFlag", "bornTimestamp", "flag",
        "properties", "reconsumeTimes", "unitMode", "maxReconsumeTimes", "batch", "brokerName");

    /// <summary>The one-letter names of 310 and 320.</summary>
    public ExtFields ToExtFieldsV2() => Write("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n");

    private ExtFields Write(params ReadOnlySpan<string> names)
    {
        var fields = new ExtFields
        {
            { names[0], ProducerGroup },
            { names[1], Topic },
            { names[2], DefaultTopic },
            { names[3], DefaultTopicQueueNums },
            { names[4], QueueId },
            { names[5], SysFlag },
            { names[6], BornTimestamp },
            { names[7], Flag },
            { names[8], Properties },
        };
        if (ReconsumeTimes is { } times) fields.Add(names[9], times);
        fields.Add(names[10], UnitMode);
        if (MaxReconsumeTimes is { } maximum) fields.Add(names[11], maximum);
        fields.Add(names[12], Batch);
        fields.Add(names[13], BrokerName);
        return fields;
    }
}
