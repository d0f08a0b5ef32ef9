using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of CONSUMER_SEND_MSG_BACK (36).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/protocol/header/ConsumerSendMsgBackRequestHeader.java</remarks>
public sealed record ConsumerSendMsgBackRequestHeader : IRequestHeader<ConsumerSendMsgBackRequestHeader>
{
    /// <summary>The message's place in the commit log, in bytes.</summary>
    public long Offset { get; init; }

    public required string Group { get; init; }

    /// <summary>0: 3 + the times already tried; negative: straight to the dead letters; 1..18: that level.</summary>
    public int DelayLevel { get; init; }

    public string? OriginMsgId { get; init; }

    public string? OriginTopic { get; init; }

    public bool UnitMode { get; init; }

    public int? MaxReconsumeTimes { get; init; }

    public static ConsumerSendMsgBackRequestHeader Read(ref HeaderReader reader) => new()
    {
        Offset = reader.Int64("offset"),
        Group = reader.Text("group"),
        DelayLevel = reader.Int32("delayLevel"),
        OriginMsgId = reader.TextOrNull("originMsgId"),
        OriginTopic = reader.TextOrNull("originTopic"),
        UnitMode = reader.Boolean("unitMode"),
        MaxReconsumeTimes = reader.Int32OrNull("maxReconsumeTimes"),
    };

    public ExtFields ToExtFields()
    {
        var fields = new ExtFields
        {
            { "offset", Offset },
            { "group", Group },
            { "delayLevel", DelayLevel },
            { "originMsgId", OriginMsgId },
            { "originTopic", OriginTopic },
            { "unitMode", UnitMode },
        };
        if (MaxReconsumeTimes is { } maximum) fields.Add("maxReconsumeTimes", maximum);
        return fields;
    }
}
