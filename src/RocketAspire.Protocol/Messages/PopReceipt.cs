using System.Globalization;

namespace RocketAspire.Protocol.Messages;

/// <summary>What a popped message carries as POP_CK and an acknowledgement returns as extraInfo: blank-separated, in this order.</summary>
/// <param name="StartOffset">Where its pop began in the queue.</param>
/// <param name="PopTime">Unix milliseconds at the broker.</param>
/// <param name="InvisibleTime">Milliseconds.</param>
/// <param name="ReviveQid">Queue of the revive log; <see cref="OrderReviveQid"/> for an ordered pop.</param>
/// <param name="Retry">0 a normal topic, 1 and 2 a pop retry topic in its older and newer form.</param>
/// <param name="BrokerName">Who handed it out.</param>
/// <param name="QueueId">Its queue.</param>
/// <param name="QueueOffset">Its place; -1 when the receipt is an older one that ends before it.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/header/ExtraInfoUtil.java</remarks>
public sealed record PopReceipt(long StartOffset, long PopTime, long InvisibleTime, int ReviveQid, int Retry, string BrokerName, int QueueId, long QueueOffset)
{
    public const int OrderReviveQid = 999;

    public bool IsOrder => ReviveQid == OrderReviveQid;

    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{StartOffset} {PopTime} {InvisibleTime} {ReviveQid} {Retry} {BrokerName} {QueueId}");
        return QueueOffset < 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text} {QueueOffset}");
    }

    /// <summary>Null when the text is none.</summary>
    public static PopReceipt? Parse(string? text)
    {
        if (text?.Split(MessageProperties.KeySeparator) is not { Length: >= 7 } parts) return null;
        return Number(parts[0], out var start) && Number(parts[1], out var popTime) && Number(parts[2], out var invisible) && Number(parts[3], out var reviveQid)
            && Number(parts[4], out var retry) && retry is >= 0 and <= 2 && Number(parts[6], out var queueId) && reviveQid is >= 0 and <= int.MaxValue && queueId is >= 0 and <= int.MaxValue
            && (Number(parts.Length > 7 ? parts[7] : "-1", out var offset))
            ? new(start, popTime, invisible, (int)reviveQid, (int)retry, parts[5], (int)queueId, offset)
            : null;
    }

    private static bool Number(string text, out long value) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
