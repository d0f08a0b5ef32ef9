using System.Buffers.Binary;

namespace RocketAspire.Protocol.Messages;

/// <summary>One message of a batch as the producer wrote it.</summary>
public readonly record struct BatchMessage(int Flag, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Properties);

/// <summary>Body of SEND_BATCH_MESSAGE: messages one after the other.</summary>
/// <remarks>
/// <code>
/// 0 int32 totalSize  4 int32 magic (0)  8 int32 crc (0)  12 int32 flag  16 int32 bodyLength + body  . int16 propertiesLength + properties
/// </code>
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/message/MessageDecoder.java
/// </remarks>
public static class BatchMessageCodec
{
    private const int HeadSize = 20;

    /// <summary>Reads all messages; bodies and properties stay slices of <paramref name="body"/>. False: the lengths don't add up, or there is no message.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="maxMessages">More messages than this answer false.</param>
    /// <param name="messages">What was read.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> body, int maxMessages, out List<BatchMessage> messages)
    {
        messages = [];
        while (!body.IsEmpty)
        {
            var head = body.Span;
            if (head.Length < HeadSize + 2 || messages.Count == maxMessages) return false;
            // totalSize is what the client computed; Apache goes by the inner lengths, and so do we, but they must agree.
            var total = BinaryPrimitives.ReadInt32BigEndian(head);
            var flag = BinaryPrimitives.ReadInt32BigEndian(head[12..]);
            var bodyLength = BinaryPrimitives.ReadInt32BigEndian(head[16..]);
            if (bodyLength < 0 || bodyLength > head.Length - HeadSize - 2) return false;
            var propertiesLength = BinaryPrimitives.ReadInt16BigEndian(head[(HeadSize + bodyLength)..]);
            var size = HeadSize + bodyLength + 2 + propertiesLength;
            if (propertiesLength < 0 || size > head.Length || total != size) return false;
            messages.Add(new BatchMessage(flag, body.Slice(HeadSize, bodyLength), body.Slice(HeadSize + bodyLength + 2, propertiesLength)));
            body = body[size..];
        }

        return messages.Count > 0;
    }

    /// <summary>Writes messages as a producer does.</summary>
    /// <exception cref="ArgumentException">Properties over 32,767 bytes.</exception>
    public static byte[] Encode(IReadOnlyList<BatchMessage> messages)
    {
        var size = 0;
        foreach (var m in messages) size = checked(size + HeadSize + m.Body.Length + 2 + m.Properties.Length);
        var result = new byte[size];
        var rest = result.AsSpan();
        foreach (var m in messages)
        {
            if (m.Properties.Length > short.MaxValue) throw new ArgumentException($"Properties take at most {short.MaxValue} bytes, not {m.Properties.Length}.", nameof(messages));
            var total = HeadSize + m.Body.Length + 2 + m.Properties.Length;
            BinaryPrimitives.WriteInt32BigEndian(rest, total);
            BinaryPrimitives.WriteInt32BigEndian(rest[12..], m.Flag);
            BinaryPrimitives.WriteInt32BigEndian(rest[16..], m.Body.Length);
            m.Body.Span.CopyTo(rest[HeadSize..]);
            BinaryPrimitives.WriteInt16BigEndian(rest[(HeadSize + m.Body.Length)..], (short)m.Properties.Length);
            m.Properties.Span.CopyTo(rest[(HeadSize + m.Body.Length + 2)..]);
            rest = rest[total..];
        }

        return result;
    }
}
