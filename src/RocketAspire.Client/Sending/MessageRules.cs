using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>What a message may be, and its properties on the wire.</summary>
internal static class MessageRules
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        MessageProperties.Keys, MessageProperties.Tags, MessageProperties.Wait, MessageProperties.Delay, MessageProperties.UniqKey,
        MessageProperties.TransactionPrepared, MessageProperties.ProducerGroup, MessageProperties.RealTopic, MessageProperties.RealQueueId,
        MessageProperties.RetryTopic, MessageProperties.OriginMessageId, MessageProperties.ReconsumeTime, MessageProperties.MaxReconsumeTimes,
        MessageProperties.CorrelationId, MessageProperties.ReplyToClient, MessageProperties.Ttl, MessageProperties.MessageType, MessageProperties.Cluster,
        MessageProperties.TimerDelayMs, MessageProperties.TimerDelaySec, MessageProperties.TimerDeliverMs, MessageProperties.TimerOutMs, MessageProperties.ShardingKey,
    };

    /// <exception cref="ArgumentException">No broker takes such a message.</exception>
    public static void Check(RocketMQMessage message, int maxBytes)
    {
        if (TopicNames.WhyInvalidTopic(message.Topic) is { } reason) throw new ArgumentException(reason, nameof(message));
        if (message.Body.IsEmpty) throw new ArgumentException("a message needs a body of at least one byte", nameof(message));
        if (message.Body.Length > maxBytes) throw new ArgumentException($"a body of {message.Body.Length} bytes is larger than {maxBytes}", nameof(message));
    }

    /// <summary>As <see cref="Check"/>, and what a producer won't send in its user's name.</summary>
    /// <exception cref="ArgumentException">No broker takes such a message, or it says what only clients may say.</exception>
    public static void CheckForProducer(RocketMQMessage message, int maxBytes)
    {
        Check(message, maxBytes);
        if (TopicNames.IsSendForbidden(message.Topic)) throw new ArgumentException($"nobody may send to the system topic {message.Topic}", nameof(message));
        foreach (var name in message.Properties.Keys)
        {
            if (Reserved.Contains(name)) throw new ArgumentException($"the property {name} is the client's own: use the message's properties of that meaning (Tag, Keys, DelayLevel, …)", nameof(message));
        }

        foreach (var key in message.Keys)
        {
            if (key.Contains(MessageProperties.KeySeparator, StringComparison.Ordinal)) throw new ArgumentException($"the key '{key}' holds a blank, which stands between keys", nameof(message));
        }

        var delays = (message.DelayLevel is null ? 0 : 1) + (message.DeliverAt is null ? 0 : 1) + (message.DeliverAfter is null ? 0 : 1);
        if (delays > 1) throw new ArgumentException("a message is delayed by DelayLevel, DeliverAt or DeliverAfter, not by several of them", nameof(message));
    }

    /// <summary>The properties in the order in which they are written.</summary>
    /// <exception cref="ArgumentException">One is empty or holds a separator.</exception>
    public static IEnumerable<KeyValuePair<string, string>> PropertiesOf(RocketMQMessage message, string id)
    {
        foreach (var pair in message.Properties)
        {
            if (pair.Key.Length == 0 || HasSeparator(pair.Key) || HasSeparator(pair.Value))
                throw new ArgumentException($"property '{pair.Key}' is empty or holds a separator (U+0001, U+0002)", nameof(message));
            yield return pair;
        }

        if (message.Keys.Count > 0) yield return new(MessageProperties.Keys, Sound(string.Join(MessageProperties.KeySeparator, message.Keys)));
        yield return new(MessageProperties.UniqKey, id);
        yield return new(MessageProperties.Wait, message.WaitUntilStored ? "true" : "false");
        if (message.Tag is { } tag) yield return new(MessageProperties.Tags, Sound(tag));
        if (message.ShardingKey is { } key) yield return new(MessageProperties.ShardingKey, Sound(key));
        if (message.DelayLevel is { } level) yield return new(MessageProperties.Delay, level.ToString(CultureInfo.InvariantCulture));
        if (message.DeliverAt is { } at) yield return new(MessageProperties.TimerDeliverMs, at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        if (message.DeliverAfter is { } after) yield return new(MessageProperties.TimerDelayMs, ((long)after.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Properties as they stand in a header.</summary>
    /// <exception cref="ArgumentException">More than 32,767 bytes.</exception>
    public static string Text(List<KeyValuePair<string, string>> properties)
    {
        var length = 0;
        foreach (var (name, value) in properties) length += name.Length + value.Length + 2;
        var text = new StringBuilder(length);
        foreach (var (name, value) in properties)
        {
            if (text.Length > 0) text.Append('\u0002');
            text.Append(name).Append('\u0001').Append(value);
        }

        var result = text.ToString();
        if (result.Length * 3 > MessageRecordCodec.MaxPropertiesBytes && Encoding.UTF8.GetByteCount(result) is var bytes and > MessageRecordCodec.MaxPropertiesBytes)
            throw new ArgumentException($"the message's properties take {bytes} bytes, more than {MessageRecordCodec.MaxPropertiesBytes}");
        return result;
    }

    private static string Sound(string value) =>
        HasSeparator(value) ? throw new ArgumentException($"'{value}' holds a separator (U+0001, U+0002)") : value;

    private static bool HasSeparator(string text) => text.AsSpan().IndexOfAny('\u0001', '\u0002') >= 0;
}
