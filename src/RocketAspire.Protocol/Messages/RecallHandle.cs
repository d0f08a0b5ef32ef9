using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace RocketAspire.Protocol.Messages;

/// <summary>By what a timed message can be taken back: told to its producer in the answer to the send. URL-safe Base64 of "v1 topic broker time id".</summary>
/// <param name="Topic">The message's own topic.</param>
/// <param name="BrokerName">The group of brokers that holds it.</param>
/// <param name="Timestamp">A Unix millisecond within the second before it comes.</param>
/// <param name="MessageId">Its UNIQ_KEY.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.2/common/src/main/java/org/apache/rocketmq/common/producer/RecallMessageHandle.java</remarks>
public sealed record RecallHandle(string Topic, string BrokerName, long Timestamp, string MessageId)
{
    private const string Version = "v1";

    public static bool TryParse(string text, [NotNullWhen(true)] out RecallHandle? handle)
    {
        handle = null;
        if (!Base64Url.IsValid(text)) return false;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ');
        // They become properties of a record, whose separators are control characters.
        if (parts.Length < 5 || parts[0] != Version || Array.Exists(parts, static part => part.AsSpan().ContainsAnyInRange('\0', '\u001f'))) return false;
        if (!long.TryParse(parts[3], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var timestamp)) timestamp = -1;
        handle = new(parts[1], parts[2], timestamp, parts[4]);
        return true;
    }

    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Version} {Topic} {BrokerName} {Timestamp} {MessageId}");

        // Java's encoder fills up with =.
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).Replace('+', '-').Replace('/', '_');
    }
}
