using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Headers;

/// <summary>Header of the answers to POP_MESSAGE (200050) and PEEK_MESSAGE (200052).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/PopMessageResponseHeader.java</remarks>
public sealed record PopMessageResponseHeader : IRequestHeader<PopMessageResponseHeader>
{
    /// <summary>Unix milliseconds at the broker: part of each message's receipt.</summary>
    public long PopTime { get; init; }

    public long InvisibleTime { get; init; }

    public int ReviveQid { get; init; }

    /// <summary>Messages that are left in the queues that were looked at.</summary>
    public long RestNum { get; init; }

    /// <summary>See <see cref="Messages.PopInfo.AddStartOffset"/>.</summary>
    public string? StartOffsetInfo { get; init; }

    /// <summary>See <see cref="Messages.PopInfo.AddMsgOffsets"/>.</summary>
    public string? MsgOffsetInfo { get; init; }

    /// <summary>Of ordered pops only; see <see cref="Messages.PopInfo.AddOrderCount"/>.</summary>
    public string? OrderCountInfo { get; init; }

    public static PopMessageResponseHeader Read(ref HeaderReader reader) => new()
    {
        PopTime = reader.Int64("popTime"),
        InvisibleTime = reader.Int64("invisibleTime"),
        ReviveQid = reader.Int32("reviveQid"),
        RestNum = reader.Int64("restNum"),
        StartOffsetInfo = reader.TextOrNull("startOffsetInfo"),
        MsgOffsetInfo = reader.TextOrNull("msgOffsetInfo"),
        OrderCountInfo = reader.TextOrNull("orderCountInfo"),
    };

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
        fields.Add("restNum", RestNum);
        fields.Add("startOffsetInfo", StartOffsetInfo);
        fields.Add("msgOffsetInfo", MsgOffsetInfo);
        fields.Add("orderCountInfo", OrderCountInfo);
    }
}
