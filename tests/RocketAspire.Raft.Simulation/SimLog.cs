using RocketAspire.Broker.Raft;
using RocketAspire.Store;

namespace RocketAspire.Raft.Simulation;

/// <summary>A commit log in memory with the store's rules for files, blanks and markers, and a part of it that a power loss spares.</summary>
internal sealed class SimLog(int fileSize, bool syncFlush) : IRaftLog
{
    private readonly List<TermEntry> _terms = [];
    private byte[] _bytes = new byte[1024];

    // Offset of the first byte in the array.
    private long _origin;

    public long Start { get; private set; }

    public long End { get; private set; }

    /// <summary>What a power loss leaves.</summary>
    public long Synced { get; private set; }

    public long Durable => syncFlush ? Synced : End;

    public IReadOnlyList<TermEntry> Terms => _terms;

    public bool IsEmpty => End == 0 && _terms.Count == 0;

    public ReadOnlySpan<byte> Bytes(long from, long to) => _bytes.AsSpan((int)(from - _origin), (int)(to - from));

    public ReadOnlyMemory<byte> Read(long from, int maxBytes)
    {
        if (from < Start || from >= End) return default;
        var limit = End;
        for (var i = _terms.Count - 1; i >= 0 && _terms[i].StartOffset > from; i--) limit = _terms[i].StartOffset;
        var to = from;
        while (to < limit)
        {
            var size = SimRecords.SizeOf(Bytes(to, End));
            if (to > from && to + size - from > maxBytes) break;
            to += size;
        }

        return Bytes(from, to).ToArray();
    }

    /// <summary>A leader's own record. Where it was placed; a blank record may stand before it.</summary>
    public long Append(SimRecordKind kind, int size, int term, long number)
    {
        var room = fileSize - (End % fileSize);
        // An ordinary record leaves room for a marker: see the store's MakeRoom.
        var needed = size + SimRecords.BlankHead + (kind == SimRecordKind.Marker ? 0 : SimRecords.MarkerSize);
        if (needed > room) Put(SimRecords.Create(SimRecordKind.Blank, (int)room, 0, 0));
        var at = End;
        Put(SimRecords.Create(kind, size, term, number));
        return at;
    }

    public void Write(RaftWrite write)
    {
        if (write.Offset != End) throw new InvariantException($"bytes for {write.Offset} are written to a log that ends at {End}");
        Put(write.Bytes.Span);
    }

    /// <summary>Durable at once, as the store does it.</summary>
    public void Truncate(long offset)
    {
        if (offset < Start || offset > End) throw new InvariantException($"a log of {Start} to {End} is cut at {offset}");
        End = offset;
        Synced = Math.Min(Synced, offset);
        _terms.RemoveAll(entry => entry.StartOffset >= offset);
    }

    public void Reset(long start, IReadOnlyList<TermEntry> terms)
    {
        Start = End = Synced = _origin = start;
        _terms.Clear();
        _terms.AddRange(terms);
    }

    public void SyncedTo(long offset) => Synced = Math.Max(Synced, Math.Min(offset, End));

    /// <summary>Only part of what was not synced is still there, cut at a record.</summary>
    public void LosePower(Random random)
    {
        var keep = random.NextInt64(Synced, End + 1);
        var to = Synced;
        while (to < End && to + SimRecords.SizeOf(Bytes(to, End)) <= keep) to += SimRecords.SizeOf(Bytes(to, End));
        Truncate(to);
    }

    /// <summary>Cuts damaged records off the end: true durable ones, which the node may have acknowledged.</summary>
    public void LoseTail(Random random, long most)
    {
        var keep = random.NextInt64(Math.Max(Start, most - 200), most + 1);
        var to = Start;
        while (to < End && to + SimRecords.SizeOf(Bytes(to, End)) <= keep) to += SimRecords.SizeOf(Bytes(to, End));
        Truncate(to);
    }

    /// <summary>Old files go, never the last one.</summary>
    public void DeleteBefore(long offset)
    {
        var start = Math.Min(offset, Math.Max(0, End - 1)) / fileSize * fileSize;
        if (start > Start) Start = start;
    }

    private void Put(ReadOnlySpan<byte> records)
    {
        var needed = (int)(End - _origin) + records.Length;
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, 2 * _bytes.Length));
        records.CopyTo(_bytes.AsSpan((int)(End - _origin)));
        for (var at = 0; at < records.Length; at += SimRecords.SizeOf(records[at..]))
        {
            if (SimRecords.KindOf(records[at..]) == SimRecordKind.Marker) _terms.Add(new TermEntry(SimRecords.TermOf(records[at..]), End + at));
        }

        End += records.Length;
    }
}
