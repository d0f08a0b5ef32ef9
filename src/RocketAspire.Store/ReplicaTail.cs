using System.Buffers.Binary;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Judges the bytes that come from a master, however they are split, and finds the records' ends in them.</summary>
/// <remarks>Guarded by the log's lock. <see cref="Accept"/> changes nothing; <see cref="Commit"/> takes its answer over once the bytes are written.</remarks>
internal sealed class ReplicaTail(int maxMessageSize)
{
    private readonly TopicNamesCache _topics = new();

    // The received start of the record at the log's end. Of a blank record only its head is kept.
    private byte[] _partial = [];

    // Bytes received of what _partial begins; more than _partial.Length only inside a blank record.
    private long _partialLength;

    public long PartialLength => _partialLength;

    public void Clear()
    {
        _partial = [];
        _partialLength = 0;
    }

    /// <param name="end">Where the last whole record ends.</param>
    /// <param name="fileSize">Of the log's files.</param>
    /// <param name="bytes">Follow the bytes accepted before.</param>
    /// <exception cref="ReplicaStreamException">They are no continuation of the log.</exception>
    public Plan Accept(long end, long fileSize, ReadOnlySpan<byte> bytes)
    {
        var plan = new Plan { End = end };
        var received = end + _partialLength + bytes.Length;
        scoped ReadOnlySpan<byte> rest = bytes;
        if (_partialLength > 0)
        {
            if (_partialLength == _partial.Length) rest = (byte[])[.. _partial, .. bytes];
            else if (!FinishBlank(plan, fileSize, received, ref rest)) return plan;
        }

        while (!rest.IsEmpty)
        {
            var status = MessageRecordView.Read(rest, maxMessageSize + CommitLog.MaxOverhead, out var size, out var view);
            var fileEnd = plan.End - (plan.End % fileSize) + fileSize;
            if (status is RecordStatus.Broken || plan.End + Math.Max(size, 0) > fileEnd || size > maxMessageSize + CommitLog.MaxOverhead + (long)fileSize)
            {
                throw new ReplicaStreamException($"What the master sent for {plan.End} is no record.");
            }

            if (status == RecordStatus.Incomplete)
            {
                plan.Keep(rest, rest.Length);
                return plan;
            }

            if (status == RecordStatus.Blank)
            {
                if (plan.End + size != fileEnd) throw new ReplicaStreamException($"The blank record that the master sent for {plan.End} doesn't end with its file.");
                if (rest.Length < size)
                {
                    plan.Keep(rest[..CommitLog.BlankHeadSize], rest.Length);
                    return plan;
                }
            }
            else
            {
                Take(plan, view);
            }

            plan.End += size;
            rest = rest[size..];
        }

        return plan;
    }

    public void Commit(Plan plan)
    {
        _partial = plan.Partial;
        _partialLength = plan.PartialLength;
    }

    /// <summary>Inside a blank record: true when it ends in these bytes, and the rest is what follows it.</summary>
    private bool FinishBlank(Plan plan, long fileSize, long received, ref ReadOnlySpan<byte> rest)
    {
        var fileEnd = plan.End - (plan.End % fileSize) + fileSize;
        if (received < fileEnd)
        {
            plan.Keep(_partial, received - plan.End);
            return false;
        }

        rest = rest[^(int)(received - fileEnd)..];
        plan.End = fileEnd;
        return true;
    }

    private void Take(Plan plan, MessageRecordView view)
    {
        if (view.PhysicalOffset != plan.End) throw new ReplicaStreamException($"The record that the master sent for {plan.End} says that it belongs to {view.PhysicalOffset}.");
        if (!view.HasGoodCrc) throw new ReplicaStreamException($"The record that the master sent for {plan.End} doesn't match its CRC.");
        var topic = _topics.Get(view.Topic);
        int? term = topic == TopicNames.TermMarker && view.Body.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(view.Body) : null;
        plan.Records.Add(new SeenRecord(new QueueKey(topic, view.QueueId), view.QueueOffset, QueueOffsets.IsQueued(view.SysFlag), term, plan.End));
    }

    internal sealed record SeenRecord(QueueKey Queue, long QueueOffset, bool Queued, int? Term, long PhysicalOffset);

    internal sealed class Plan
    {
        public long End { get; set; }

        public List<SeenRecord> Records { get; } = [];

        public byte[] Partial { get; private set; } = [];

        public long PartialLength { get; private set; }

        public void Keep(ReadOnlySpan<byte> head, long length)
        {
            Partial = head.ToArray();
            PartialLength = length;
        }
    }
}
