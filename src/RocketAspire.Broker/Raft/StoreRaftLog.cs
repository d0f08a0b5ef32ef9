using System.Buffers;
using System.Buffers.Binary;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>The store's commit log as the Raft log. For one thread; what <see cref="Read"/> gave is good until <see cref="Release"/>.</summary>
internal sealed class StoreRaftLog(MessageStore store, bool syncFlush) : IRaftLog
{
    // No record is larger: a message of a whole frame with its properties, or the blank end of a file before it.
    private const int MaxRecordBytes = (1 << 24) + (1 << 20);

    private readonly List<byte[]> _lent = [];

    public long Start => store.MinPhysicalOffset;

    public long End => store.MaxPhysicalOffset;

    public long Durable => syncFlush ? store.FlushedOffset : store.MaxPhysicalOffset;

    public IReadOnlyList<TermEntry> Terms => store.Terms.Entries;

    public ReadOnlyMemory<byte> Read(long from, int maxBytes)
    {
        var limit = Math.Min(EndOfTerm(from), End);
        // At least the head that tells the first record's size.
        var available = (int)Math.Min(limit - from, Math.Max(maxBytes, sizeof(int)));
        if (available <= 0 || from < Start) return default;
        var buffer = Lend(available);
        var read = store.ReadRaw(from, buffer.AsSpan(0, available));
        var whole = WholeRecords(buffer.AsSpan(0, read), out var nextSize);
        if (whole > 0 || read < sizeof(int)) return buffer.AsMemory(0, whole);

        // One record alone is larger than asked for.
        if (nextSize <= 0 || nextSize > Math.Min(limit - from, MaxRecordBytes)) return default;
        buffer = Lend(nextSize);
        return store.ReadRaw(from, buffer.AsSpan(0, nextSize)) == nextSize ? buffer.AsMemory(0, nextSize) : default;
    }

    /// <summary>Takes back the memory of all reads so far.</summary>
    public void Release()
    {
        foreach (var buffer in _lent) ArrayPool<byte>.Shared.Return(buffer);
        _lent.Clear();
    }

    private byte[] Lend(int bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes);
        _lent.Add(buffer);
        return buffer;
    }

    private long EndOfTerm(long from)
    {
        foreach (var entry in store.Terms.Entries)
        {
            if (entry.StartOffset > from) return entry.StartOffset;
        }

        return long.MaxValue;
    }

    /// <summary>Each record, a blank one too, begins with its size as int32 big-endian.</summary>
    private static int WholeRecords(ReadOnlySpan<byte> bytes, out int nextSize)
    {
        var at = 0;
        nextSize = 0;
        while (at + 4 <= bytes.Length)
        {
            nextSize = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            if (nextSize <= 0 || nextSize > bytes.Length - at) break;
            at += nextSize;
        }

        return at;
    }
}
