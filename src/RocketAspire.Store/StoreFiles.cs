using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace RocketAspire.Store;

/// <summary>Store times up to which log, queues and full index files are durable, in Unix milliseconds.</summary>
internal readonly record struct CheckpointTimes(long Physical, long Logical, long Index);

/// <summary>Apache's <c>checkpoint</c>: a 4 KiB file whose first 24 bytes are the three times.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/StoreCheckpoint.java</remarks>
internal sealed class CheckpointFile(IStorageDevice device, string path)
{
    private const int Size = 4096;

    public CheckpointTimes Read()
    {
        if (!device.FileExists(path)) return default;
        using var file = device.Open(path, create: false);
        Span<byte> bytes = stackalloc byte[24];
        file.Read(0, bytes);
        return new CheckpointTimes(BinaryPrimitives.ReadInt64BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadInt64BigEndian(bytes[16..]));
    }

    public void Write(CheckpointTimes times)
    {
        using var file = device.Open(path, create: true);
        if (file.Length < Size) file.SetLength(Size);
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(bytes, times.Physical);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], times.Logical);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], times.Index);
        file.Write(0, bytes);
        file.Flush();
        device.FlushDirectory(Path.GetDirectoryName(path)!);
    }
}

/// <summary>What a checkpoint knows beyond Apache's three times.</summary>
/// <param name="Sequence">Rises with each mark.</param>
/// <param name="IsClean">Written by an orderly stop.</param>
/// <param name="BootId">Of the machine's run in which it was written.</param>
/// <param name="Safe">Restart point: a record's boundary; log, queues and index before it are durable.</param>
/// <param name="LastRecord">Where the record before it begins; -1 when not known or none.</param>
/// <param name="QueueCount">Queues at that point.</param>
/// <param name="QueueEnds">Sum of their ends; -1 when not known.</param>
/// <param name="QueueBegins">Sum of their first readable entries.</param>
/// <param name="IndexFrom">The index holds all records before this one; equals Safe unless it failed.</param>
/// <param name="IndexTotal">Entries in the index.</param>
/// <param name="IndexLastBegin">First record of its newest file; -1 without one.</param>
/// <param name="Times">What the checkpoint file says once this mark is complete.</param>
/// <param name="TimesBefore">What it said before: the mark is written first.</param>
internal sealed record StoreMark(
    long Sequence, bool IsClean, string BootId, long Safe, long LastRecord, long QueueCount, long QueueEnds, long QueueBegins,
    long IndexFrom, long IndexTotal, long IndexLastBegin, CheckpointTimes Times, CheckpointTimes TimesBefore);

/// <summary>Our own file beside <c>abort</c>; Apache's broker ignores it. Two slots take turns, so a torn write costs one mark, not both.</summary>
/// <remarks>
/// A slot is 512 bytes, big-endian: int64 "RAMARK01", then the mark's fields in order (clean as int64, the boot id last:
/// int32 length and at most 128 bytes of UTF-8), CRC-32 in the last 4 bytes. When the checkpoint file shows other times than
/// the mark expects, a foreign broker wrote to the folder, and the mark doesn't count.
/// </remarks>
internal sealed class MarkFile(IStorageDevice device, string path)
{
    private const int SlotSize = 512;
    private const long Magic = 0x52414D41524B3031;

    public StoreMark? Read()
    {
        if (!device.FileExists(path)) return null;
        using var file = device.Open(path, create: false);
        Span<byte> slot = stackalloc byte[SlotSize];
        StoreMark? newest = null;
        for (var i = 0; i < 2; i++)
        {
            slot.Clear();
            file.Read(i * SlotSize, slot);
            if (Parse(slot) is { } mark && (newest is null || mark.Sequence > newest.Sequence)) newest = mark;
        }

        return newest;
    }

    public void Write(StoreMark mark)
    {
        Span<byte> slot = stackalloc byte[SlotSize];
        slot.Clear();
        var bootId = Encoding.UTF8.GetBytes(mark.BootId);
        long[] numbers =
        [
            Magic, mark.Sequence, mark.IsClean ? 1 : 0, mark.Safe, mark.LastRecord, mark.QueueCount, mark.QueueEnds, mark.QueueBegins, mark.IndexFrom, mark.IndexTotal, mark.IndexLastBegin,
            mark.Times.Physical, mark.Times.Logical, mark.Times.Index, mark.TimesBefore.Physical, mark.TimesBefore.Logical, mark.TimesBefore.Index,
        ];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt64BigEndian(slot[(i * 8)..], numbers[i]);
        BinaryPrimitives.WriteInt32BigEndian(slot[136..], Math.Min(bootId.Length, 128));
        bootId.AsSpan(0, Math.Min(bootId.Length, 128)).CopyTo(slot[140..]);
        BinaryPrimitives.WriteUInt32BigEndian(slot[(SlotSize - 4)..], Crc32.HashToUInt32(slot[..(SlotSize - 4)]));
        using var file = device.Open(path, create: true);
        file.Write(mark.Sequence % 2 * SlotSize, slot);
        file.Flush();
        device.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    private static StoreMark? Parse(ReadOnlySpan<byte> slot)
    {
        if (BinaryPrimitives.ReadInt64BigEndian(slot) != Magic) return null;
        if (BinaryPrimitives.ReadUInt32BigEndian(slot[(SlotSize - 4)..]) != Crc32.HashToUInt32(slot[..(SlotSize - 4)])) return null;
        var n = new long[17];
        for (var i = 0; i < n.Length; i++) n[i] = BinaryPrimitives.ReadInt64BigEndian(slot[(i * 8)..]);
        var bootId = Encoding.UTF8.GetString(slot.Slice(140, Math.Clamp(BinaryPrimitives.ReadInt32BigEndian(slot[136..]), 0, 128)));
        return new StoreMark(n[1], n[2] == 1, bootId, n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10],
            new CheckpointTimes(n[11], n[12], n[13]), new CheckpointTimes(n[14], n[15], n[16]));
    }
}
