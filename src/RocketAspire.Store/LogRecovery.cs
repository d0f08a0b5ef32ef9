using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <param name="Mark">The last checkpoint's mark, when it can be believed.</param>
/// <param name="ScannedFrom">Everything before was durable and is taken as it is.</param>
/// <param name="End">Where the last whole record ends; zeros follow.</param>
/// <param name="LostBytes">Durable at the last checkpoint, or followed by a whole record, and gone now: a wiped or damaged disk.</param>
internal sealed record RecoveredLog(StoreMark? Mark, long ScannedFrom, long End, long LostBytes);

/// <summary>Finds the end of the log after a start, and cuts what follows it.</summary>
/// <remarks>
/// Each record from the restart point on is verified: size, magic, own offset, inner lengths, CRC. The first that fails is
/// the torn tail; it and all behind it become zeros, so that no stale byte can be taken for a record later.
/// Without a mark of ours, the restart point is found as Apache finds it: by the checkpoint's times, else the last three files.
/// </remarks>
internal sealed class LogRecovery(IStorageDevice device, CommitLog log, ILogger logger)
{
    // Apache's safety margin below the checkpoint's times.
    private const long TimeMarginMs = 3000;

    private readonly FileSeries _files = log.Files;
    private readonly LogScanner _scanner = new(log.Files, log.MaxRecordSize);
    private readonly TopicNamesCache _topics = new();

    public RecoveredLog Run(bool unclean, bool machineStop, StoreMark? mark, CheckpointTimes times, TermTable terms)
    {
        // Another broker wrote here since, or a restart point that the files don't bear out.
        if (mark is not null && mark.Times != times && mark.TimesBefore != times) mark = null;
        _files.Open(out var behindGap);
        DropBehindGap(behindGap, machineStop ? mark : null);
        var known = mark?.Safe ?? 0;
        if (mark is not null && !BearsOut(mark)) mark = null;
        var from = mark?.Safe ?? (_files.IsEmpty ? 0 : unclean ? FileByTimes(times) : Math.Max(_files.MinOffset, _files.EndOfFiles - (3 * _files.FileSize)));
        var end = Scan(from, unclean, terms);
        // A killed process leaves at most one write torn, the last one. With the machine, any part of what was not synced may go.
        if (!machineStop) known = Math.Max(known, RecordSearch.EndOfNext(_files, log.MaxRecordSize, end));
        Cut(unclean || mark is not { IsClean: true }, from, end);
        var lost = Math.Max(0, known - end);
        if (lost > 0) StoreLog.BytesLost(logger, end, known);
        log.SetEnd(end);
        return new RecoveredLog(mark, from, end, lost);
    }

    private void DropBehindGap(List<string> behindGap, StoreMark? mark)
    {
        if (behindGap.Count == 0) return;
        if (mark is null || mark.Safe > _files.EndOfFiles)
        {
            throw new StoreException($"A file is missing in {_files.Directory}: {behindGap[0]} doesn't follow on the one before it. Bring the missing file back, or move the later ones away.");
        }

        // None of it was durable when the power went: the names were lost in the wrong order.
        foreach (var name in behindGap) device.DeleteFile(Path.Combine(_files.Directory, name));
    }

    /// <summary>The record before the restart point is there and ends at it (or with the file before it).</summary>
    private bool BearsOut(StoreMark mark)
    {
        if (_files.IsEmpty) return mark.Safe == 0;
        if (mark.Safe < _files.MinOffset || mark.Safe > _files.EndOfFiles) return false;
        if (mark.LastRecord < 0) return mark.Safe == _files.MinOffset || mark.QueueEnds < 0;
        if (mark.LastRecord < _files.MinOffset) return mark.Safe == _files.MinOffset;
        _scanner.Seek(mark.LastRecord);
        if (_scanner.Next(_files.EndOfFiles, checkCrc: true, out _) != ScanResult.Record) return false;
        return _scanner.Position == mark.Safe || (mark.Safe % _files.FileSize == 0 && mark.Safe - _scanner.Position < _files.FileSize && mark.Safe > _scanner.Position);
    }

    /// <summary>The newest file whose first record is older than the checkpoint: what stands before it was durable.</summary>
    /// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/CommitLog.java (isMappedFileMatchedRecover)</remarks>
    private long FileByTimes(CheckpointTimes times)
    {
        var limit = Math.Min(times.Physical, times.Logical) - TimeMarginMs;
        for (var start = _files.EndOfFiles - _files.FileSize; start > _files.MinOffset; start -= _files.FileSize)
        {
            _scanner.Seek(start);
            if (_scanner.Next(_files.EndOfFiles, checkCrc: false, out var first) == ScanResult.Record && _scanner.LastRecord == start
                && first.StoreTimestamp != 0 && first.StoreTimestamp <= limit) return start;
        }

        return _files.MinOffset;
    }

    private long Scan(long from, bool unclean, TermTable terms)
    {
        var scanner = new LogScanner(_files, log.MaxRecordSize) { LookForHoles = unclean };
        scanner.Seek(from);
        var limit = _files.EndOfFiles;
        while (scanner.Next(limit, checkCrc: true, out var record) == ScanResult.Record)
        {
            var topic = _topics.Get(record.Topic);
            log.NextOffsets.Observe(topic, record);
            LogMarker.Read(topic, record.Body, record.PhysicalOffset)?.Apply(terms, log.NextOffsets);
        }

        return scanner.Position;
    }

    private void Cut(bool unsure, long from, long end)
    {
        Span<byte> next = stackalloc byte[8];
        next.Clear();
        _files.Read(end, next);
        var dirty = BinaryPrimitives.ReadInt64BigEndian(next) != 0;
        // A whole file of zeros behind may be one that Apache made in advance; it is made again when needed.
        var filesBehind = !_files.IsEmpty && _files.EndOfFiles - _files.FileSize >= Math.Max(end, _files.MinOffset + 1);
        if (dirty) StoreLog.TailCut(logger, end, from);
        if (!unsure && !dirty && !filesBehind) return;
        _files.CutTo(end);
        // What a killed process left in the page cache must be durable before it is told as such.
        _files.MarkDirtyFrom(from);
        _files.Flush();
    }
}
