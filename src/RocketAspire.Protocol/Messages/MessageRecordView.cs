using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;

namespace RocketAspire.Protocol.Messages;

/// <summary>What the bytes at a place of the commit log are.</summary>
public enum RecordStatus
{
    /// <summary>A whole record whose inner lengths add up.</summary>
    Ok,

    /// <summary>The first 8 bytes of a blank record, which fills the rest of its file. Its size is told, its bytes may lack.</summary>
    Blank,

    /// <summary>It may become a record when more bytes come; the size is told once 4 bytes are there, else 0.</summary>
    Incomplete,

    /// <summary>No record: zeros, a foreign magic number, or lengths that can't be.</summary>
    Broken,
}

/// <summary>A record read in place, nothing copied: what the log's own scans use.</summary>
/// <remarks>
/// Layout, big-endian (H is 8 bytes, address and port, or 20 on IPv6, by two bits of sysFlag):
/// <code>
///  0 int32 totalSize      4 int32 magic          8 int32 bodyCrc       12 int32 queueId      16 int32 flag
/// 20 int64 queueOffset   28 int64 physicalOffset 36 int32 sysFlag      40 int64 bornTimestamp
/// 48 H     bornHost       . int64 storeTimestamp  . H     storeHost     . int32 reconsumeTimes
///  . int64 preparedTransactionOffset              . int32 bodyLength + body
///  . int8 (V1) or int16 (V2) topicLength + topic  . int16 propertiesLength + properties
/// </code>
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/CommitLog.java
/// and, for V2, https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/common/src/main/java/org/apache/rocketmq/common/message/MessageVersion.java
/// </remarks>
public readonly ref struct MessageRecordView
{
    public const int QueueIdPosition = 12;
    public const int QueueOffsetPosition = 20;
    public const int PhysicalOffsetPosition = 28;
    public const int SysFlagPosition = 36;
    public const int BornHostPosition = 48;

    /// <summary>Bytes of a record with IPv4 hosts and nothing in it: the least that a record can take.</summary>
    public const int MinSize = 91;

    private readonly ReadOnlySpan<byte> _record;
    private readonly int _storeTimestampAt;
    private readonly int _afterStoreHost;
    private readonly int _bodyAt;
    private readonly int _topicAt;
    private readonly int _topicLength;
    private readonly int _propertiesAt;

    private MessageRecordView(ReadOnlySpan<byte> record, int storeTimestampAt, int afterStoreHost, int bodyAt, int topicAt, int topicLength, int propertiesAt)
    {
        _record = record;
        _storeTimestampAt = storeTimestampAt;
        _afterStoreHost = afterStoreHost;
        _bodyAt = bodyAt;
        _topicAt = topicAt;
        _topicLength = topicLength;
        _propertiesAt = propertiesAt;
    }

    /// <summary>All bytes of the record.</summary>
    public ReadOnlySpan<byte> Bytes => _record;

    public int TotalSize => _record.Length;

    public int Magic => Int32(4);

    public int BodyCrc => Int32(8);

    public int QueueId => Int32(QueueIdPosition);

    public int Flag => Int32(16);

    public long QueueOffset => Int64(QueueOffsetPosition);

    public long PhysicalOffset => Int64(PhysicalOffsetPosition);

    public int SysFlag => Int32(SysFlagPosition);

    public long BornTimestamp => Int64(40);

    public IPEndPoint BornHost => Host(BornHostPosition, (SysFlag & MessageSysFlag.BornHostV6) != 0);

    public long StoreTimestamp => Int64(_storeTimestampAt);

    public IPEndPoint StoreHost => Host(_storeTimestampAt + 8, (SysFlag & MessageSysFlag.StoreHostV6) != 0);

    public int ReconsumeTimes => Int32(_afterStoreHost);

    public long PreparedTransactionOffset => Int64(_afterStoreHost + 4);

    public ReadOnlySpan<byte> Body => _record.Slice(_bodyAt, Int32(_bodyAt - 4));

    public ReadOnlySpan<byte> Topic => _record.Slice(_topicAt, _topicLength);

    public ReadOnlySpan<byte> Properties => _record[_propertiesAt..];

    /// <summary>CRC-32 of the body with the top bit cleared equals the stored one. An empty body always passes, as at Apache.</summary>
    public bool HasGoodCrc => Body.IsEmpty || BodyCrc == CrcOf(Body);

    public static int CrcOf(ReadOnlySpan<byte> body) => (int)(Crc32.HashToUInt32(body) & 0x7FFF_FFFF);

    /// <summary>Reads the record at the start of <paramref name="source"/>; what follows it is ignored. The CRC is not looked at.</summary>
    /// <param name="source">Bytes that begin at a record's boundary.</param>
    /// <param name="maxSize">A larger totalSize counts as broken, so that garbage never asks for gigabytes.</param>
    /// <param name="size">totalSize where known (also of a blank or incomplete record), else 0.</param>
    /// <param name="view">The record when the answer is <see cref="RecordStatus.Ok"/>.</param>
    public static RecordStatus Read(ReadOnlySpan<byte> source, int maxSize, out int size, out MessageRecordView view)
    {
        view = default;
        size = 0;
        if (source.Length < 4) return RecordStatus.Incomplete;
        size = BinaryPrimitives.ReadInt32BigEndian(source);
        if (source.Length < 8) return size >= 8 ? RecordStatus.Incomplete : RecordStatus.Broken;
        var magic = BinaryPrimitives.ReadInt32BigEndian(source[4..]);
        if (magic == MessageRecordCodec.BlankMagic) return size >= 8 ? RecordStatus.Blank : RecordStatus.Broken;
        if (magic is not (MessageRecordCodec.MagicV1 or MessageRecordCodec.MagicV2) || size < MinSize || size > maxSize) return RecordStatus.Broken;
        if (source.Length < size) return RecordStatus.Incomplete;
        return Parse(source[..size], magic, ref view) ? RecordStatus.Ok : RecordStatus.Broken;
    }

    private static bool Parse(ReadOnlySpan<byte> record, int magic, ref MessageRecordView view)
    {
        var sysFlag = BinaryPrimitives.ReadInt32BigEndian(record[SysFlagPosition..]);
        var storeTimestampAt = BornHostPosition + ((sysFlag & MessageSysFlag.BornHostV6) == 0 ? 8 : 20);
        var afterStoreHost = storeTimestampAt + 8 + ((sysFlag & MessageSysFlag.StoreHostV6) == 0 ? 8 : 20);
        var bodyAt = afterStoreHost + 4 + 8 + 4;
        var topicLengthSize = magic == MessageRecordCodec.MagicV1 ? 1 : 2;
        // Every step is checked before it is taken; sums are of non-negative ints below 2^31 each, so long holds them.
        if (bodyAt + topicLengthSize + 2 > record.Length) return false;
        var bodyLength = BinaryPrimitives.ReadInt32BigEndian(record[(bodyAt - 4)..]);
        if (bodyLength < 0 || (long)bodyAt + bodyLength + topicLengthSize + 2 > record.Length) return false;
        var topicAt = bodyAt + bodyLength;
        var topicLength = topicLengthSize == 1 ? (sbyte)record[topicAt] : BinaryPrimitives.ReadInt16BigEndian(record[topicAt..]);
        topicAt += topicLengthSize;
        if (topicLength < 0 || topicAt + topicLength + 2 > record.Length) return false;
        var propertiesLength = BinaryPrimitives.ReadInt16BigEndian(record[(topicAt + topicLength)..]);
        var propertiesAt = topicAt + topicLength + 2;
        if (propertiesLength < 0 || propertiesAt + propertiesLength != record.Length) return false;
        view = new MessageRecordView(record, storeTimestampAt, afterStoreHost, bodyAt, topicAt, topicLength, propertiesAt);
        return true;
    }

    private IPEndPoint Host(int at, bool v6)
    {
        var length = v6 ? 16 : 4;
        // A port outside 0–65535 can only come from a foreign writer; it must not make the message unreadable.
        var port = Int32(at + length);
        return new IPEndPoint(new IPAddress(_record.Slice(at, length)), port is >= 0 and <= 65535 ? port : 0);
    }

    private int Int32(int at) => BinaryPrimitives.ReadInt32BigEndian(_record[at..]);

    private long Int64(int at) => BinaryPrimitives.ReadInt64BigEndian(_record[at..]);
}
