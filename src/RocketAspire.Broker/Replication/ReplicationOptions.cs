using System.Net;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>How a node replicates. Times and limits default to Apache's.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/config/MessageStoreConfig.java</remarks>
public sealed record ReplicationOptions
{
    public ReplicationRole Role { get; init; }

    /// <summary>SYNC_MASTER: an answer waits for a slave.</summary>
    public bool SyncMaster { get; init; }

    /// <summary>
    /// Copies, the master's own among them, that an answer waits for; null when not set. With SYNC_MASTER, not set means
    /// one slave (as 4.9 does it) and an explicit 1 means none (as 5.x does it).
    /// </summary>
    public int? InSyncReplicas { get; init; }

    /// <summary>Copies that the group is meant to have, the master's own among them.</summary>
    public int TotalReplicas { get; init; } = 1;

    public string ClusterName { get; init; } = "DefaultCluster";

    public required string BrokerName { get; init; }

    /// <summary>0 is the master.</summary>
    public long BrokerId { get; init; }

    /// <summary>Where a master listens for slaves: <c>haListenPort</c> (listenPort + 1) on the broker's addresses. Port 0 takes a free one.</summary>
    public IReadOnlyList<IPEndPoint> HaListen { get; init; } = [];

    /// <summary>The address that slaves are told (<c>brokerIP2</c>).</summary>
    public string AdvertisedHaHost { get; init; } = "127.0.0.1";

    /// <summary>
    /// A slave's master, <c>ip:haPort</c>; null when it is to be learned from the name servers. The remoting port is
    /// taken to be one lower, as it is unless <c>haListenPort</c> was set.
    /// </summary>
    public string? HaMasterAddress { get; init; }

    /// <summary>The store is flushed before answers (SYNC_FLUSH): a slave acknowledges what it fsynced.</summary>
    public bool SyncFlush { get; init; }

    /// <summary>How long an answer waits for a connected slave.</summary>
    public TimeSpan SlaveTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A slave that is further behind isn't waited for. Bytes.</summary>
    public long HaSlaveFallbehindMaxBytes { get; init; } = 256L * 1024 * 1024;

    public TimeSpan HaSendHeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For so long an Apache slave has to say that it holds nothing before a master that may have lost its log believes it.
    /// Shorter than the 5 s from one of its reports to the next.
    /// </summary>
    public TimeSpan EmptySlaveStays { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A silent HA connection is closed after this long.</summary>
    public TimeSpan HaHousekeepingInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Most bytes of log in one HA transfer, 1 KiB to 1 MiB. An Apache slave takes just under 4 MiB.</summary>
    public int HaTransferBatchBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// A master that may lack confirmed bytes goes on without them if no slave is there within
    /// <see cref="UncleanMasterGrace"/>. What it lacks is then lost to the group, or at odds with its slave.
    /// </summary>
    public bool AllowUncleanMaster { get; init; }

    /// <summary>How long <see cref="AllowUncleanMaster"/> gives a slave to bring the lost bytes back.</summary>
    public TimeSpan UncleanMasterGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Where <c>replication.json</c> is kept: the store's <c>config</c> folder.</summary>
    public required string ConfigDirectory { get; init; }

    /// <summary>Size of a log file in bytes (<c>mappedFileSizeCommitLog</c>): it must be equal on both sides.</summary>
    public long CommitLogFileSizeBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>How often a slave of an Apache master asks for topics, groups and offsets.</summary>
    public TimeSpan MetadataPollInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Asks the name servers whether this broker's name has a slave; null when there is nobody to ask. Only used by a
    /// master with an empty store or after a machine stop that expects no replicas by its settings.
    /// </summary>
    public Func<CancellationToken, ValueTask<bool>>? SlaveIsRegistered { get; init; }

    /// <summary>What HA connections pass through.</summary>
    public IPeerNetwork Network { get; init; } = PeerNetwork.Direct;

    /// <summary>Slaves whose acknowledgement an answer waits for.</summary>
    public int AcksNeeded => Role == ReplicationRole.Master && SyncMaster ? Math.Max(0, (InSyncReplicas ?? 2) - 1) : 0;

    /// <summary>Slaves that the settings promise.</summary>
    public int SlavesExpected => Math.Max(AcksNeeded, TotalReplicas - 1);
}
