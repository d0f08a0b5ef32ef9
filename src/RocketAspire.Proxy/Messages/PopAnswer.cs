using System.Globalization;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Proxy;

/// <summary>A popped message.</summary>
/// <param name="Record">As the broker gave it.</param>
/// <param name="Handle">By what it is acknowledged.</param>
/// <param name="ReconsumeTimes">How often it was handed out before.</param>
internal sealed record PoppedMessage(MessageRecord Record, ReceiptHandle Handle, int ReconsumeTimes);

/// <summary>Makes each message's receipt from what a pop's answer tells.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/client/src/main/java/org/apache/rocketmq/client/impl/MQClientAPIImpl.java</remarks>
internal static class PopAnswer
{
    /// <summary>Null with the problem when the answer can't be understood.</summary>
    public static List<PoppedMessage>? Read(RemotingCommand answer, string brokerName, bool isOrder, out string? problem)
    {
        if (!RequestHeader.TryRead<PopMessageResponseHeader>(answer.ExtFields, out var header, out problem)) return null;
        var starts = Pairs(header.StartOffsetInfo);
        var counts = isOrder ? Pairs(header.OrderCountInfo) : [];
        var messages = new List<PoppedMessage>();
        foreach (var record in MessageRecordCodec.DecodeAll(answer.Body))
        {
            var mark = PopInfo.RetryMark(record.Topic);
            var start = starts.GetValueOrDefault(Key(mark, record.QueueId), record.QueueOffset);

            // Of a message from a retry topic a broker may make the receipt itself, and show the topic that it came from.
            var receipt = PopReceipt.Parse(MessageProperties.Get(record.Properties.Span, MessageProperties.PopCheckPoint))
                ?? new PopReceipt(start, header.PopTime, header.InvisibleTime, header.ReviveQid, mark, brokerName, record.QueueId, record.QueueOffset);
            var tries = counts.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"{mark} qo{record.QueueId}%{record.QueueOffset}"), out var count)
                || counts.TryGetValue(Key(mark, record.QueueId), out count) ? Math.Max(record.ReconsumeTimes, (int)count) : record.ReconsumeTimes;
            messages.Add(new(record, new ReceiptHandle(receipt, record.PhysicalOffset), tries));
        }

        return messages;
    }

    private static string Key(int mark, int queueId) => string.Create(CultureInfo.InvariantCulture, $"{mark} {queueId}");

    /// <summary><c>mark queue number;…</c></summary>
    private static Dictionary<string, long> Pairs(string? text)
    {
        var pairs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var part in (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.LastIndexOf(' ');
            if (at > 0 && long.TryParse(part.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) pairs[part[..at]] = value;
        }

        return pairs;
    }
}
