namespace RocketAspire.Store;

/// <summary>When an append counts as stored.</summary>
public enum FlushDiskType
{
    /// <summary>In the page cache: survives the process; synced to the device every <see cref="StoreOptions.FlushIntervalMs"/>.</summary>
    Async,

    /// <summary>On the device: survives loss of power. Many appends share one fsync.</summary>
    Sync,
}

/// <summary>Who decides how far the log may be seen.</summary>
public enum ConfirmMode
{
    /// <summary>What is stored as the flush type says is confirmed.</summary>
    WhenStored,

    /// <summary>Only <see cref="MessageStore.SetConfirmOffset"/> moves it (Raft's commit index).</summary>
    Manual,
}

/// <summary>Settings of one store folder. Sizes in bytes, times in milliseconds.</summary>
/// <remarks>Defaults are those of https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/config/MessageStoreConfig.java</remarks>
public sealed record StoreOptions
{
    /// <summary>storePathRootDir: holds checkpoint, abort, lock, consumequeue/, index/, config/.</summary>
    public required string RootDirectory { get; init; }

    /// <summary>storePathCommitLog; <c>commitlog</c> in the root when null.</summary>
    public string? CommitLogDirectory { get; init; }

    /// <summary>mappedFileSizeCommitLog. At least 4 KiB; files are sparse, so a large size costs nothing.</summary>
    public long CommitLogFileSizeBytes
    {
        get;
        init => field = value >= 4096 ? value : throw new ArgumentOutOfRangeException(nameof(CommitLogFileSizeBytes), value, "mappedFileSizeCommitLog must be at least 4096 bytes.");
    } = 1L << 30;

    /// <summary>mappedFileSizeConsumeQueue: a multiple of 20 bytes, the size of an entry.</summary>
    public int ConsumeQueueFileSizeBytes
    {
        get;
        init => field = value > 0 && value % 20 == 0 ? value : throw new ArgumentOutOfRangeException(nameof(ConsumeQueueFileSizeBytes), value, "mappedFileSizeConsumeQueue must be a multiple of 20 bytes, 6000000 by default.");
    } = 6_000_000;

    public FlushDiskType Flush { get; init; } = FlushDiskType.Async;

    /// <summary>flushIntervalCommitLog: pause between background flushes with <see cref="FlushDiskType.Async"/>.</summary>
    public int FlushIntervalMs
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(FlushIntervalMs), value, "flushIntervalCommitLog must be at least 1 ms.");
    } = 500;

    /// <summary>How often queues and index are synced and the restart point moves. Recovery after a kill reads what was written since.</summary>
    public int CheckpointIntervalMs
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(CheckpointIntervalMs), value, "The checkpoint interval must be at least 1 ms.");
    } = 10_000;

    /// <summary>maxMessageSize: of a message's body, and of a batch's whole body.</summary>
    public int MaxMessageSizeBytes
    {
        get;
        init => field = value is > 0 and <= 1 << 29 ? value : throw new ArgumentOutOfRangeException(nameof(MaxMessageSizeBytes), value, "maxMessageSize must be between 1 and 536870912 bytes.");
    } = 4 * 1024 * 1024;

    public ConfirmMode Confirm { get; init; } = ConfirmMode.WhenStored;

    /// <summary>messageIndexEnable: keep the hash index by KEYS and UNIQ_KEY.</summary>
    public bool IndexEnabled { get; init; } = true;

    /// <summary>maxHashSlotNum of an index file.</summary>
    public int IndexSlots
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(IndexSlots), value, "maxHashSlotNum must be at least 1.");
    } = 5_000_000;

    /// <summary>maxIndexNum: entries of an index file.</summary>
    public int IndexEntries
    {
        get;
        init => field = value > 1 ? value : throw new ArgumentOutOfRangeException(nameof(IndexEntries), value, "maxIndexNum must be at least 2.");
    } = 20_000_000;

    /// <summary>messageDelayLevel as milliseconds, level 1 first: what a scheduled message's queue entry is computed from.</summary>
    public IReadOnlyList<long> DelayLevelsMs { get; init; } =
    [
        1_000, 5_000, 10_000, 30_000, 60_000, 120_000, 180_000, 240_000, 300_000, 360_000, 420_000, 480_000, 540_000, 600_000,
        1_200_000, 1_800_000, 3_600_000, 7_200_000,
    ];

    /// <summary>Names the running boot of the machine; the default reads /proc/sys/kernel/random/boot_id (empty where there is none).</summary>
    public Func<string>? BootId { get; init; }
}
