using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker.Raft.Metadata;

/// <summary>What the group's metadata have to say.</summary>
internal static partial class MetadataEvents
{
    [LoggerMessage(500, LogLevel.Error, "config/{File} is passed over: {Reason}")]
    public static partial void FileDamaged(ILogger logger, string file, string reason);

    [LoggerMessage(501, LogLevel.Error, "The group's topics, groups and offsets stand still at record {Next}: {Problem}")]
    public static partial void Stalled(ILogger logger, long next, string problem);

    [LoggerMessage(502, LogLevel.Information, "The group's topics, groups and offsets go on at record {Next}")]
    public static partial void GoesOn(ILogger logger, long next);

    [LoggerMessage(503, LogLevel.Error, "Record {QueueOffset} of the group's metadata at {PhysicalOffset} is no change of a table and is passed over: {Reason}")]
    public static partial void Unreadable(ILogger logger, long queueOffset, long physicalOffset, string reason);

    [LoggerMessage(504, LogLevel.Warning, "A change of {Table} can't be written to the log: {Status}")]
    public static partial void NotAppended(ILogger logger, string table, string status);

    [LoggerMessage(505, LogLevel.Warning, "config/{File} can't be written: {Reason}")]
    public static partial void NotSaved(ILogger logger, string file, string reason);

    [LoggerMessage(506, LogLevel.Information, "Topics, groups and offsets of config/*.json become those of the group")]
    public static partial void Adopted(ILogger logger);

    [LoggerMessage(507, LogLevel.Warning, "The log ends at metadata record {Max}, the tables hold those up to {Next}: they are written to the log anew")]
    public static partial void AheadOfLog(ILogger logger, long max, long next);
}
