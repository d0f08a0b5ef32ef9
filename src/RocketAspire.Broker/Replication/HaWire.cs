using System.Buffers.Binary;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// The bytes on the HA socket, as Apache's brokers of 4.x and 5.x (default HA) speak them. All numbers are big-endian.
/// <code>
/// slave to master:  int64 offset                 the slave's end; first where to begin, then an acknowledgement
/// master to slave:  int64 offset | int32 size | size bytes of the log from offset;  size 0 is a heartbeat
/// </code>
/// Between two of our own nodes one negative report goes first: the ticket that the handshake gave, which no slave of
/// Apache's sends. It tells the master who this is, and that 0 means 0 (to an Apache slave it means the last file's start).
/// </summary>
/// <remarks>
/// Sources: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/ha/HAConnection.java
/// and https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/store/src/main/java/org/apache/rocketmq/store/ha/DefaultHAConnection.java
/// </remarks>
public static class HaWire
{
    public const int ReportSize = 8;

    public const int TransferHeaderSize = 8 + 4;

    /// <summary>Largest transfer that is read. Apache's masters send 32 KiB at most by default.</summary>
    public const int MaxTransferBytes = 16 * 1024 * 1024;

    public static void WriteReport(Span<byte> destination, long offset) =>
        BinaryPrimitives.WriteInt64BigEndian(destination, offset);

    public static long ReadReport(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadInt64BigEndian(source);

    public static void WriteTransferHeader(Span<byte> destination, long offset, int size)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, offset);
        BinaryPrimitives.WriteInt32BigEndian(destination[8..], size);
    }

    public static (long Offset, int Size) ReadTransferHeader(ReadOnlySpan<byte> source) =>
        (BinaryPrimitives.ReadInt64BigEndian(source), BinaryPrimitives.ReadInt32BigEndian(source[8..]));

    /// <summary>Where a slave that reports 0 begins: at the start of the master's last file, as Apache's master does it.</summary>
    public static long StartForEmptyPlainSlave(long minOffset, long maxOffset, long fileSizeBytes) =>
        Math.Max(minOffset, maxOffset - (maxOffset % fileSizeBytes));
}
