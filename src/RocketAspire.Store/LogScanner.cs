using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

internal enum ScanResult
{
    /// <summary>The view holds the next record.</summary>
    Record,

    /// <summary>The limit is reached, or the files end.</summary>
    End,

    /// <summary>What stands at <see cref="LogScanner.Position"/> is no record of this place.</summary>
    Broken,
}

/// <summary>Walks over the records of the log in large reads. One thread at a time.</summary>
internal sealed class LogScanner(FileSeries log, int maxRecordSize)
{
    private const int ChunkSize = 256 * 1024;

    private byte[] _buffer = [];
    private long _windowStart;
    private int _windowLength;

    /// <summary>Where the next record begins; past a blank record that is the next file.</summary>
    public long Position { get; private set; }

    /// <summary>Where the record that was read last begins; -1 before the first.</summary>
    public long LastRecord { get; private set; } = -1;

    /// <summary>Topic and properties have no checksum. A sector of them that was never written reads as zeros, which text doesn't hold: such a record is torn.</summary>
    public bool LookForHoles { get; init; }

    /// <summary>Starts at another place, and forgets bytes read before (they may have changed).</summary>
    public void Seek(long position)
    {
        Position = position;
        LastRecord = -1;
        _windowLength = 0;
    }

    /// <summary>Reads the next record that ends at or before the limit and carries its own offset.</summary>
    /// <param name="limit">Where to end; a record's boundary, or the end of the files.</param>
    /// <param name="checkCrc">A body that doesn't match its CRC is broken.</param>
    /// <param name="view">Valid until the next call.</param>
    public ScanResult Next(long limit, bool checkCrc, out MessageRecordView view)
    {
        while (true)
        {
            view = default;
            if (Position + 8 > limit) return ScanResult.End;
            var fileEnd = Position - (Position % log.FileSize) + log.FileSize;
            var status = MessageRecordView.Read(Window(), maxRecordSize, out var size, out view);
            // Twice: where nothing of a record larger than a chunk was read yet, its size is known only after the first.
            for (var refills = 0; refills < 2 && status == RecordStatus.Incomplete && Refill(limit, Math.Max(size, 8)); refills++)
            {
                status = MessageRecordView.Read(Window(), maxRecordSize, out size, out view);
            }

            if (status == RecordStatus.Blank)
            {
                if (Position + size != fileEnd) return ScanResult.Broken;
                Position = fileEnd;
                continue;
            }

            if (status != RecordStatus.Ok || Position + size > Math.Min(limit, fileEnd) || view.PhysicalOffset != Position) return ScanResult.Broken;
            if (checkCrc && !view.HasGoodCrc) return ScanResult.Broken;
            if (LookForHoles && (view.Topic.Contains((byte)0) || view.Properties.Contains((byte)0))) return ScanResult.Broken;
            LastRecord = Position;
            Position += size;
            return ScanResult.Record;
        }
    }

    private ReadOnlySpan<byte> Window()
    {
        var at = Position - _windowStart;
        return at >= 0 && at < _windowLength ? _buffer.AsSpan((int)at, _windowLength - (int)at) : default;
    }

    private bool Refill(long limit, int atLeast)
    {
        if (atLeast > maxRecordSize) return false;
        // Not beyond the limit: what stands there may still change, and must not be remembered.
        var wanted = (int)Math.Min(limit - Position, Math.Max(ChunkSize, atLeast));
        if (_buffer.Length < wanted) _buffer = new byte[(int)Math.Max(16 * 1024, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)wanted))];
        _windowStart = Position;
        _windowLength = log.Read(Position, _buffer.AsSpan(0, wanted));
        return _windowLength > 0;
    }
}
