using System.Buffers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>The store's commit log as the Raft log. For one thread; what <see cref="Read"/> gave is good until <see cref="Release"/>.</summary>
internal sealed class StoreRaftLog(MessageStore store, bool syncFlush) : IRaftLog
{
    // No record is larger: a message of a whole frame with its properties, or the blank end of a file before it.
    public const int MaxRecordBytes = (1 << 24) + (1 << 20);

    private readonly List<byte[]> _lent = [];

    public long Start => store.MinPhysicalOffset;

    public long End => store.MaxPhysicalOffset;

    public long Durable => syncFlush ? store.FlushedOffset : store.MaxPhysicalOffset;

    public IReadOnlyList<TermEntry> Terms => store.Terms.Entries;

    /// <summary>Told where a record begins that isn't as it was written. It isn't read to anybody, nor is what follows it.</summary>
    public Action<long>? Damaged { get; init; }

    public ReadOnlyMemory<byte> Read(long from, int maxBytes)
    {
        var limit = Math.Min(EndOfTerm(from), End);
        // At least the head that tells the first record's size.
        var available = (int)Math.Min(limit - from, Math.Max(maxBytes, sizeof(int)));
        if (available <= 0 || from < Start) return default;
        var buffer = Lend(available);
        var read = store.ReadRaw(from, buffer.AsSpan(0, available));
        var whole = SoundRecords(from, buffer.AsSpan(0, read), limit, out var nextSize);
        if (whole > 0 || nextSize <= 0) return buffer.AsMemory(0, whole);

        // One record alone is larger than asked for.
        buffer = Lend(nextSize);
        read = store.ReadRaw(from, buffer.AsSpan(0, nextSize));
        return read == nextSize ? buffer.AsMemory(0, SoundRecords(from, buffer.AsSpan(0, read), limit, out _)) : default;
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

    /// <summary>Bytes of the whole, sound records at the beginning.</summary>
    /// <param name="from">Where the bytes stand in the log.</param>
    /// <param name="bytes">The log's.</param>
    /// <param name="limit">No record crosses it.</param>
    /// <param name="nextSize">Of the record behind them, of which the bytes hold only the beginning; else 0.</param>
    private int SoundRecords(long from, ReadOnlySpan<byte> bytes, long limit, out int nextSize)
    {
        nextSize = 0;
        for (var at = 0; ;)
        {
            var rest = bytes[at..];
            if (rest.Length < sizeof(int)) return at;
            var status = MessageRecordView.Read(rest, MaxRecordBytes, out var size, out var record);
            if (status == RecordStatus.Broken || size > limit - from - at || (status == RecordStatus.Ok && (record.PhysicalOffset != from + at || !record.HasGoodCrc)))
            {
                Damaged?.Invoke(from + at);
                return at;
            }

            if (size > rest.Length)
            {
                nextSize = size;
                return at;
            }

            if (status == RecordStatus.Incomplete) return at;
            at += size;
        }
    }
}
