using System.Buffers.Text;
using System.Globalization;

namespace RocketAspire.Protocol.Messages;

/// <summary>5.x's timed messages: when one is due, and how it waits in the internal topic until then.</summary>
/// <remarks>Sources: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/util/HookUtils.java
/// and https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/store/src/main/java/org/apache/rocketmq/store/timer/TimerMessageStore.java</remarks>
public static class TimerProperties
{
    /// <summary>Timed messages are delivered at whole seconds.</summary>
    public const long PrecisionMs = 1000;

    /// <summary>Whether a producer asks for a time. A delay level goes before it, and what waited once doesn't wait again.</summary>
    public static bool IsTimed(ReadOnlySpan<byte> properties) =>
        (!MessageProperties.Find(properties, "TIMER_DELIVER_MS"u8).IsEmpty || !MessageProperties.Find(properties, "TIMER_DELAY_SEC"u8).IsEmpty || !MessageProperties.Find(properties, "TIMER_DELAY_MS"u8).IsEmpty)
        && MessageProperties.Find(properties, "TIMER_OUT_MS"u8).IsEmpty
        && !(Number(properties, "DELAY"u8) > 0);

    /// <summary>When the message is to be delivered, in Unix milliseconds; null when what it says is no number.</summary>
    public static long? DeliverAt(ReadOnlySpan<byte> properties, long nowMs)
    {
        if (!MessageProperties.Find(properties, "TIMER_DELAY_SEC"u8).IsEmpty) return After(nowMs, Number(properties, "TIMER_DELAY_SEC"u8), PrecisionMs);
        if (!MessageProperties.Find(properties, "TIMER_DELAY_MS"u8).IsEmpty) return After(nowMs, Number(properties, "TIMER_DELAY_MS"u8), 1);
        return Number(properties, "TIMER_DELIVER_MS"u8);
    }

    /// <summary>TIMER_OUT_MS as Apache's broker writes it: the second before the one at which the message comes.</summary>
    public static long OutMs(long deliverMs) => deliverMs % PrecisionMs == 0 ? deliverMs - PrecisionMs : deliverMs / PrecisionMs * PrecisionMs;

    /// <summary>
    /// What a queue's entry says of a message that waits: the Unix millisecond at which it comes, with the lowest bit set for one that only
    /// takes another one back. Times of arrival are even, so both sort together. 0 when it says no time.
    /// </summary>
    public static long DueCode(ReadOnlySpan<byte> properties) =>
        Number(properties, "TIMER_OUT_MS"u8) is not ({ } outMs and > 0 and < long.MaxValue / 2) ? 0
        : ((outMs + PrecisionMs) & ~1L) | (MessageProperties.Find(properties, "TIMER_DEL_UNIQKEY"u8).IsEmpty ? 0L : 1L);

    /// <summary>What names a message that is taken back.</summary>
    public static string DeleteKey(string topic, string uniqKey) => $"{topic}+{uniqKey}";

    private static long? After(long nowMs, long? amount, long unitMs)
    {
        if (amount is not { } value || value > long.MaxValue / 2 / unitMs || value < long.MinValue / 2 / unitMs) return null;
        return nowMs + (value * unitMs);
    }

    private static long? Number(ReadOnlySpan<byte> properties, ReadOnlySpan<byte> name)
    {
        var text = MessageProperties.Find(properties, name);
        return Utf8Parser.TryParse(text, out long value, out var used) && used == text.Length ? value : null;
    }
}
