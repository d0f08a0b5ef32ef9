using System.Buffers.Binary;
using System.IO.Hashing;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>What is committed of this node's log: bytes that are the same at all nodes that have them, but for what a disk did to them.</summary>
internal sealed class CommittedLog(MessageStore store, long fileSize)
{
    /// <summary>No more is read at once, but for a record that is larger.</summary>
    public const int MostBytes = 1 << 20;

    public long Start => store.MinPhysicalOffset;

    public long End => store.ConfirmOffset;

    /// <summary>One past the last record, committed or not.</summary>
    public long Max => store.MaxPhysicalOffset;

    /// <summary>Null when not all of it is here and committed, or it is more than <see cref="MostBytes"/>.</summary>
    public byte[]? Read(long from, long to) => to > from && to - from <= MostBytes ? ReadAll(from, to) : null;

    /// <summary>XxHash128 of the bytes; null as with <see cref="Read"/>.</summary>
    public byte[]? Sum(long from, long to) => Read(from, to) is { } bytes ? XxHash128.Hash(bytes) : null;

    /// <summary>The record that begins there, if it is sound; of a blank one its first bytes.</summary>
    /// <param name="at">Where one begins.</param>
    /// <param name="size">How much of the log it takes.</param>
    public byte[]? Record(long at, out long size)
    {
        size = 0;
        if (ReadAll(at, at + CommitHead) is not { } head) return null;
        var status = MessageRecordView.Read(head, StoreRaftLog.MaxRecordBytes, out var length, out _);
        if (status == RecordStatus.Broken || length > Room(at) || at + length > End) return null;
        var bytes = status == RecordStatus.Blank ? head : ReadAll(at, at + length);
        return bytes is not null && IsSound(at, bytes, out size) ? bytes : null;
    }

    /// <summary>Whether the bytes, from anywhere, are what <see cref="Record"/> gives of that place.</summary>
    public bool IsSound(long at, ReadOnlySpan<byte> bytes, out long size)
    {
        var status = MessageRecordView.Read(bytes, StoreRaftLog.MaxRecordBytes, out var length, out var record);
        size = length;
        return status switch
        {
            RecordStatus.Blank => bytes.Length == CommitHead && length == Room(at),
            RecordStatus.Ok => bytes.Length == length && length <= Room(at) && record.PhysicalOffset == at && record.HasGoodCrc,
            _ => false,
        };
    }

    /// <summary>The start of the file that the place is in.</summary>
    public long StartOfFile(long at) => at - (at % fileSize);

    /// <summary>The end of the file that the place is in.</summary>
    public long EndOfFile(long at) => at + Room(at);

    // Size and magic.
    private const int CommitHead = 8;

    private long Room(long at) => fileSize - (at % fileSize);

    private byte[]? ReadAll(long from, long to)
    {
        if (from < Start || to > End) return null;
        var bytes = new byte[to - from];
        for (var done = 0; done < bytes.Length;)
        {
            var read = store.ReadRaw(from + done, bytes.AsSpan(done));
            if (read == 0) return null;
            done += read;
        }

        return bytes;
    }
}
