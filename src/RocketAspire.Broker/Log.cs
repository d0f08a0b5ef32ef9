using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "{File} can't be written: {Reason}")]
    public static partial void TableNotSaved(ILogger logger, string file, string reason);

    [LoggerMessage(2, LogLevel.Information, "Topic {Topic} created from {Template} with {Queues} queues, asked for by {Client}")]
    public static partial void TopicCreated(ILogger logger, string topic, string template, int queues, string client);

    [LoggerMessage(3, LogLevel.Information, "Registered at name server {Address}")]
    public static partial void Registered(ILogger logger, string address);

    [LoggerMessage(4, LogLevel.Warning, "Not registered at name server {Address}: {Reason}")]
    public static partial void NotRegistered(ILogger logger, string address, string reason);

    [LoggerMessage(5, LogLevel.Information, "Group {Group}: a consumer of {Client} joined or changed its topics")]
    public static partial void ConsumerChanged(ILogger logger, string group, string client);

    [LoggerMessage(6, LogLevel.Warning, "A message is stored but not safe: {Reason} (topic {Topic}, end offset {EndOffset})")]
    public static partial void NotSafe(ILogger logger, string reason, string topic, long endOffset);

    [LoggerMessage(7, LogLevel.Warning, "A delayed message of level {Level} can't be delivered: {Reason}; next try in {RetryMs} ms")]
    public static partial void DelayNotDelivered(ILogger logger, int level, string reason, long retryMs);

    [LoggerMessage(40, LogLevel.Debug, "Half message {Half}: its producer {Client} does not know yet what became of it {Remark}")]
    public static partial void TransactionPending(ILogger logger, long half, string client, string remark);

    [LoggerMessage(41, LogLevel.Warning, "Half message {Half}: no producer of group {Group} is connected that could be asked")]
    public static partial void NoProducerToAsk(ILogger logger, long half, string group);

    [LoggerMessage(42, LogLevel.Warning, "Half message {Half} can't be written to {Topic}: {Reason}")]
    public static partial void HalfMessageNotMoved(ILogger logger, long half, string topic, string reason);

    [LoggerMessage(43, LogLevel.Error, "Transaction {Id} is given up after {Checks} checks and moved to TRANS_CHECK_MAX_TIME_TOPIC")]
    public static partial void TransactionGivenUp(ILogger logger, string id, int checks);

    [LoggerMessage(44, LogLevel.Warning, "Group {Group}: a consumer of {Client} has a filter that can't be taken: {Reason}")]
    public static partial void FilterRefused(ILogger logger, string group, string client, string reason);

    [LoggerMessage(45, LogLevel.Information, "Group {Group} is told to go on in {Topic} where it stood at {Timestamp}, asked for by {Client}")]
    public static partial void OffsetsReset(ILogger logger, string group, string topic, long timestamp, string client);

    [LoggerMessage(47, LogLevel.Warning, "Changed, but not in force: {Note}")]
    public static partial void SettingNotInForce(ILogger logger, string note);

    [LoggerMessage(46, LogLevel.Warning, "The timed message at {Offset} can't be delivered: {Reason}")]
    public static partial void TimedMessageNotDelivered(ILogger logger, long offset, string reason);

    [LoggerMessage(8, LogLevel.Warning, "Offset {Requested} of group {Group} in {Topic}:{QueueId} is outside the queue; it goes on at {Corrected}")]
    public static partial void OffsetMoved(ILogger logger, string group, string topic, int queueId, long requested, long corrected);

    [LoggerMessage(9, LogLevel.Information, "Topic {Topic} changed by {Client}")]
    public static partial void TopicChanged(ILogger logger, string topic, string client);

    [LoggerMessage(10, LogLevel.Information, "Topic {Topic} deleted by {Client}")]
    public static partial void TopicDeleted(ILogger logger, string topic, string client);

    [LoggerMessage(11, LogLevel.Information, "Group {Group} changed by {Client}")]
    public static partial void GroupChanged(ILogger logger, string group, string client);

    [LoggerMessage(12, LogLevel.Information, "Group {Group} deleted by {Client}")]
    public static partial void GroupDeleted(ILogger logger, string group, string client);

    [LoggerMessage(13, LogLevel.Information, "Settings changed by {Client}: {Keys}")]
    public static partial void SettingsChanged(ILogger logger, string client, string keys);

    [LoggerMessage(14, LogLevel.Error, "{What} failed: {Reason}")]
    public static partial void BackgroundFailed(ILogger logger, string what, string reason, Exception exception);

    [LoggerMessage(60, LogLevel.Error, "The disk is full ({Usage}): nothing more is stored until there is room")]
    public static partial void DiskFull(ILogger logger, string usage);

    [LoggerMessage(61, LogLevel.Information, "The disk has room again ({Usage})")]
    public static partial void DiskOk(ILogger logger, string usage);

    [LoggerMessage(62, LogLevel.Information, "{Count} old log files deleted; the log begins at {Min} now (disk nearly full: {AtOnce})")]
    public static partial void OldFilesDeleted(ILogger logger, int count, long min, bool atOnce);

    [LoggerMessage(63, LogLevel.Warning, "The disk will be full soon ({Usage}), and there is no log file to delete")]
    public static partial void NothingToDelete(ILogger logger, string usage);

    [LoggerMessage(64, LogLevel.Warning, "The log file before {EndOffset} should go, but is still needed by {Who}")]
    public static partial void OldFilesHeld(ILogger logger, long endOffset, string who);

    [LoggerMessage(65, LogLevel.Information, "{Records} records of popped messages read: {CheckPoints} check points are not done")]
    public static partial void PopStateRead(ILogger logger, int records, int checkPoints);

    [LoggerMessage(66, LogLevel.Warning, "The record at {PhysicalOffset} of popped messages can't be read and is skipped: {Reason}")]
    public static partial void PopRecordUnreadable(ILogger logger, long physicalOffset, string reason);

    [LoggerMessage(15, LogLevel.Warning, "Unregistering at {Address} failed: {Reason}")]
    public static partial void NotUnregistered(ILogger logger, string address, string reason);
}
