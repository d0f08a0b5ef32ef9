using Microsoft.Extensions.Logging;

namespace RocketAspire.Store;

/// <summary>Every line that the store logs.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(1, LogLevel.Information, "Store {Root} opened: log {Min}–{End}, {Queues} queues, {ElapsedMs} ms; last stop {LastStop}")]
    public static partial void Opened(ILogger logger, string root, long min, long end, int queues, long elapsedMs, string lastStop);

    [LoggerMessage(2, LogLevel.Warning, "Log cut at {End}: no whole record follows (the restart point was {From})")]
    public static partial void TailCut(ILogger logger, long end, long from);

    [LoggerMessage(3, LogLevel.Error, "Log ends at {End}, before the {Known} bytes that were durable at the last checkpoint")]
    public static partial void BytesLost(ILogger logger, long end, long known);

    [LoggerMessage(4, LogLevel.Warning, "Queues are rebuilt from {From}: they don't match the last checkpoint")]
    public static partial void QueuesRebuilt(ILogger logger, long from);

    [LoggerMessage(5, LogLevel.Warning, "Index is rebuilt from {From}")]
    public static partial void IndexRebuilt(ILogger logger, long from);

    [LoggerMessage(6, LogLevel.Critical, "Sync of the log failed; nothing beyond {Flushed} is reported as stored until a restart")]
    public static partial void Poisoned(ILogger logger, long flushed, Exception cause);

    [LoggerMessage(7, LogLevel.Error, "Queues can't be written at {Position}; trying again in {RetryMs} ms")]
    public static partial void DispatchStalled(ILogger logger, long position, int retryMs, Exception cause);

    [LoggerMessage(8, LogLevel.Error, "No readable record at {Position} below the confirm offset {Confirm}; queues end there")]
    public static partial void DispatchBroken(ILogger logger, long position, long confirm);

    [LoggerMessage(9, LogLevel.Error, "Index can't be written at {Position}; it is rebuilt from there at the next start")]
    public static partial void IndexFailed(ILogger logger, long position, Exception cause);

    [LoggerMessage(10, LogLevel.Error, "Checkpoint failed; the restart point stays at {Safe}")]
    public static partial void CheckpointFailed(ILogger logger, long safe, Exception cause);

    [LoggerMessage(11, LogLevel.Warning, "Record at {Position} has topic '{Topic}', which can't name a folder; it gets no queue")]
    public static partial void TopicUnusable(ILogger logger, long position, string topic);

    [LoggerMessage(12, LogLevel.Warning, "Entry {QueueOffset} of {Topic}/{QueueId} doesn't lead to its record at {Position}; skipped")]
    public static partial void EntryMismatch(ILogger logger, string topic, int queueId, long queueOffset, long position);

    [LoggerMessage(13, LogLevel.Information, "Log cut from {From} to {To}")]
    public static partial void Truncated(ILogger logger, long from, long to);

    [LoggerMessage(14, LogLevel.Information, "Log emptied; it begins at {Start}")]
    public static partial void Reset(ILogger logger, long start);

    [LoggerMessage(16, LogLevel.Information, "Queue {Topic}/{QueueId} deleted: it led to no message any more")]
    public static partial void QueueDeleted(ILogger logger, string topic, int queueId);

    [LoggerMessage(15, LogLevel.Error, "An observer of arrivals failed")]
    public static partial void ObserverFailed(ILogger logger, Exception cause);

    [LoggerMessage(16, LogLevel.Warning, "Entry {QueueOffset} of {Topic}/{QueueId} led to {From}; its message is at {To}, and so it says now")]
    public static partial void EntryMended(ILogger logger, string topic, int queueId, long queueOffset, long from, long to);
}
