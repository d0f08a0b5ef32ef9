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
    public static bool TryRead(ref ReadOnlySpan<byte> buffer, [NotNullWhen(true)] out RemotingCommand? command)
    {
        command = null;
        if (!TryMeasure(buffer, buffer.Length, out var frameLength, out var headerLength)) return false;

        var frame = buffer[..frameLength];
        buffer = buffer[frameLength..];
        command = ReadHeader(frame[sizeof(int)], frame.Slice(PrefixLength, headerLength));
        if (frame.Length > PrefixLength + headerLength) command.Body = frame[(PrefixLength + headerLength)..].ToArray();
        return true;
    }

    /// <summary>As the other, for bytes that lie in several pieces.</summary>
    /// <exception cref="RemotingFrameException">A length is outside its limits: the connection must be closed.</exception>
    /// <exception cref="RemotingHeaderException">The header can't be read; the buffer is past the frame already.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, [NotNullWhen(true)] out RemotingCommand? command)
    {
        command = null;
        Span<byte> prefix = stackalloc byte[PrefixLength];
        var known = (int)Math.Min(buffer.Length, PrefixLength);
        buffer.Slice(0, known).CopyTo(prefix);
        if (!TryMeasure(prefix[..known], buffer.Length, out var frameLength, out _)) return false;

        var frame = buffer.Slice(0, frameLength);
        buffer = buffer.Slice(frameLength);
        if (frame.IsSingleSegment)
        {
            var span = frame.FirstSpan;
            return TryRead(ref span, out command);
        }

        var rented = ArrayPool<byte>.Shared.Rent(frameLength);
        try
        {
            frame.CopyTo(rented);
            ReadOnlySpan<byte> span = rented.AsSpan(0, frameLength);
            return TryRead(ref span, out command);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Checks the lengths as soon as they are there; true when the whole frame is.</summary>
    private static bool TryMeasure(ReadOnlySpan<byte> prefix, long available, out int frameLength, out int headerLength)
    {
        frameLength = headerLength = 0;
        if (prefix.Length < sizeof(int)) return false;
        var totalLength = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (totalLength is < sizeof(int) or > MaxLength)
            throw new RemotingFrameException($"a frame of {totalLength} bytes is outside 4..{MaxLength}");
        if (prefix.Length < PrefixLength) return false;

        headerLength = BinaryPrimitives.ReadInt32BigEndian(prefix[sizeof(int)..]) & 0xFFFFFF;
        if (headerLength > totalLength - sizeof(int))
            throw new RemotingFrameException($"a header of {headerLength} bytes does not fit into a frame of {totalLength}");
        frameLength = sizeof(int) + totalLength;
        return available >= frameLength;
    }

    private static RemotingCommand ReadHeader(byte serializeType, ReadOnlySpan<byte> header) => serializeType switch
    {
        (byte)SerializeType.Json => JsonHeader.Read(header),
        (byte)SerializeType.RocketMQ => BinaryHeader.Read(header),
        _ => throw new RemotingHeaderException($"serialize type {serializeType} is unknown"),
    };
}
