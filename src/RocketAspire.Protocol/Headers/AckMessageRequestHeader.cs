using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of ACK_MESSAGE (200051).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/AckMessageRequestHeader.java</remarks>
public sealed record AckMessageRequestHeader : IRequestHeader<AckMessageRequestHeader>
{
    public required string ConsumerGroup { get; init; }

    /// <summary>The topic in which the message stands: a pop retry topic for a message that came from there.</summary>
    public required string Topic { get; init; }

    public int QueueId { get; init; }

    /// <summary>The message's receipt; see <see cref="Messages.PopReceipt"/>.</summary>
    public required string ExtraInfo { get; init; }

    /// <summary>The message's place in its queue.</summary>
    public long Offset { get; init; }

    public static AckMessageRequestHeader Read(ref HeaderReader reader) => new()
    {
        ConsumerGroup = reader.Text("consumerGroup"),
        Topic = reader.Text("topic"),
        QueueId = reader.Int32("queueId"),
        ExtraInfo = reader.Text("extraInfo"),
        Offset = reader.Int64("offset"),
    };

    public ExtFields ToExtFields() => new()
    {
        { "consumerGroup", ConsumerGroup },
        { "topic", Topic },
        { "queueId", QueueId },
        { "extraInfo", ExtraInfo },
        { "offset", Offset },
    };
}

/// <summary>Header of CHANGE_MESSAGE_INVISIBLETIME (200053).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/ChangeInvisibleTimeRequestHeader.java</remarks>
public sealed record ChangeInvisibleTimeRequestHeader : IRequestHeader<ChangeInvisibleTimeRequestHeader>
{
    public required string ConsumerGroup { get; init; }

    public required string Topic { get; init; }

    public int QueueId { get; init; }

    /// <summary>The message's receipt so far.</summary>
    public required string ExtraInfo { get; init; }

    public long Offset { get; init; }

    /// <summary>Milliseconds from now.</summary>
    public long InvisibleTime { get; init; }

    public static ChangeInvisibleTimeRequestHeader Read(ref HeaderReader reader) => new()
    {
        ConsumerGroup = reader.Text("consumerGroup"),
        Topic = reader.Text("topic"),
        QueueId = reader.Int32("queueId"),
        ExtraInfo = reader.Text("extraInfo"),
        Offset = reader.Int64("offset"),
        InvisibleTime = reader.Int64("invisibleTime"),
    };

    public ExtFields ToExtFields() => new()
    {
        { "consumerGroup", ConsumerGroup },
        { "topic", Topic },
        { "queueId", QueueId },
        { "extraInfo", ExtraInfo },
        { "offset", Offset },
        { "invisibleTime", InvisibleTime },
    };
}

/// <summary>Header of the answer to CHANGE_MESSAGE_INVISIBLETIME: what the new receipt is made of.</summary>
public sealed record ChangeInvisibleTimeResponseHeader(long PopTime, long InvisibleTime, int ReviveQid) : IRequestHeader<ChangeInvisibleTimeResponseHeader>
{
    public static ChangeInvisibleTimeResponseHeader Read(ref HeaderReader reader) =>
        new(reader.Int64("popTime"), reader.Int64("invisibleTime"), reader.Int32("reviveQid"));

    public ExtFields ToExtFields()
    {
        var fields = new ExtFields();
        AddTo(fields);
        return fields;
    }

    /// <summary>Writes into an answer that already exists.</summary>
    public void AddTo(ExtFields fields)
    {
        fields.Add("popTime", PopTime);
        fields.Add("invisibleTime", InvisibleTime);
        fields.Add("reviveQid", ReviveQid);
    }
}
