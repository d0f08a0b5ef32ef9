using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <param name="DispatchFrom">Queues hold all records before it.</param>
/// <param name="IndexFrom">The index holds all records before it.</param>
/// <param name="Confirmed">With <see cref="ConfirmMode.Manual"/>: what was confirmed for certain.</param>
internal sealed record RecoveredViews(long DispatchFrom, long IndexFrom, long Confirmed);

/// <summary>Brings queues and index back to the restart point; the dispatcher then follows the log from there.</summary>
/// <remarks>What doesn't match the mark's counts is written anew from the log; queues that are whole keep what they have.</remarks>
internal sealed class DerivedRecovery(CommitLog log, QueueTable queues, MessageIndex? index, ILogger logger)
{
    public RecoveredViews Run(RecoveredLog recovered, bool unclean, bool machineStop, CheckpointTimes times)
    {
        if (log.Files.IsEmpty)
        {
            queues.Clear();
            index?.Open();
            index?.Clear();
            return new RecoveredViews(0, 0, 0);
        }

        var mark = recovered.Mark;
        var cut = mark is not null || !unclean ? recovered.End : recovered.ScannedFrom;
        if (mark is not null) cut = Math.Min(mark.Safe, recovered.End);
        queues.Open(cut, cutAlways: unclean);
        var from = QueuesFrom(recovered, cut);
        var confirmed = Math.Min(cut, recovered.End);
        var indexFrom = index is null ? recovered.End : IndexFrom(recovered, unclean, machineStop, times, cut);
        return new RecoveredViews(from, indexFrom, Math.Max(confirmed, log.Min));
    }

    /// <summary>The queues' ends are the next offsets, unless records behind the restart point already said more; the terms are those that were written down, and of the scan.</summary>
    public void Complete(RecoveredLog recovered, TermTable terms, TermsFile file)
    {
        foreach (var queue in queues.All)
        {
            var key = new QueueKey(queue.Topic, queue.QueueId);
            log.NextOffsets.AtLeast(key, queue.Next);
            queue.CorrectMin(log.Min);
        }

        AddTerms(recovered, terms, file);
    }

    private long QueuesFrom(RecoveredLog recovered, long cut)
    {
        foreach (var queue in queues.All) queue.CorrectMin(log.Min);
        if (recovered.Mark is { } mark)
        {
            // Not known after a cut: then each queue says itself how far it goes, as without a mark.
            if (mark.QueueEnds < 0 || mark.Safe > recovered.End || queues.Totals() == (mark.QueueCount, mark.QueueEnds, mark.QueueBegins)) return cut;
            return RebuildQueues();
        }

        long last = -1;
        long end = -1;
        foreach (var queue in queues.All)
        {
            if (queue.Last() is not { } entry || entry.PhysicalOffset < last) continue;
            last = entry.PhysicalOffset;
            end = last + entry.Size;
        }

        if (end <= log.Min) return log.Min;
        if (end <= cut && EndOf(last) == end) return end;
        // They were made from another log than this one.
        return RebuildQueues();
    }

    private long RebuildQueues()
    {
        StoreLog.QueuesRebuilt(logger, log.Min);
        // Queues whose messages are all gone from the log keep their place.
        foreach (var queue in queues.All) log.NextOffsets.AtLeast(new QueueKey(queue.Topic, queue.QueueId), queue.Next);
        queues.Clear();
        return log.Min;
    }

    private long IndexFrom(RecoveredLog recovered, bool unclean, bool machineStop, CheckpointTimes times, long cut)
    {
        index!.Open();
        if (recovered.Mark is not { } mark) return ForeignIndexFrom(unclean, times, recovered.End);
        var wanted = Math.Min(mark.IndexFrom, cut);
        if (machineStop)
        {
            // Only its older, full files are known to be durable.
            index.DropFrom(mark.IndexLastBegin);
            if (mark.IndexLastBegin >= 0) wanted = Math.Clamp(mark.IndexLastBegin, log.Min, wanted);
        }

        if (!index.Cut(wanted, StoreTimestampOf, out var forgottenFrom)) return Rebuilt(Math.Max(log.Min, forgottenFrom));
        if (machineStop || mark.IndexTotal < 0 || mark.IndexTotal == index.EntryTotal) return wanted;
        index.Clear();
        return Rebuilt(log.Min);
    }

    /// <summary>Without a mark: Apache drops index files newer than its checkpoint after an unclean stop; so do we, and index their records again.</summary>
    private long ForeignIndexFrom(bool unclean, CheckpointTimes times, long end)
    {
        index!.Cut(end, StoreTimestampOf, out _);
        if (unclean) index.DropNewerThan(times.Index);
        var last = index.EndPhysical;
        if (last < log.Min) return log.Min;
        // The last record is entered anew: a file that is full, or was dropped, may have only some of its keys.
        if (EndOf(last) >= 0 && index.Cut(last, StoreTimestampOf, out last)) return last;
        if (EndOf(last) >= 0) return Rebuilt(Math.Max(log.Min, last));
        index.Clear();
        return Rebuilt(log.Min);
    }

    private long Rebuilt(long from)
    {
        StoreLog.IndexRebuilt(logger, from);
        return from;
    }

    /// <summary>Where the record that begins at the offset ends; -1 when none does.</summary>
    private long EndOf(long physicalOffset)
    {
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(physicalOffset);
        return scanner.Next(log.Max, checkCrc: false, out _) == ScanResult.Record && scanner.LastRecord == physicalOffset ? scanner.Position : -1;
    }

    private long StoreTimestampOf(long physicalOffset)
    {
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        scanner.Seek(physicalOffset);
        return scanner.Next(log.Max, checkCrc: false, out var record) == ScanResult.Record ? record.StoreTimestamp : 0;
    }

    private void AddTerms(RecoveredLog recovered, TermTable terms, TermsFile file)
    {
        if (log.Files.IsEmpty) return;
        var written = file.Read(out var isWhole);
        // The file was durable before the mark was.
        var isComplete = isWhole && recovered.Mark is not null;
        var before = isComplete ? recovered.ScannedFrom : log.Min;
        var found = written.Where(term => term.StartOffset < before).ToList();
        if (!isComplete) found.AddRange(OfMarkers(queues.Find(TopicNames.TermMarker, 0)) ?? OfLog());

        // Those of the scan behind the restart point came first: the older ones go before them.
        found.AddRange(terms.Entries);
        terms.CutFrom(0);
        found.Sort(static (a, b) => a.StartOffset.CompareTo(b.StartOffset));
        foreach (var (term, start) in found) terms.Add(term, start);
    }

    /// <summary>By the markers' queue; null when an entry doesn't lead to its marker.</summary>
    private List<TermEntry>? OfMarkers(ConsumeQueue? markers)
    {
        var found = new List<TermEntry>();
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        for (var i = markers?.Min ?? 0; i < (markers?.Max ?? 0); i++)
        {
            if (markers!.ReadOne(i) is not { IsValid: true, IsBlank: false } entry) return null;
            scanner.Seek(entry.PhysicalOffset);
            if (scanner.Next(log.Max, checkCrc: true, out var record) != ScanResult.Record || scanner.LastRecord != entry.PhysicalOffset || !markers.Owns(i, record) || record.Body.Length < 4) return null;
            found.Add(new TermEntry(BinaryPrimitives.ReadInt32BigEndian(record.Body), entry.PhysicalOffset));
        }

        return found;
    }

    /// <summary>By the whole log; what stands behind a damaged record, up to the next file, is not seen.</summary>
    private List<TermEntry> OfLog()
    {
        var found = new List<TermEntry>();
        var topics = new TopicNamesCache();
        var scanner = new LogScanner(log.Files, log.MaxRecordSize);
        for (var file = log.Min; file < log.Max; file += log.Files.FileSize)
        {
            scanner.Seek(file);
            while (scanner.Next(Math.Min(log.Max, file + log.Files.FileSize), checkCrc: false, out var record) == ScanResult.Record)
            {
                if (record.HasGoodCrc && LogMarker.Read(topics.Get(record.Topic), record.Body, record.PhysicalOffset) is { Term: { } term }) found.Add(new TermEntry(term, record.PhysicalOffset));
            }
        }

        return found;
    }
}
