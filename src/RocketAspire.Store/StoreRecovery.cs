using Microsoft.Extensions.Logging;

namespace RocketAspire.Store;

/// <param name="Unclean">There was an abort file.</param>
/// <param name="MachineStop">And the machine was started anew since, or that can't be known.</param>
/// <param name="WasEmpty">There was no log.</param>
/// <param name="LostBytes">See <see cref="MessageStore.LostBytes"/>.</param>
internal sealed record FoundStore(bool Unclean, bool MachineStop, bool WasEmpty, long LostBytes);

/// <summary>The order of a start: log, then queues and index, then what was missing in them, then a checkpoint.</summary>
internal sealed class StoreRecovery(
    IStorageDevice device, StoreFolder folder, CommitLog log, GroupCommit commit, QueueTable queues, MessageIndex? index,
    Dispatcher dispatcher, Checkpointer checkpointer, LogBoundaries boundaries, TermTable terms, TermsFile termsFile, ILogger logger)
{
    /// <param name="bootId">Of the machine's present run.</param>
    /// <param name="confirm">Told what was confirmed for certain, before anything is dispatched.</param>
    public FoundStore Run(string bootId, Action<long> confirm)
    {
        var unclean = folder.HasAbort();
        if (!unclean) folder.CreateAbort();
        var times = new CheckpointFile(device, folder.Checkpoint).Read();
        var mark = new MarkFile(device, folder.Mark).Read();
        var machineStop = unclean && (mark is null || mark.BootId.Length == 0 || mark.BootId != bootId);
        var recovered = RecoverLog(unclean, machineStop, mark, times);
        commit.SetFlushed(recovered.End);
        var derived = new DerivedRecovery(log, queues, index, logger);
        var views = derived.Run(recovered, unclean, machineStop, times);
        confirm(views.Confirmed);
        // Queues and index may say where they end, but not where the next record begins.
        var from = boundaries.AtOrBefore(Math.Max(log.Min, Math.Min(views.DispatchFrom, views.IndexFrom)));
        var (last, timestamp) = boundaries.LastBefore(from);
        dispatcher.Seek(from, last, timestamp, views.IndexFrom);
        dispatcher.Drain();
        derived.Complete(recovered, terms, termsFile);
        // The new boot id counts only from here on: a start that fails half-way after a machine stop must be told as one again.
        checkpointer.Start(mark, times);
        checkpointer.Run(clean: false, force: true);
        return new FoundStore(unclean, machineStop, log.Files.IsEmpty, recovered.LostBytes);
    }

    private RecoveredLog RecoverLog(bool unclean, bool machineStop, StoreMark? mark, CheckpointTimes times)
    {
        try
        {
            return new LogRecovery(device, log, logger).Run(unclean, machineStop, mark, times, terms);
        }
        catch (StoreException)
        {
            // Nothing was touched: the next start, with the right settings, need not take this for a kill.
            if (!unclean) folder.DeleteAbort();
            throw;
        }
    }
}
