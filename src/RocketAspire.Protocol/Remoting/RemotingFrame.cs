using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace RocketAspire.Protocol.Remoting;

/// <summary>Cuts commands out of a byte stream.</summary>
/// <remarks>
/// Layout, big-endian:
/// <code>
/// | int32 totalLength | int8 serializeType | int24 headerLength | header | body |
///   counts everything after itself            0 = JSON, 1 = ROCKETMQ binary
/// </code>
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/RemotingCommand.java
/// and https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/remoting/src/main/java/org/apache/rocketmq/remoting/netty/NettyDecoder.java
/// </remarks>
public static class RemotingFrame
{
    /// <summary>Largest frame in bytes, the leading length included or not: the peer's decoder allows this much.</summary>
    public const int MaxLength = 16_777_216;

    /// <summary>totalLength and the word that follows it.</summary>
    internal const int PrefixLength = 8;

    /// <summary>
    /// Takes one command off the front of <paramref name="buffer"/>. False: more bytes are needed, the buffer is as it was.
    /// Nothing is allocated before the whole frame has arrived; the body is copied out.
    /// </summary>
    /// <exception cref="RemotingFrameException">A length is outside its limits: the connection must be closed.</exception>
    /// <exception cref="RemotingHeaderException">The header can't be read; the buffer is past the frame already.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, [NotNullWhen(true)] out RemotingCommand? command)
    {
        command = null;
        if (buffer.Length < sizeof(int)) return false;

        Span<byte> prefix = stackalloc byte[PrefixLength];
        var known = (int)Math.Min(buffer.Length, PrefixLength);
        buffer.Slice(0, known).CopyTo(prefix);
        var totalLength = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (totalLength is < sizeof(int) or > MaxLength)
            throw new RemotingFrameException($"a frame of {totalLength} bytes is outside 4..{MaxLength}");
        if (known < PrefixLength) return false;

        var word = BinaryPrimitives.ReadInt32BigEndian(prefix[sizeof(int)..]);
        var headerLength = word & 0xFFFFFF;
        if (headerLength > totalLength - sizeof(int))
            throw new RemotingFrameException($"a header of {headerLength} bytes does not fit into a frame of {totalLength}");
        if (buffer.Length < sizeof(int) + (long)totalLength) return false;

        var header = buffer.Slice(PrefixLength, headerLength);
        var body = buffer.Slice(PrefixLength + headerLength, totalLength - sizeof(int) - headerLength);
        buffer = buffer.Slice(sizeof(int) + (long)totalLength);
        command = ReadHeader((byte)(word >>> 24), header);
        if (!body.IsEmpty) command.Body = body.ToArray();
        return true;
    }

    private static RemotingCommand ReadHeader(byte serializeType, in ReadOnlySequence<byte> header)
    {
        if (header.IsSingleSegment) return ReadHeader(serializeType, header.FirstSpan);

        var length = (int)header.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            header.CopyTo(rented);
            return ReadHeader(serializeType, rented.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static RemotingCommand ReadHeader(byte serializeType, ReadOnlySpan<byte> header) => serializeType switch
    {
        (byte)SerializeType.Json => JsonHeader.Read(header),
        (byte)SerializeType.RocketMQ => BinaryHeader.Read(header),
        _ => throw new RemotingHeaderException($"serialize type {serializeType} is unknown"),
    };
}
