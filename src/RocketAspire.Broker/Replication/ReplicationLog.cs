using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker.Ha;

/// <summary>What replication has to say. Apart from the broker's own <c>Log</c>, so that both stay readable.</summary>
internal static partial class ReplicationLog
{
    [LoggerMessage(300, LogLevel.Information, "slaves connect to {Address} for the log")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(301, LogLevel.Warning, "this master doesn't write yet: {Reason}")]
    public static partial void WaitingForSlave(ILogger logger, string reason);

    [LoggerMessage(302, LogLevel.Information, "this master writes from offset {Offset} on, in term {Term}")]
    public static partial void Opened(ILogger logger, long offset, int term);

    [LoggerMessage(303, LogLevel.Warning, "this master goes on without having heard its slave (allowUncleanMaster): what only a slave confirmed is not here")]
    public static partial void OpenedUncleanly(ILogger logger);

    [LoggerMessage(304, LogLevel.Information, "slave {Slave} at {Address} is sent the log from offset {Offset}")]
    public static partial void SlaveConnected(ILogger logger, long slave, string address, long offset);

    [LoggerMessage(305, LogLevel.Warning, "slave {Slave} at {Address} is gone at offset {Offset}: {Reason}")]
    public static partial void SlaveGone(ILogger logger, long slave, string address, long offset, string reason);

    [LoggerMessage(306, LogLevel.Warning, "an HA connection from {Address} was closed: {Reason}")]
    public static partial void HaRefused(ILogger logger, string address, string reason);

    [LoggerMessage(307, LogLevel.Information, "copied back from slave {Slave}: {Done} of {Total} bytes")]
    public static partial void CopiedBack(ILogger logger, long slave, long done, long total);

    [LoggerMessage(308, LogLevel.Error, "slave {Slave} was refused: {Reason}")]
    public static partial void SlaveRefused(ILogger logger, long slave, string reason);

    [LoggerMessage(309, LogLevel.Error, "this master can't begin its term: {Reason}")]
    public static partial void CannotOpen(ILogger logger, string reason);

    [LoggerMessage(320, LogLevel.Information, "following the master at {Address} from offset {Offset} ({Kind})")]
    public static partial void Following(ILogger logger, string address, long offset, string kind);

    [LoggerMessage(321, LogLevel.Warning, "the master at {Address} is lost: {Reason}")]
    public static partial void MasterLost(ILogger logger, string address, string reason);

    [LoggerMessage(322, LogLevel.Error, "the master at {Address} refuses this slave: {Reason}")]
    public static partial void RefusedByMaster(ILogger logger, string address, string reason);

    [LoggerMessage(323, LogLevel.Warning, "cutting {Bytes} bytes from offset {Offset} on, never confirmed to a master, which went another way")]
    public static partial void Truncating(ILogger logger, long bytes, long offset);

    [LoggerMessage(324, LogLevel.Warning, "beginning anew at offset {Offset}: the master keeps nothing older (this slave's log ended at {End})")]
    public static partial void Resetting(ILogger logger, long offset, long end);

    [LoggerMessage(325, LogLevel.Warning, "the master at {Address} lost bytes {From} to {To}: sending them back")]
    public static partial void CopyingBack(ILogger logger, string address, long from, long to);

    [LoggerMessage(326, LogLevel.Warning, "topics, groups and offsets of the master at {Address} can't be read: {Reason}")]
    public static partial void TablesFailed(ILogger logger, string address, string reason);

    [LoggerMessage(327, LogLevel.Information, "waiting for the master at {Address}: {Reason}")]
    public static partial void MasterSaysWait(ILogger logger, string address, string reason);
}
