using System.Globalization;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Proxy;

/// <summary>A pop receipt with the message's place in the log behind it: what a client acknowledges by.</summary>
/// <param name="Receipt">What the broker understands.</param>
/// <param name="CommitLogOffset">In bytes; -1 when it isn't told.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/common/src/main/java/org/apache/rocketmq/common/consumer/ReceiptHandle.java</remarks>
internal sealed record ReceiptHandle(PopReceipt Receipt, long CommitLogOffset)
{
    private const int PartsWithLogOffset = 9;

    /// <summary>Unix milliseconds at which somebody else may get the message.</summary>
    public long VisibleAt => Receipt.PopTime + Receipt.InvisibleTime;

    /// <summary>Null when the text is none.</summary>
    public static ReceiptHandle? Parse(string text)
    {
        if (PopReceipt.Parse(text) is not { QueueOffset: >= 0 } receipt) return null;
        var parts = text.Split(MessageProperties.KeySeparator);
        if (parts.Length < PartsWithLogOffset) return new(receipt, -1);
        return long.TryParse(parts[PartsWithLogOffset - 1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset) ? new(receipt, offset) : null;
    }

    public bool IsExpired(TimeProvider time) => VisibleAt <= time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The topic in which the message stands: the group's pop retry topic for one that came from there.</summary>
    public string RealTopic(string topic, string group) => Receipt.Retry == 0 ? topic : PopTopics.Retry(topic, group, Receipt.Retry == 2);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Receipt} {CommitLogOffset}");
}
