using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using RocketAspire.Protocol.Messages;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>A broker's message as a client gets it.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/common/GrpcConverter.java</remarks>
internal static class IncomingMessage
{
    private const int MaxInflatedBytes = 32 * 1024 * 1024;

    /// <param name="topic">As the client knows it.</param>
    /// <param name="record">The message.</param>
    /// <param name="receiptHandle">Null: the message was not popped.</param>
    /// <param name="attempt">The number of this delivery, from 1.</param>
    /// <param name="time">The clock.</param>
    public static Message Create(string topic, MessageRecord record, string? receiptHandle, int attempt, TimeProvider time)
    {
        var properties = MessageProperties.Parse(record.Properties.Span);
        var (body, encoding) = BodyOf(record);
        var message = new Message { Topic = new Resource { Name = topic }, Body = UnsafeByteOperations.UnsafeWrap(body), SystemProperties = SystemOf(record, properties, time) };
        var system = message.SystemProperties;
        system.BodyEncoding = encoding;
        system.BodyDigest = new Digest { Type = DigestType.Md5, Checksum = Convert.ToHexString(MD5.HashData(body.Span)) };
        system.DeliveryAttempt = attempt;
        if (receiptHandle is not null) system.ReceiptHandle = receiptHandle;
        foreach (var (name, value) in properties)
            if (!ReservedProperties.Contains(name)) message.UserProperties[name] = value;
        return message;
    }

    private static SystemProperties SystemOf(MessageRecord record, Dictionary<string, string> properties, TimeProvider time)
    {
        var system = new SystemProperties
        {
            MessageId = properties.GetValueOrDefault(MessageProperties.UniqKey) ?? MessageId.Create(record.StoreHost, record.PhysicalOffset),
            MessageType = TypeOf(properties),
            BornTimestamp = At(record.BornTimestamp),
            BornHost = properties.GetValueOrDefault(ReservedProperties.BornHost) ?? record.BornHost.Address.ToString(),
            StoreTimestamp = At(record.StoreTimestamp),
            StoreHost = record.StoreHost.ToString(),
            QueueId = record.QueueId,
            QueueOffset = record.QueueOffset,
        };
        if (properties.TryGetValue(MessageProperties.Tags, out var tag)) system.Tag = tag;
        if (properties.TryGetValue(MessageProperties.Keys, out var keys)) system.Keys.Add(keys.Split(MessageProperties.KeySeparator));
        if (properties.TryGetValue(MessageProperties.ShardingKey, out var group)) system.MessageGroup = group;
        if (properties.TryGetValue(ReservedProperties.TraceContext, out var trace)) system.TraceContext = trace;
        if (Number(properties, MessageProperties.TimerDelaySec) is { } seconds) system.DeliveryTimestamp = At(time.GetUtcNow().ToUnixTimeMilliseconds() + (seconds * 1000));
        else if (Number(properties, MessageProperties.TimerDeliverMs) is { } deliverMs) system.DeliveryTimestamp = At(deliverMs);
        if (properties.TryGetValue(ReservedProperties.DeadLetterOriginTopic, out var origin) && properties.TryGetValue(ReservedProperties.DeadLetterOriginMessageId, out var id))
            system.DeadLetterQueue = new DeadLetterQueue { Topic = origin, MessageId = id };
        return system;
    }

    private static MessageType TypeOf(Dictionary<string, string> properties)
    {
        if (properties.GetValueOrDefault(MessageProperties.TransactionPrepared) == "true") return MessageType.Transaction;
        if (properties.ContainsKey(MessageProperties.Delay) || properties.ContainsKey(MessageProperties.TimerDeliverMs) || properties.ContainsKey(MessageProperties.TimerDelaySec))
            return MessageType.Delay;
        return properties.ContainsKey(MessageProperties.ShardingKey) ? MessageType.Fifo : MessageType.Normal;
    }

    /// <summary>Producers of 4.x compress by zlib, which clients of 5.x would take for gzip and fail: such a body is inflated here.</summary>
    private static (ReadOnlyMemory<byte> Body, V2.Encoding Encoding) BodyOf(MessageRecord record)
    {
        if ((record.SysFlag & MessageSysFlag.Compressed) == 0) return (record.Body, V2.Encoding.Identity);
        var body = record.Body.Span;
        if (body.Length < 2 || body[0] != 0x78) return (record.Body, V2.Encoding.Gzip);
        try
        {
            using var source = new ZLibStream(new MemoryStream(record.Body.ToArray()), CompressionMode.Decompress);
            var inflated = new MemoryStream();
            var part = new byte[16 * 1024];
            while (source.Read(part) is > 0 and var count)
            {
                if (inflated.Length + count > MaxInflatedBytes) return (record.Body, V2.Encoding.Gzip);
                inflated.Write(part, 0, count);
            }

            return (inflated.ToArray(), V2.Encoding.Identity);
        }
        catch (InvalidDataException)
        {
            return (record.Body, V2.Encoding.Gzip);
        }
    }

    private static long? Number(Dictionary<string, string> properties, string name) =>
        properties.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static Timestamp At(long unixMs)
    {
        var seconds = Math.DivRem(unixMs, 1000, out var rest);
        if (rest < 0)
        {
            seconds--;
            rest += 1000;
        }

        return new Timestamp { Seconds = seconds, Nanos = (int)rest * 1_000_000 };
    }
}
