using System.Buffers.Binary;

namespace RocketAspire.Store;

/// <summary>One hash index file, in Apache's format.</summary>
/// <remarks>
/// <code>
///  0 int64 beginTimestamp  8 int64 endTimestamp  16 int64 beginPhysical  24 int64 endPhysical  32 int32 usedSlots  36 int32 count
/// 40 int32 slots[]         then entries of 20 bytes: int32 keyHash, int64 physicalOffset, int32 seconds since begin, int32 previous entry of the slot
/// </code>
/// Entry 0 is never used, so count begins at 1. Slots lie in 4 KiB pages, read when first needed and written together;
/// untouched ones stay holes of the sparse file. New entries are written in runs. Guarded by the index's lock.
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/index/IndexFile.java
/// </remarks>
internal sealed class IndexFile : IDisposable
{
    private const int HeadSize = 40;
    private const int EntrySize = 20;
    private const int PageSize = 4096;

    // Above this many pages in memory all are dropped after they were written: 4 MiB.
    private const int MaxPages = 1024;

    private readonly IStorageFile _file;
    private readonly int _slots;
    private readonly int _capacity;
    private readonly Dictionary<int, byte[]> _pages = [];
    private readonly HashSet<int> _dirty = [];
    private readonly byte[] _run = new byte[EntrySize * 512];
    private int _runFirst;
    private int _runCount;

    public IndexFile(IStorageFile file, string name, int slots, int capacity)
    {
        _file = file;
        Name = name;
        _slots = slots;
        _capacity = capacity;
        var size = HeadSize + (4L * slots) + ((long)EntrySize * capacity);
        if (file.Length != size) file.SetLength(size);
    }

    public string Name { get; }

    public long BeginTimestamp => Head(0);

    public long EndTimestamp => Head(8);

    public long BeginPhysical => Head(16);

    public long EndPhysical => Head(24);

    /// <summary>Entries and one.</summary>
    public int Count => Math.Max(1, ReadInt32(36));

    public bool IsFull => Count >= _capacity;

    public bool HasPending => _runCount > 0 || _dirty.Count > 0;

    public void Put(int hash, long physicalOffset, long storeTimestamp)
    {
        var count = Count;
        var slotAt = HeadSize + (4 * (hash % _slots));
        var previous = ReadInt32(slotAt);
        if (previous <= 0 || previous > count) previous = 0;
        var begin = BeginTimestamp;
        var seconds = begin <= 0 ? 0 : Math.Clamp((storeTimestamp - begin) / 1000, 0, int.MaxValue);
        if (_runCount == _run.Length / EntrySize) WriteRun();
        if (_runCount == 0) _runFirst = count;
        WriteEntry(_run.AsSpan(_runCount++ * EntrySize), hash, physicalOffset, (int)seconds, previous);
        WriteInt32(slotAt, count);
        if (count <= 1)
        {
            WriteInt64(0, storeTimestamp);
            WriteInt64(16, physicalOffset);
        }

        if (previous == 0) WriteInt32(32, ReadInt32(32) + 1);
        WriteInt32(36, count + 1);
        WriteInt64(24, physicalOffset);
        WriteInt64(8, storeTimestamp);
    }

    /// <summary>Adds the physical offsets of a hash, newest first, until there are enough.</summary>
    public void Find(int hash, long beginMs, long endMs, int max, List<long> found)
    {
        var count = Count;
        var index = ReadInt32(HeadSize + (4 * (hash % _slots)));
        // Steps are counted: a damaged file must not loop.
        for (var steps = 0; index > 0 && index <= count && steps < count && found.Count < max; steps++)
        {
            var (entryHash, physical, seconds, previous) = ReadEntry(index);
            if (seconds < 0) return;
            var stored = BeginTimestamp + (seconds * 1000L);
            if (entryHash == hash && stored >= beginMs && stored <= endMs) found.Add(physical);
            if (previous == index || stored < beginMs) return;
            index = previous;
        }
    }

    /// <summary>Takes back the entries of records from the offset on, newest first. False: the file contradicts itself and must go.</summary>
    /// <param name="physicalOffset">The first record to forget.</param>
    /// <param name="storeTimestampOf">Store time of the record that becomes the last one.</param>
    public bool Cut(long physicalOffset, Func<long, long> storeTimestampOf)
    {
        WriteOut();
        var count = Count;
        var usedSlots = ReadInt32(32);
        var before = count;
        while (count > 1)
        {
            var (hash, physical, _, previous) = ReadEntry(count - 1);
            if (hash < 0 || previous < 0 || previous >= count - 1) return false;
            if (physical < physicalOffset) break;
            count--;
            var slotAt = HeadSize + (4 * (hash % _slots));
            var slot = ReadInt32(slotAt);
            if (slot == count)
            {
                WriteInt32(slotAt, previous);
                if (previous == 0) usedSlots--;
            }
            else if (slot > count)
            {
                return false;
            }
        }

        WriteInt32(36, count);
        WriteInt32(32, usedSlots);
        if (count > 1)
        {
            var last = ReadEntry(count - 1).Physical;
            WriteInt64(24, last);
            WriteInt64(8, storeTimestampOf(last));
        }

        // The other way round than WriteOut: no slot may lead beyond the count, and what a slot leads to must stay until it doesn't.
        WritePages(headFirst: false);
        Zero(count, before);
        return true;
    }

    /// <summary>Hands everything to the file: entries, then the head, then slots, so that a killed process leaves no slot that leads nowhere.</summary>
    public void WriteOut()
    {
        WriteRun();
        WritePages(headFirst: true);
    }

    public void Flush() => _file.Flush();

    public void Dispose() => _file.Dispose();

    private void WriteRun()
    {
        if (_runCount == 0) return;
        _file.Write(EntryAt(_runFirst), _run.AsSpan(0, _runCount * EntrySize));
        _runCount = 0;
    }

    private void WritePages(bool headFirst)
    {
        var head = _dirty.Remove(0);
        if (head && headFirst) _file.Write(0, PageBytes(0));
        foreach (var page in _dirty) _file.Write((long)page * PageSize, PageBytes(page));
        if (head && !headFirst) _file.Write(0, PageBytes(0));
        _dirty.Clear();
        if (_pages.Count > MaxPages) _pages.Clear();
    }

    private void Zero(int fromEntry, int toEntry)
    {
        var zeros = new byte[Math.Min(64 * 1024, EntrySize * (toEntry - fromEntry))];
        for (var at = EntryAt(fromEntry); at < EntryAt(toEntry);)
        {
            var part = (int)Math.Min(zeros.Length, EntryAt(toEntry) - at);
            _file.Write(at, zeros.AsSpan(0, part));
            at += part;
        }
    }

    private long EntryAt(int index) => HeadSize + (4L * _slots) + ((long)EntrySize * index);

    private static void WriteEntry(Span<byte> to, int hash, long physicalOffset, int seconds, int previous)
    {
        BinaryPrimitives.WriteInt32BigEndian(to, hash);
        BinaryPrimitives.WriteInt64BigEndian(to[4..], physicalOffset);
        BinaryPrimitives.WriteInt32BigEndian(to[12..], seconds);
        BinaryPrimitives.WriteInt32BigEndian(to[16..], previous);
    }

    private (int Hash, long Physical, int Seconds, int Previous) ReadEntry(int index)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        if (_runCount > 0 && index >= _runFirst) _run.AsSpan((index - _runFirst) * EntrySize, EntrySize).CopyTo(entry);
        else _file.Read(EntryAt(index), entry);
        return (BinaryPrimitives.ReadInt32BigEndian(entry), BinaryPrimitives.ReadInt64BigEndian(entry[4..]),
            BinaryPrimitives.ReadInt32BigEndian(entry[12..]), BinaryPrimitives.ReadInt32BigEndian(entry[16..]));
    }

    // Head fields and slots are 4-byte aligned and 8-byte fields stand in the first page, so none straddles pages.
    private byte[] Page(int number)
    {
        if (_pages.TryGetValue(number, out var page)) return page;
        page = new byte[PageSize];
        _file.Read((long)number * PageSize, PageBytes(number, page));
        return _pages[number] = page;
    }

    // The last page of slots shares its bytes with the first entries, which are written elsewhere.
    private Span<byte> PageBytes(int number, byte[]? page = null) =>
        (page ?? _pages[number]).AsSpan(0, (int)Math.Min(PageSize, EntryAt(0) - ((long)number * PageSize)));

    private long Head(int at) => BinaryPrimitives.ReadInt64BigEndian(Page(0).AsSpan(at));

    private int ReadInt32(int at) => BinaryPrimitives.ReadInt32BigEndian(Page(at / PageSize).AsSpan(at % PageSize));

    private void WriteInt32(int at, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Page(at / PageSize).AsSpan(at % PageSize), value);
        _dirty.Add(at / PageSize);
    }

    private void WriteInt64(int at, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Page(0).AsSpan(at), value);
        _dirty.Add(0);
    }
}
