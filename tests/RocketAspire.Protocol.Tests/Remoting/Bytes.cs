using System.Buffers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Protocol.Tests.Remoting;

internal static class Bytes
{
    public static byte[] Encode(RemotingCommand command)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var length = new RemotingFrameWriter().Write(buffer, command);
        Assert.Equal(buffer.WrittenCount, length);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A whole frame, which must be all there is.</summary>
    public static RemotingCommand Decode(byte[] frame)
    {
        var buffer = new ReadOnlySequence<byte>(frame);
        Assert.True(RemotingFrame.TryRead(ref buffer, out var command));
        Assert.True(buffer.IsEmpty);
        return command;
    }

    /// <summary>A frame around a header and a body.</summary>
    public static byte[] Frame(byte type, byte[] header, params byte[] body)
    {
        var total = 4 + header.Length + body.Length;
        return
        [
            (byte)(total >> 24), (byte)(total >> 16), (byte)(total >> 8), (byte)total,
            type, (byte)(header.Length >> 16), (byte)(header.Length >> 8), (byte)header.Length,
            .. header, .. body,
        ];
    }

    /// <summary>The bytes as a chain of segments that end at the given places.</summary>
    public static ReadOnlySequence<byte> Split(byte[] bytes, params int[] at)
    {
        Segment? first = null;
        Segment? last = null;
        var start = 0;
        foreach (var end in at.Append(bytes.Length))
        {
            last = new Segment(bytes.AsMemory(start, end - start), last);
            first ??= last;
            start = end;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is null) return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
