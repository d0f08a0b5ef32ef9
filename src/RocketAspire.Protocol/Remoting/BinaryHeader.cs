using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RocketAspire.Protocol.Remoting;

/// <summary>The ROCKETMQ binary header.</summary>
/// <remarks>
/// Layout, big-endian:
/// <code>
/// | int16 code | int8 language | int16 version | int32 opaque | int32 flag |
/// | int32 n, remark n bytes | int32 m, m bytes of { int16 k, key k bytes, int32 v, value v bytes }* |
/// </code>
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/RocketMQSerializable.java
/// </remarks>
internal static class BinaryHeader
{
    private const int FixedLength = 2 + 1 + 2 + 4 + 4 + 4 + 4;

    /// <summary>Code and version are 16 bits here; keys too.</summary>
    public static bool CanCarry(RemotingCommand command)
    {
        if (command.Code is < short.MinValue or > short.MaxValue || command.Version is < short.MinValue or > short.MaxValue) return false;
        foreach (var (key, _) in command.ExtFields.AsSpan())
        {
            // Three bytes a char is UTF-8's worst.
            if (key.Length > short.MaxValue / 3) return false;
        }

        return true;
    }

    public static RemotingCommand Read(ReadOnlySpan<byte> header)
    {
        if (header.Length < 13) throw Bad($"{header.Length} bytes are too few", null, 0);
        var code = BinaryPrimitives.ReadInt16BigEndian(header);
        var language = header[2];
        var version = BinaryPrimitives.ReadInt16BigEndian(header[3..]);
        var opaque = BinaryPrimitives.ReadInt32BigEndian(header[5..]);
        var flag = BinaryPrimitives.ReadInt32BigEndian(header[9..]);
        if (header.Length < FixedLength) throw Bad($"{header.Length} bytes are too few", opaque, flag);

        var rest = header[13..];
        var remark = TakeInt32Prefixed(ref rest, "remark", opaque, flag);
        var extLength = rest.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32BigEndian(rest);
        if (extLength < 0 || extLength > rest.Length - sizeof(int)) throw Bad($"extFields of {extLength} bytes", opaque, flag);

        var fields = new ExtFields();
        rest = rest.Slice(sizeof(int), extLength);
        while (!rest.IsEmpty)
        {
            var keyLength = rest.Length < sizeof(short) ? -1 : BinaryPrimitives.ReadInt16BigEndian(rest);
            if (keyLength < 0 || keyLength > rest.Length - sizeof(short)) throw Bad($"a key of {keyLength} bytes", opaque, flag);
            var key = KnownExtKeys.Intern(rest.Slice(sizeof(short), keyLength));
            rest = rest[(sizeof(short) + keyLength)..];
            var value = TakeInt32Prefixed(ref rest, "a value", opaque, flag);
            // A hostile header with very many fields would make the linear look-up quadratic.
            if (fields.Count >= JsonHeader.MaxExtFields) throw Bad($"more than {JsonHeader.MaxExtFields} extFields", opaque, flag);
            if (key.Length > 0) fields.Add(key, Encoding.UTF8.GetString(value));
        }

        return new RemotingCommand
        {
            Code = code,
            Language = LanguageNames.FromCode(language),
            Version = version,
            Opaque = opaque,
            Flag = flag,
            Remark = remark.IsEmpty ? null : Encoding.UTF8.GetString(remark),
            ExtFields = fields,
            SerializeType = SerializeType.RocketMQ,
        };
    }

    public static void Write(IBufferWriter<byte> output, RemotingCommand command)
    {
        var remarkLength = command.Remark is { } remark ? Encoding.UTF8.GetByteCount(remark) : 0;
        var extLength = 0;
        foreach (var (key, value) in command.ExtFields.AsSpan())
            extLength = checked(extLength + sizeof(short) + Encoding.UTF8.GetByteCount(key) + sizeof(int) + Encoding.UTF8.GetByteCount(value));

        var length = checked(FixedLength + remarkLength + extLength);
        var span = output.GetSpan(length);
        BinaryPrimitives.WriteInt16BigEndian(span, (short)command.Code);
        span[2] = (byte)command.Language;
        BinaryPrimitives.WriteInt16BigEndian(span[3..], (short)command.Version);
        BinaryPrimitives.WriteInt32BigEndian(span[5..], command.Opaque);
        BinaryPrimitives.WriteInt32BigEndian(span[9..], command.Flag);
        BinaryPrimitives.WriteInt32BigEndian(span[13..], remarkLength);
        if (remarkLength > 0) Encoding.UTF8.GetBytes(command.Remark, span[17..]);
        var at = 17 + remarkLength;
        BinaryPrimitives.WriteInt32BigEndian(span[at..], extLength);
        at += sizeof(int);
        foreach (var (key, value) in command.ExtFields.AsSpan())
        {
            var keyLength = Encoding.UTF8.GetBytes(key, span[(at + sizeof(short))..]);
            BinaryPrimitives.WriteInt16BigEndian(span[at..], (short)keyLength);
            at += sizeof(short) + keyLength;
            var valueLength = Encoding.UTF8.GetBytes(value, span[(at + sizeof(int))..]);
            BinaryPrimitives.WriteInt32BigEndian(span[at..], valueLength);
            at += sizeof(int) + valueLength;
        }

        output.Advance(length);
    }

    private static ReadOnlySpan<byte> TakeInt32Prefixed(ref ReadOnlySpan<byte> rest, string what, int opaque, int flag)
    {
        var length = rest.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32BigEndian(rest);
        if (length < 0 || length > rest.Length - sizeof(int)) throw Bad($"{what} of {length} bytes", opaque, flag);
        var taken = rest.Slice(sizeof(int), length);
        rest = rest[(sizeof(int) + length)..];
        return taken;
    }

    private static RemotingHeaderException Bad(string what, int? opaque, int flag) =>
        new($"{what} in a binary header", opaque, flag, SerializeType.RocketMQ);
}
