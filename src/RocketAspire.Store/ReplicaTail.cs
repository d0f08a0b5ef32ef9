using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Judges the bytes that come from a master, however they are split, and finds the records' ends in them.</summary>
/// <remarks>Guarded by the log's lock. <see cref="Accept"/> changes nothing that counts; <see cref="Commit"/> takes its answer over once the bytes are written.</remarks>
internal sealed class ReplicaTail(int maxRecordSize)
{
    private const int HeadSize = CommitLog.BlankHeadSize;

    private readonly TopicNamesCache _topics = new();

    // The received start of the record at the log's end; of a blank record only its head. Grows by doubling, so that a
    // large record in small pieces is copied about twice.
    private byte[] _partial = [];
    private int _kept;

    // Bytes received of that record: as many as kept, or more inside a blank one.
    private long _length;

    public long PartialLength => _length;

    public void Clear()
    {
        _partial = [];
        _kept = 0;
        _length = 0;
    }

    /// <param name="end">Where the last whole record ends.</param>
    /// <param name="fileSize">Of the log's files.</param>
    /// <param name="bytes">Follow the bytes accepted before.</param>
    /// <exception cref="ReplicaStreamException">They are no continuation of the log.</exception>
    public Plan Accept(long end, long fileSize, ReadOnlySpan<byte> bytes)
    {
        var plan = new Plan { End = end };
        var at = _length == 0 ? 0 : FinishPartial(plan, fileSize, bytes);
        while (at < bytes.Length)
        {
            var rest = bytes[at..];
            var status = Judge(plan.End, fileSize, rest, out var size, out var view);
            if (status == RecordStatus.Incomplete || rest.Length < size)
            {
                plan.Keep(at, status == RecordStatus.Blank ? HeadSize : rest.Length, rest.Length);
                return plan;
            }

            if (status == RecordStatus.Ok) Take(plan, view);
            plan.End += size;
            at += size;
        }

        return plan;
    }

    /// <param name="plan">The answer of <see cref="Accept"/>.</param>
    /// <param name="bytes">The same bytes.</param>
    public void Commit(Plan plan, ReadOnlySpan<byte> bytes)
    {
        if (plan.PartialLength == 0)
        {
            if (_length > 0) Clear();
            return;
        }

        if (plan.KeepFrom >= 0)
        {
            _kept = 0;
            Append(bytes.Slice(plan.KeepFrom, plan.KeepCount));
        }
        else if (plan.KeepCount > 0)
        {
            Append(bytes[..plan.KeepCount]);
        }

        _length = plan.PartialLength;
    }

    /// <summary>Goes on with the record begun before; answers where in the bytes the next one begins.</summary>
    private int FinishPartial(Plan plan, long fileSize, ReadOnlySpan<byte> bytes)
    {
        var together = _length + bytes.Length;
        Span<byte> head = stackalloc byte[HeadSize];
        var fromPartial = Math.Min(_kept, HeadSize);
        _partial.AsSpan(0, fromPartial).CopyTo(head);
        var fromBytes = Math.Min(HeadSize - fromPartial, bytes.Length);
        bytes[..fromBytes].CopyTo(head[fromPartial..]);
        var status = Judge(plan.End, fileSize, head[..(fromPartial + fromBytes)], out var size, out _);
        if (status == RecordStatus.Blank && together < size)
        {
            plan.Continue(fromBytes, together);
            return bytes.Length;
        }

        if (status != RecordStatus.Blank && (fromPartial + fromBytes < HeadSize || together < size))
        {
            plan.Continue(bytes.Length, together);
            return bytes.Length;
        }

        var needed = (int)(size - _length);
        if (status != RecordStatus.Blank)
        {
            // Behind what is kept, where only this look needs it: the kept length stays.
            Reserve(_kept + needed);
            bytes[..needed].CopyTo(_partial.AsSpan(_kept));
            if (Judge(plan.End, fileSize, _partial.AsSpan(0, size), out _, out var view) != RecordStatus.Ok) throw NoRecord(plan.End);
            Take(plan, view);
        }

        plan.End += size;
        return needed;
    }

    /// <summary>Ok, Blank or Incomplete; what can't become a record of this place throws.</summary>
    private RecordStatus Judge(long end, long fileSize, ReadOnlySpan<byte> bytes, out int size, out MessageRecordView view)
    {
        var status = MessageRecordView.Read(bytes, maxRecordSize, out size, out view);
        var room = fileSize - (end % fileSize);
        if (status == RecordStatus.Broken || size < 0 || size > room) throw NoRecord(end);
        if (status == RecordStatus.Blank && size != room) throw new ReplicaStreamException($"The blank record that the master sent for {end} doesn't end with its file.");
        return status;
    }

    private void Take(Plan plan, MessageRecordView view)
    {
        if (view.PhysicalOffset != plan.End) throw new ReplicaStreamException($"The record that the master sent for {plan.End} says that it belongs to {view.PhysicalOffset}.");
        if (!view.HasGoodCrc) throw new ReplicaStreamException($"The record that the master sent for {plan.End} doesn't match its CRC.");
        var topic = _topics.Get(view.Topic);
        plan.Records.Add(new SeenRecord(new QueueKey(topic, view.QueueId), view.QueueOffset, QueueOffsets.IsQueued(view.SysFlag), LogMarker.Read(topic, view.Body, plan.End)));
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(_kept + bytes.Length);
        bytes.CopyTo(_partial.AsSpan(_kept));
        _kept += bytes.Length;
    }

    private void Reserve(int length)
    {
        if (_partial.Length < length) Array.Resize(ref _partial, Math.Max(length, Math.Min(2 * _partial.Length, maxRecordSize)));
    }

    private static ReplicaStreamException NoRecord(long end) => new($"What the master sent for {end} is no record.");

    internal sealed record SeenRecord(QueueKey Queue, long QueueOffset, bool Queued, LogMarker? Marker);

    internal sealed class Plan
    {
        public long End { get; set; }

        public List<SeenRecord> Records { get; } = [];

        /// <summary>Where in the bytes the unfinished record begins; -1 when it began before them.</summary>
        public int KeepFrom { get; private set; }

        /// <summary>Bytes to keep of it.</summary>
        public int KeepCount { get; private set; }

        /// <summary>Bytes of it that were received in all; 0 when the bytes end with a record.</summary>
        public long PartialLength { get; private set; }

        public void Keep(int from, int count, long length) => (KeepFrom, KeepCount, PartialLength) = (from, count, length);

        public void Continue(int count, long length) => (KeepFrom, KeepCount, PartialLength) = (-1, count, length);
    }
}
