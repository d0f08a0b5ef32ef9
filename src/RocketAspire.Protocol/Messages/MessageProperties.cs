using System.Text;

namespace RocketAspire.Protocol.Messages;

/// <summary>Names of the standard properties, and their encoding: name U+0001 value U+0002 … in UTF-8.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/message/MessageDecoder.java
/// and MessageConst.java beside it. The last separator is left out when written, and may be there when read.</remarks>
public static class MessageProperties
{
    public const string Keys = "KEYS";
    public const string Tags = "TAGS";
    public const string Wait = "WAIT";
    public const string Delay = "DELAY";
    public const string RetryTopic = "RETRY_TOPIC";
    public const string RealTopic = "REAL_TOPIC";
    public const string RealQueueId = "REAL_QID";
    public const string TransactionPrepared = "TRAN_MSG";
    public const string ProducerGroup = "PGROUP";
    public const string MinOffset = "MIN_OFFSET";
    public const string MaxOffset = "MAX_OFFSET";
    public const string OriginMessageId = "ORIGIN_MESSAGE_ID";
    public const string TransferFlag = "TRANSFER_FLAG";
    public const string CorrectionFlag = "CORRECTION_FLAG";
    public const string ReconsumeTime = "RECONSUME_TIME";
    public const string MsgRegion = "MSG_REGION";
    public const string TraceSwitch = "TRACE_ON";
    public const string UniqKey = "UNIQ_KEY";
    public const string MaxReconsumeTimes = "MAX_RECONSUME_TIMES";
    public const string ConsumeStartTime = "CONSUME_START_TIME";
    public const string TransactionPreparedQueueOffset = "TRAN_PREPARED_QUEUE_OFFSET";
    public const string TransactionCheckTimes = "TRANSACTION_CHECK_TIMES";
    public const string CheckImmunityTimeInSeconds = "CHECK_IMMUNITY_TIME_IN_SECONDS";
    public const string InstanceId = "INSTANCE_ID";
    public const string CorrelationId = "CORRELATION_ID";
    public const string ReplyToClient = "REPLY_TO_CLIENT";
    public const string Ttl = "TTL";
    public const string ArriveTime = "ARRIVE_TIME";
    public const string PushReplyTime = "PUSH_REPLY_TIME";
    public const string Cluster = "CLUSTER";
    public const string MessageType = "MSG_TYPE";
    public const string ShardingKey = "__SHARDINGKEY";
    public const string PopCheckPoint = "POP_CK";
    public const string FirstPopTime = "1ST_POP_TIME";
    public const string TimerDelaySec = "TIMER_DELAY_SEC";
    public const string TimerDeliverMs = "TIMER_DELIVER_MS";
    public const string TimerDelayMs = "TIMER_DELAY_MS";
    public const string TimerOutMs = "TIMER_OUT_MS";
    public const string TimerEnqueueMs = "TIMER_ENQUEUE_MS";
    public const string TimerDequeueMs = "TIMER_DEQUEUE_MS";
    public const string TimerDeleteUniqKey = "TIMER_DEL_UNIQKEY";

    /// <summary>Between several keys in <see cref="Keys"/>.</summary>
    public const char KeySeparator = ' ';

    private const byte NameEnd = 1;
    private const byte PropertyEnd = 2;

    /// <summary>Finds a value without decoding the rest; the last one wins, as in Java's map. Empty: not there.</summary>
    /// <remarks>As at Apache, a property with an empty name or value doesn't count.</remarks>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> encoded, scoped ReadOnlySpan<byte> name)
    {
        var found = ReadOnlySpan<byte>.Empty;
        while (Next(ref encoded, out var n, out var value))
        {
            if (n.SequenceEqual(name)) found = value;
        }

        return found;
    }

    /// <summary>Takes the next property off the front of <paramref name="rest"/>; false at the end.</summary>
    public static bool Next(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf(PropertyEnd);
            var pair = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            var split = pair.IndexOf(NameEnd);
            if (split <= 0 || split == pair.Length - 1) continue;
            name = pair[..split];
            value = pair[(split + 1)..];
            return true;
        }

        name = default;
        value = default;
        return false;
    }

    /// <summary>The value of a property, or null.</summary>
    public static string? Get(ReadOnlySpan<byte> encoded, string name)
    {
        if (encoded.IsEmpty) return null;
        Span<byte> utf8 = stackalloc byte[128];
        var key = Encoding.UTF8.TryGetBytes(name, utf8, out var written) ? utf8[..written] : Encoding.UTF8.GetBytes(name);
        var value = Find(encoded, key);
        return value.IsEmpty ? null : Encoding.UTF8.GetString(value);
    }

    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> encoded)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        while (Next(ref encoded, out var name, out var value)) properties[Encoding.UTF8.GetString(name)] = Encoding.UTF8.GetString(value);
        return properties;
    }

    /// <summary>Writes the properties in the order given. The caller has made sure that none holds U+0001 or U+0002.</summary>
    public static byte[] Encode(IEnumerable<KeyValuePair<string, string>> properties)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in properties)
        {
            if (text.Length > 0) text.Append((char)PropertyEnd);
            text.Append(name).Append((char)NameEnd).Append(value);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The same properties with one set: in its old place when it was there, else at the end.</summary>
    public static byte[] With(ReadOnlySpan<byte> encoded, string name, string value)
    {
        var key = Encoding.UTF8.GetBytes(name);
        byte[] pair = [.. key, NameEnd, .. Encoding.UTF8.GetBytes(value)];
        return Rewrite(encoded, key, pair);
    }

    /// <summary>The same properties without one.</summary>
    public static byte[] Without(ReadOnlySpan<byte> encoded, string name) => Rewrite(encoded, Encoding.UTF8.GetBytes(name), []);

    private static byte[] Rewrite(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> key, ReadOnlySpan<byte> pair)
    {
        var result = new byte[encoded.Length + pair.Length + 2];
        var length = 0;
        var placed = pair.IsEmpty;
        var rest = encoded;
        while (Next(ref rest, out var name, out var value))
        {
            if (!name.SequenceEqual(key))
            {
                if (length > 0) result[length++] = PropertyEnd;
                name.CopyTo(result.AsSpan(length));
                length += name.Length;
                result[length++] = NameEnd;
                value.CopyTo(result.AsSpan(length));
                length += value.Length;
            }
            else if (!placed)
            {
                placed = true;
                Append(result, ref length, pair);
            }
        }

        if (!placed) Append(result, ref length, pair);
        return result.AsSpan(0, length).ToArray();
    }

    private static void Append(byte[] result, ref int length, ReadOnlySpan<byte> pair)
    {
        if (length > 0) result[length++] = PropertyEnd;
        pair.CopyTo(result.AsSpan(length));
        length += pair.Length;
    }
}
