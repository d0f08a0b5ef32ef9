using RocketAspire.Protocol.Config;

namespace RocketAspire.Broker;

/// <summary>When old log files go, and when the disk counts as full. Defaults are Apache's; each property is named after its key in broker.conf.</summary>
public sealed record RetentionOptions
{
    /// <summary>A file younger than this stays while the disk allows it.</summary>
    public TimeSpan FileReservedTime { get; init; } = TimeSpan.FromHours(72);

    /// <summary>Hours of the local clock, as <c>04</c> or <c>04;16</c>: within them expired files go.</summary>
    public string DeleteWhen { get; init; } = "04";

    /// <summary>Percent of the disk in use from which expired files go at any hour.</summary>
    public int DiskMaxUsedSpaceRatio { get; init; } = 75;

    /// <summary>Percent from which files go that are not expired, when <see cref="CleanFileForciblyEnable"/>.</summary>
    public int DiskSpaceCleanForciblyRatio { get; init; } = 85;

    /// <summary>Percent from which nothing more is stored.</summary>
    public int DiskSpaceWarningLevelRatio { get; init; } = 90;

    public bool CleanFileForciblyEnable { get; init; } = true;

    /// <summary>Between two looks; the first comes a minute after the start. Read at the start.</summary>
    public TimeSpan CleanResourceInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two files: deleting a large one keeps the disk busy.</summary>
    public TimeSpan DeleteCommitLogFilesInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Files of one look at most.</summary>
    public int DeleteFileBatchMax { get; init; } = 10;

    public static RetentionOptions Read(BrokerSettings settings) => new()
    {
        FileReservedTime = TimeSpan.FromHours(settings.Get(BrokerConf.FileReservedTime)),
        DeleteWhen = settings.Get(BrokerConf.DeleteWhen),
        DiskMaxUsedSpaceRatio = settings.Get(BrokerConf.DiskMaxUsedSpaceRatio),
        DiskSpaceCleanForciblyRatio = settings.Get(BrokerConf.DiskSpaceCleanForciblyRatio),
        DiskSpaceWarningLevelRatio = settings.Get(BrokerConf.DiskSpaceWarningLevelRatio),
        CleanFileForciblyEnable = settings.Get(BrokerConf.CleanFileForciblyEnable),
        CleanResourceInterval = TimeSpan.FromMilliseconds(settings.Get(BrokerConf.CleanResourceInterval)),
        DeleteCommitLogFilesInterval = TimeSpan.FromMilliseconds(settings.Get(BrokerConf.DeleteCommitLogFilesInterval)),
        DeleteFileBatchMax = settings.Get(BrokerConf.DeleteFileBatchMax),
    };
}
