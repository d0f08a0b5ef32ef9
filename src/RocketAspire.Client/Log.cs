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
}
