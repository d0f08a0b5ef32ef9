using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <param name="PhysicalOffset">Where the record stands in the log.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="TagsCode">Java's hash of its tags, or a scheduled message's delivery time.</param>
internal readonly record struct QueueEntry(long PhysicalOffset, int Size, long TagsCode)
{
    public const int Bytes = 20;

    /// <summary>Fills the places before the first message of a queue that doesn't begin at 0, as at Apache.</summary>
    public static readonly QueueEntry Blank = new(0, int.MaxValue, 0);

    public bool IsBlank => PhysicalOffset == 0 && Size == int.MaxValue;

    public bool IsValid => PhysicalOffset >= 0 && Size > 0;

    public static QueueEntry Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64BigEndian(bytes),
        BinaryPrimitives.ReadInt32BigEndian(bytes[8..]),
        BinaryPrimitives.ReadInt64BigEndian(bytes[12..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, PhysicalOffset);
        BinaryPrimitives.WriteInt32BigEndian(bytes[8..], Size);
        BinaryPrimitives.WriteInt64BigEndian(bytes[12..], TagsCode);
    }
}

/// <summary>Entries of one queue: int64 physicalOffset, int32 size, int64 tagsCode each, in files of one size.</summary>
/// <remarks>Written by the dispatcher only (under its lock), read by anyone up to <see cref="Max"/>.
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/ConsumeQueue.java</remarks>
internal sealed class ConsumeQueue : IDisposable
{
    private readonly long _perFile;
    private readonly byte[] _topic;
    private byte[] _pending = new byte[QueueEntry.Bytes];
    private int _pendingLength;
    private long _min;
    private long _max;

    public ConsumeQueue(IStorageDevice device, string root, string topic, int queueId, int fileSize)
    {
        Topic = topic;
        _topic = Encoding.UTF8.GetBytes(topic);
        QueueId = queueId;
        KeyHash = JavaString.Continue(JavaString.HashCode(topic), "#");
        Files = new FileSeries(device, Path.Combine(root, topic, queueId.ToString(CultureInfo.InvariantCulture)), fileSize);
        _perFile = fileSize / QueueEntry.Bytes;
    }

    public string Topic { get; }

    public int QueueId { get; }

    /// <summary>Java's hash of "topic#": where an index key's hash begins.</summary>
    public int KeyHash { get; }

    public FileSeries Files { get; }

    /// <summary>First entry that leads to a record.</summary>
    public long Min => Volatile.Read(ref _min);

    /// <summary>One past the last readable entry.</summary>
    public long Max => Volatile.Read(ref _max);

    /// <summary>One past the last entry given to <see cref="Put"/>; only the dispatcher asks.</summary>
    public long Next { get; private set; }

    public bool HasPending => _pendingLength > 0;

    /// <summary>Its folder is, or is about to be, deleted: what a sync says of it doesn't count.</summary>
    public bool IsGone { get; set; }

    /// <summary>Takes an entry; false when the queue has it already. Readable after <see cref="WritePending"/>.</summary>
    public bool Put(long queueOffset, QueueEntry entry)
    {
        if (queueOffset < Next) return false;
        if (queueOffset > Next)
        {
            // A queue whose older messages are gone begins in the middle of a file.
            if (Files.IsEmpty && _pendingLength == 0) Next = queueOffset - (queueOffset % _perFile);
            var wasEmpty = Next == 0 || Files.IsEmpty;
            while (Next < queueOffset) AddPending(QueueEntry.Blank);
            if (wasEmpty) Volatile.Write(ref _min, queueOffset);
        }

        AddPending(entry);
        return true;
    }

    /// <summary>Writes what was put, then lets it be read. After an error it can be called again.</summary>
    public void WritePending()
    {
        var first = Next - (_pendingLength / QueueEntry.Bytes);
        var at = first * QueueEntry.Bytes;
        var end = Next * QueueEntry.Bytes;
        for (var file = at; file < end; file += Files.FileSize - (file % Files.FileSize)) Files.Ensure(file);
        Files.Write(at, _pending.AsSpan(0, _pendingLength));
        _pendingLength = 0;
        if (_pending.Length > 64 * 1024) _pending = new byte[QueueEntry.Bytes];
        Volatile.Write(ref _max, Next);
    }

    /// <summary>Reads whole entries from one on; answers how many. Fewer than asked at a file's end or the queue's.</summary>
    public int Read(long index, int count, Span<byte> buffer)
    {
        var left = Max - index;
        if (index < 0 || left <= 0) return 0;
        var wanted = (int)Math.Min(Math.Min(count, left), buffer.Length / QueueEntry.Bytes);
        return Files.Read(index * QueueEntry.Bytes, buffer[..(wanted * QueueEntry.Bytes)]) / QueueEntry.Bytes;
    }

    public QueueEntry? ReadOne(long index)
    {
        Span<byte> bytes = stackalloc byte[QueueEntry.Bytes];
        return Files.ReadExactly(index * QueueEntry.Bytes, bytes) ? QueueEntry.Read(bytes) : null;
    }

    /// <summary>Finds the end after a start: the first entry that is none, or leads to or beyond the offset, or runs backwards.</summary>
    /// <param name="cutPhysical">Entries from this physical offset on are not kept.</param>
    /// <param name="cutAlways">Cut the files even when the next entry is zero: after a loss of power anything may stand behind.</param>
    public void Load(long cutPhysical, bool cutAlways)
    {
        if (Files.IsEmpty) return;
        var file = Files.EndOfFiles - Files.FileSize;
        while (file > Files.MinOffset && !Holds(ReadOne(file / QueueEntry.Bytes), cutPhysical, -1)) file -= Files.FileSize;
        var index = file / QueueEntry.Bytes;
        Span<byte> chunk = stackalloc byte[QueueEntry.Bytes * 200];
        long last = -1;
        var ended = false;
        while (!ended)
        {
            var read = Files.Read(index * QueueEntry.Bytes, chunk) / QueueEntry.Bytes;
            if (read == 0 || index * QueueEntry.Bytes >= file + Files.FileSize) break;
            for (var i = 0; i < read; i++)
            {
                var entry = QueueEntry.Read(chunk[(i * QueueEntry.Bytes)..]);
                ended = !Holds(entry, cutPhysical, last);
                if (ended) break;
                if (!entry.IsBlank) last = entry.PhysicalOffset;
                index++;
            }
        }

        var dirty = index * QueueEntry.Bytes < Files.EndOfFiles && ReadOne(index) is { } next && next != default;
        SetEnd(index, cutAlways || dirty || Files.EndOfFiles - Files.FileSize > index * QueueEntry.Bytes);
        CorrectMin(0);
    }

    /// <summary>Whether a record of the log is this queue's at that offset.</summary>
    public bool Owns(long offset, MessageRecordView record) => record.QueueOffset == offset && Owns(record);

    /// <summary>Whether a record of the log is one of this queue's.</summary>
    public bool Owns(MessageRecordView record) => record.QueueId == QueueId && QueueOffsets.IsQueued(record.SysFlag) && record.Topic.SequenceEqual(_topic);

    /// <summary>Writes an entry anew that the queue has already; under the dispatcher's gate, durable at the next checkpoint.</summary>
    public void Rewrite(long offset, QueueEntry entry)
    {
        Span<byte> bytes = stackalloc byte[QueueEntry.Bytes];
        entry.Write(bytes);
        Files.Write(offset * QueueEntry.Bytes, bytes);
    }

    /// <summary>Takes away the entries that lead to or beyond the offset; durable at the next checkpoint.</summary>
    public void CutPhysical(long physicalOffset)
    {
        _pendingLength = 0;
        SetEnd(FirstAtOrAfter(physicalOffset), true);
    }

    /// <summary>Moves <see cref="Min"/> behind entries whose records are gone.</summary>
    public void CorrectMin(long minPhysical) => Volatile.Write(ref _min, FirstAtOrAfter(minPhysical));

    /// <summary>Where the record of the last entry given to <see cref="Put"/> begins; -1 without one. Only the dispatcher asks.</summary>
    public long LastPhysical()
    {
        QueueEntry? last = _pendingLength > 0 ? QueueEntry.Read(_pending.AsSpan(_pendingLength - QueueEntry.Bytes)) : Last();
        return last is { IsBlank: false } entry ? entry.PhysicalOffset : -1;
    }

    /// <summary>The last entry; null when the queue leads nowhere.</summary>
    public QueueEntry? Last() => Max > Min && ReadOne(Max - 1) is { IsBlank: false } last ? last : null;

    /// <summary>The first entry that leads to the offset or behind it; <see cref="Max"/> when none does.</summary>
    public long FirstAtOrAfter(long physicalOffset)
    {
        var low = Files.MinOffset / QueueEntry.Bytes;
        var high = Max;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (ReadOne(middle) is { IsBlank: false } entry && entry.PhysicalOffset >= physicalOffset) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    public void Dispose() => Files.Dispose();

    private static bool Holds(QueueEntry? entry, long cutPhysical, long last) =>
        entry is { IsValid: true } e && (e.IsBlank || (e.PhysicalOffset < cutPhysical && e.PhysicalOffset > last));

    private void SetEnd(long index, bool cut)
    {
        Volatile.Write(ref _max, index);
        Next = index;
        if (Min > index) Volatile.Write(ref _min, index);
        if (cut) Files.CutTo(index * QueueEntry.Bytes);
        if (index == 0 || FirstAtOrAfter(0) < index) return;
        // Nothing but blanks before it, or files whose predecessors went: the next entry may have any place.
        Files.Clear();
        Volatile.Write(ref _max, 0);
        Volatile.Write(ref _min, 0);
        Next = 0;
    }

    private void AddPending(QueueEntry entry)
    {
        if (_pendingLength + QueueEntry.Bytes > _pending.Length) Array.Resize(ref _pending, _pending.Length * 2);
        entry.Write(_pending.AsSpan(_pendingLength));
        _pendingLength += QueueEntry.Bytes;
        Next++;
    }
}
