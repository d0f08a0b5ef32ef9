using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace RocketAspire.Protocol.Messages;

/// <summary>Bytes of a message as the commit log and the bodies of pull answers hold them.</summary>
/// <remarks>Layout: see <see cref="MessageRecordView"/>. Topics over 127 bytes take V2, all others V1, as at Apache.</remarks>
public static class MessageRecordCodec
{
    public const int MagicV1 = -626843481;
    public const int MagicV2 = -626843477;

    /// <summary>Of the record that fills the end of a commit log file.</summary>
    public const int BlankMagic = -875286124;

    public const int MaxTopicBytes = short.MaxValue;
    public const int MaxPropertiesBytes = short.MaxValue;

    /// <summary>Bytes that <see cref="Encode"/> will write.</summary>
    public static int Measure(MessageRecord r) => checked(Measure(r, Encoding.UTF8.GetByteCount(r.Topic)));

    /// <summary>Writes the record and sets its <see cref="MessageRecord.TotalSize"/>; answers the bytes written.</summary>
    /// <remarks>The two IPv6 bits of sysFlag are set from the addresses; IPv4 mapped into IPv6 is written as IPv4.</remarks>
    /// <exception cref="ArgumentException">Topic over 32,767 bytes, properties over 32,767 bytes, or destination too short.</exception>
    public static int Encode(MessageRecord r, Span<byte> destination)
    {
        var topicLength = Encoding.UTF8.GetByteCount(r.Topic);
        if (topicLength > MaxTopicBytes) throw new ArgumentException($"A topic takes at most {MaxTopicBytes} bytes, not {topicLength}.", nameof(r));
        if (r.Properties.Length > MaxPropertiesBytes) throw new ArgumentException($"Properties take at most {MaxPropertiesBytes} bytes, not {r.Properties.Length}.", nameof(r));
        var size = Measure(r, topicLength);
        if (destination.Length < size) throw new ArgumentException($"The record takes {size} bytes, {destination.Length} were given.", nameof(destination));
        r.TotalSize = size;
        r.SysFlag = SysFlagOf(r);
        var v1 = topicLength <= sbyte.MaxValue;
        var w = new SpanWriter(destination);
        w.Int32(size);
        w.Int32(v1 ? MagicV1 : MagicV2);
        w.Int32(MessageRecordView.CrcOf(r.Body.Span));
        w.Int32(r.QueueId);
        w.Int32(r.Flag);
        w.Int64(r.QueueOffset);
        w.Int64(r.PhysicalOffset);
        w.Int32(r.SysFlag);
        w.Int64(r.BornTimestamp);
        w.Host(r.BornHost);
        w.Int64(r.StoreTimestamp);
        w.Host(r.StoreHost);
        w.Int32(r.ReconsumeTimes);
        w.Int64(r.PreparedTransactionOffset);
        w.Int32(r.Body.Length);
        w.Bytes(r.Body.Span);
        if (v1) w.Byte((byte)topicLength);
        else w.Int16((short)topicLength);
        w.Utf8(r.Topic);
        w.Int16((short)r.Properties.Length);
        w.Bytes(r.Properties.Span);
        return size;
    }

    /// <summary>Reads the record at the start of <paramref name="source"/>. False: not a whole record, or (when asked) a wrong CRC.</summary>
    /// <param name="source">Bytes from a record's boundary on; what follows the record is ignored.</param>
    /// <param name="record">The record; its memory is its own.</param>
    /// <param name="checkCrc">A body that doesn't match its CRC answers false.</param>
    /// <param name="copyBody">False leaves <see cref="MessageRecord.Body"/> empty, for those who only look at the head.</param>
    public static bool TryDecode(ReadOnlySpan<byte> source, out MessageRecord? record, bool checkCrc = true, bool copyBody = true)
    {
        record = null;
        if (MessageRecordView.Read(source, int.MaxValue, out _, out var view) != RecordStatus.Ok) return false;
        if (checkCrc && !view.HasGoodCrc) return false;
        record = ToRecord(view, copyBody);
        return true;
    }

    /// <summary>All records of a pull's answer, in order; ends at the first byte that is no record.</summary>
    public static List<MessageRecord> DecodeAll(ReadOnlyMemory<byte> body)
    {
        var records = new List<MessageRecord>();
        while (TryDecode(body.Span, out var record))
        {
            records.Add(record!);
            body = body[record!.TotalSize..];
        }

        return records;
    }

    public static MessageRecord ToRecord(MessageRecordView view, bool copyBody = true) => new()
    {
        Topic = Encoding.UTF8.GetString(view.Topic),
        QueueId = view.QueueId,
        Flag = view.Flag,
        QueueOffset = view.QueueOffset,
        PhysicalOffset = view.PhysicalOffset,
        SysFlag = view.SysFlag,
        BornTimestamp = view.BornTimestamp,
        BornHost = view.BornHost,
        StoreTimestamp = view.StoreTimestamp,
        StoreHost = view.StoreHost,
        ReconsumeTimes = view.ReconsumeTimes,
        PreparedTransactionOffset = view.PreparedTransactionOffset,
        Body = copyBody ? view.Body.ToArray() : default(ReadOnlyMemory<byte>),
        Properties = view.Properties.ToArray(),
        BodyCrc = view.BodyCrc,
        TotalSize = view.TotalSize,
    };

    private static int Measure(MessageRecord r, int topicLength) => checked(
        MessageRecordView.MinSize
        + (IsV6(r.BornHost) ? 12 : 0) + (IsV6(r.StoreHost) ? 12 : 0)
        + r.Body.Length
        + topicLength + (topicLength > sbyte.MaxValue ? 1 : 0)
        + r.Properties.Length);

    private static int SysFlagOf(MessageRecord r) =>
        (r.SysFlag & ~(MessageSysFlag.BornHostV6 | MessageSysFlag.StoreHostV6))
        | (IsV6(r.BornHost) ? MessageSysFlag.BornHostV6 : 0)
        | (IsV6(r.StoreHost) ? MessageSysFlag.StoreHostV6 : 0);

    private static bool IsV6(IPEndPoint host)
    {
        Span<byte> address = stackalloc byte[16];
        return host.Address.TryWriteBytes(address, out var length) && length == 16 && !host.Address.IsIPv4MappedToIPv6;
    }

    private ref struct SpanWriter(Span<byte> rest)
    {
        private Span<byte> _rest = rest;

        public void Byte(byte value)
        {
            _rest[0] = value;
            _rest = _rest[1..];
        }

        public void Int16(short value)
        {
            BinaryPrimitives.WriteInt16BigEndian(_rest, value);
            _rest = _rest[2..];
        }

        public void Int32(int value)
        {
            BinaryPrimitives.WriteInt32BigEndian(_rest, value);
            _rest = _rest[4..];
        }

        public void Int64(long value)
        {
            BinaryPrimitives.WriteInt64BigEndian(_rest, value);
            _rest = _rest[8..];
        }

        public void Bytes(ReadOnlySpan<byte> value)
        {
            value.CopyTo(_rest);
            _rest = _rest[value.Length..];
        }

        public void Utf8(string value) => _rest = _rest[Encoding.UTF8.GetBytes(value, _rest)..];

        public void Host(IPEndPoint host)
        {
            if (host.Address.IsIPv4MappedToIPv6) host.Address.GetAddressBytes().AsSpan(12).CopyTo(_rest);
            else host.Address.TryWriteBytes(_rest, out _);
            _rest = _rest[(IsV6(host) ? 16 : 4)..];
            Int32(host.Port);
        }
    }
}
