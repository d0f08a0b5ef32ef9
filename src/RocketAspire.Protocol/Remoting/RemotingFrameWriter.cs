using System.Buffers;
using System.Buffers.Binary;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Remoting;

/// <summary>Writes frames; keeps the scratch in which a header is measured. One per connection: not for two threads at once.</summary>
public sealed class RemotingFrameWriter
{
    /// <summary>A scratch that grew beyond this (a huge remark) is given back after use.</summary>
    private const int MaxKeptScratch = 64 * 1024;

    private ArrayBufferWriter<byte> _scratch = new(512);
    private FastJsonWriter _json;

    public RemotingFrameWriter() => _json = new FastJsonWriter(buffer: _scratch);

    /// <summary>Writes one frame and returns its length in bytes.</summary>
    /// <exception cref="RemotingFrameException">The command is larger than <see cref="RemotingFrame.MaxLength"/>; nothing was written.</exception>
    public int Write(IBufferWriter<byte> output, RemotingCommand command)
    {
        _json.Reset();
        // The binary header has 16 bits for the code and the version: what doesn't fit goes as JSON, which every peer reads.
        var type = command.SerializeType == SerializeType.RocketMQ && BinaryHeader.CanCarry(command) ? SerializeType.RocketMQ : SerializeType.Json;
        if (type == SerializeType.RocketMQ) BinaryHeader.Write(_scratch, command);
        else JsonHeader.Write(_json, command);

        var header = _scratch.WrittenSpan;
        var total = sizeof(int) + (long)header.Length + command.Body.Length;
        if (total > RemotingFrame.MaxLength || header.Length > 0xFFFFFF)
            throw new RemotingFrameException($"a frame of {total} bytes is larger than {RemotingFrame.MaxLength}");

        var frame = output.GetSpan(sizeof(int) + (int)total);
        BinaryPrimitives.WriteInt32BigEndian(frame, (int)total);
        BinaryPrimitives.WriteInt32BigEndian(frame[sizeof(int)..], ((int)type << 24) | header.Length);
        header.CopyTo(frame[RemotingFrame.PrefixLength..]);
        command.Body.Span.CopyTo(frame[(RemotingFrame.PrefixLength + header.Length)..]);
        output.Advance(sizeof(int) + (int)total);

        if (_scratch.Capacity > MaxKeptScratch)
        {
            _scratch = new ArrayBufferWriter<byte>(512);
            _json = new FastJsonWriter(buffer: _scratch);
        }

        return sizeof(int) + (int)total;
    }
}
