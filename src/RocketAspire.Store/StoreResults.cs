namespace RocketAspire.Store;

public enum AppendStatus
{
    Ok,

    /// <summary>Body over maxMessageSize, or a record that fits no commit log file.</summary>
    MessageTooLarge,

    /// <summary>Properties over 32,767 bytes.</summary>
    PropertiesTooLarge,

    /// <summary>A zero byte in the properties.</summary>
    PropertiesIllegal,

    /// <summary>Topic over 127 characters.</summary>
    TopicTooLong,

    /// <summary>The device has no room; nothing of the message stayed.</summary>
    DiskFull,

    /// <summary>The device refused the write; nothing of the message stayed.</summary>
    WriteFailed,

    /// <summary>An fsync failed earlier: nothing more is taken until a restart.</summary>
    Poisoned,

    /// <summary>The store is closing or closed.</summary>
    Closed,

    /// <summary>Appends are closed: by <see cref="MessageStore.CloseAppends"/>, since this node leads no term. Nothing was written.</summary>
    NotLeader,
}

/// <param name="Status">Everything below is 0 unless it is <see cref="AppendStatus.Ok"/>.</param>
/// <param name="PhysicalOffset">Where the (first) record begins, in bytes.</param>
/// <param name="EndOffset">Where the (last) record ends: what to wait for with <see cref="MessageStore.WaitFlushedAsync"/>.</param>
/// <param name="QueueOffset">Of the (first) message; a batch's follow it one by one. 0 for prepared and rolled back transactions.</param>
/// <param name="StoreTimestamp">Unix milliseconds.</param>
/// <param name="Term">Of the log at that place: within a term only its leader writes, so place and term together name these bytes and no others.</param>
public readonly record struct AppendResult(AppendStatus Status, long PhysicalOffset, long EndOffset, long QueueOffset, long StoreTimestamp, int Term = 0)
{
    public bool IsOk => Status == AppendStatus.Ok;

    public static AppendResult Failed(AppendStatus status) => new(status, 0, 0, 0, 0);
}

/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/GetMessageStatus.java</remarks>
public enum QueueReadStatus
{
    Found,
    NoMatchedMessage,
    MessageWasRemoving,
    OffsetFoundNull,
    OffsetOverflowBadly,
    OffsetOverflowOne,
    OffsetTooSmall,
    NoMatchedLogicQueue,
    NoMessageInQueue,

    /// <summary>Ours alone: the message is damaged here and being mended from another copy; the offset stays. See <see cref="LogRepair.Mender"/>.</summary>
    Damaged,
}

/// <param name="Status">What was found.</param>
/// <param name="NextBeginOffset">Where to read on, corrected as a master does (a slave of Apache's keeps the asked offset instead).</param>
/// <param name="MinOffset">First readable message of the queue.</param>
/// <param name="MaxOffset">One past the last readable message.</param>
/// <param name="Body">The records' bytes one after the other: a pull's answer as it is.</param>
/// <param name="Count">Records in <paramref name="Body"/>.</param>
/// <param name="LagBytes">Bytes of log between the last entry looked at and the confirm offset.</param>
public sealed record QueueReadResult(QueueReadStatus Status, long NextBeginOffset, long MinOffset, long MaxOffset, ReadOnlyMemory<byte> Body, int Count, long LagBytes);

/// <summary>What a consumer wants of a queue.</summary>
public interface IQueueFilter
{
    /// <summary>Asked with the queue entry's tag code (Java's hash of TAGS, 0 without tags): false skips without reading the record.</summary>
    bool MatchesTagsCode(long tagsCode);

    /// <summary>True when <see cref="MatchesRecord"/> is to be asked too.</summary>
    bool ReadsRecords => false;

    bool MatchesRecord(ReadOnlySpan<byte> record) => true;
}

/// <summary>A message became readable.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="QueueId">Its queue.</param>
/// <param name="QueueOffset">Its place in the queue.</param>
/// <param name="TagsCode">Of its queue entry.</param>
/// <param name="StoreTimestamp">Unix milliseconds.</param>
/// <param name="MaxOffset">One past its place.</param>
/// <param name="Size">Bytes of its record.</param>
public readonly record struct MessageArrival(string Topic, int QueueId, long QueueOffset, long TagsCode, long StoreTimestamp, long MaxOffset, int Size);
