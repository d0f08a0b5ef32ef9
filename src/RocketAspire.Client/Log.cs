using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "{What} failed: {Reason}; tried again soon")]
    public static partial void RoundFailed(ILogger logger, string what, string reason);

    [LoggerMessage(2, LogLevel.Warning, "Broker {Address} refused the heartbeat with code {Code}: {Remark}")]
    public static partial void HeartbeatRefused(ILogger logger, string address, int code, string? remark);

    [LoggerMessage(3, LogLevel.Debug, "Broker {Address} did not get the heartbeat: {Reason}")]
    public static partial void HeartbeatFailed(ILogger logger, string address, string reason);

    [LoggerMessage(4, LogLevel.Debug, "A message for {Topic} was not stored by {Broker}: {Reason}; tried elsewhere")]
    public static partial void SendRetried(ILogger logger, string topic, string broker, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The end of transaction {Transaction} ({State}) did not reach {Broker}: {Reason}; the broker will ask")]
    public static partial void EndNotDelivered(ILogger logger, string transaction, string state, string broker, string reason);

    [LoggerMessage(6, LogLevel.Warning, "The local part of transaction {Transaction} failed; the broker will ask what became of it")]
    public static partial void LocalTransactionFailed(ILogger logger, string transaction, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "Broker {Broker} asks after transaction {Transaction}, but {Reason}")]
    public static partial void CheckNotAnswered(ILogger logger, string broker, string transaction, string reason);

    [LoggerMessage(8, LogLevel.Debug, "A reply came for {Correlation}, for which nobody waits any more")]
    public static partial void LateReply(ILogger logger, string? correlation);

    [LoggerMessage(9, LogLevel.Warning, "Disposing of producer {Group}: {Count} sends did not end within {GraceMs} ms")]
    public static partial void SendsLeft(ILogger logger, string group, int count, long graceMs);

    [LoggerMessage(10, LogLevel.Debug, "Queue {Queue}: fetching failed: {Reason}; tried again")]
    public static partial void FetchFailed(ILogger logger, MessageQueue queue, string reason);

    [LoggerMessage(11, LogLevel.Warning, "Queue {Queue}: offset {Asked} is outside of {Min}..{Max}; going on at {Next}")]
    public static partial void OffsetCorrected(ILogger logger, MessageQueue queue, long asked, long next, long min, long max);

    [LoggerMessage(12, LogLevel.Warning, "Progress was not told to {Broker}: {Reason}; tried again")]
    public static partial void ProgressNotKept(ILogger logger, string broker, string reason);

    [LoggerMessage(13, LogLevel.Information, "Queue {Queue} is ours")]
    public static partial void QueueTaken(ILogger logger, MessageQueue queue);

    [LoggerMessage(14, LogLevel.Information, "Queue {Queue} is given up")]
    public static partial void QueueGivenUp(ILogger logger, MessageQueue queue);

    [LoggerMessage(15, LogLevel.Warning, "Locks at {Broker} were not changed: {Reason}")]
    public static partial void NotLocked(ILogger logger, string broker, string reason);

    [LoggerMessage(16, LogLevel.Warning, "Queue {Queue}: its lock is somebody else's")]
    public static partial void LockLost(ILogger logger, MessageQueue queue);

    [LoggerMessage(17, LogLevel.Warning, "The queues of {Topic} were not shared out: {Reason}")]
    public static partial void NotRebalanced(ILogger logger, string topic, string reason);

    [LoggerMessage(18, LogLevel.Warning, "The handler failed with message {Message} of {Queue}, tried {Times} times before")]
    public static partial void HandlerFailed(ILogger logger, string message, MessageQueue queue, int times, Exception exception);

    [LoggerMessage(19, LogLevel.Warning, "The handler has had message {Message} of {Queue} for over {LimitMs} ms: it is given up and comes again")]
    public static partial void HandlerTimedOut(ILogger logger, string message, MessageQueue queue, long limitMs);

    [LoggerMessage(20, LogLevel.Warning, "Message {Message} of {Queue} was not given back: {Reason}")]
    public static partial void NotSentBack(ILogger logger, string message, MessageQueue queue, string reason);

    [LoggerMessage(21, LogLevel.Warning, "Message {Message} of {Queue} failed; a broadcasting consumer gets nothing twice")]
    public static partial void BroadcastLost(ILogger logger, string message, MessageQueue queue);

    [LoggerMessage(22, LogLevel.Error, "Queue {Queue}: what became of a message could not be noted")]
    public static partial void OutcomeFailed(ILogger logger, MessageQueue queue, Exception exception);

    [LoggerMessage(23, LogLevel.Warning, "Disposing of consumer {Group}: the handler never ended with {Count} messages, which come again: {Messages}")]
    public static partial void HandlersLeft(ILogger logger, string group, int count, string messages);

    [LoggerMessage(24, LogLevel.Information, "Group {Group} was told to go on elsewhere in {Count} queues of {Topic}")]
    public static partial void OffsetsReset(ILogger logger, string group, int count, string topic);

    [LoggerMessage(40, LogLevel.Warning, "Message trace: {Count} entries could not be told: {Reason}")]
    public static partial void TraceNotTold(ILogger logger, int count, string reason);

    [LoggerMessage(41, LogLevel.Warning, "Message trace: {Count} entries were dropped in all")]
    public static partial void TraceDropped(ILogger logger, long count);

    [LoggerMessage(42, LogLevel.Warning, "Consumer {Group} of {Connection} can't join yet, and tries again in {DelayMs} ms: {Reason}")]
    public static partial void JoinRetried(ILogger logger, string group, string connection, long delayMs, string reason);
}
