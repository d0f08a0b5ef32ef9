using System.Net;
using RocketAspire.Broker.Acl;
using RocketAspire.Broker.Raft;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>What one broker runs with. Times and limits default to Apache's; each property is named after its key in broker.conf.</summary>
public sealed record BrokerOptions
{
    public string ClusterName { get; init; } = "DefaultCluster";

    public required string BrokerName { get; init; }

    /// <summary>0 is the master.</summary>
    public long BrokerId { get; init; }

    public BrokerRole Role { get; init; }

    /// <summary>The one address that clients are told.</summary>
    public string BrokerIP1 { get; init; } = "127.0.0.1";

    /// <summary>The address that slaves are told for replication.</summary>
    public string BrokerIP2 { get; init; } = "127.0.0.1";

    /// <summary>Where the listeners bind.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>0 takes a free port, and then there is no VIP listener: for tests.</summary>
    public int ListenPort { get; init; } = 10911;

    public int HaListenPort { get; init; } = 10912;

    /// <summary>A slave's master as ip:haPort; null: learned from the name servers.</summary>
    public string? HaMasterAddress { get; init; }

    public IReadOnlyList<string> NameServers { get; init; } = [];

    public required StoreOptions Store { get; init; }

    public TimeSpan SyncFlushTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan SlaveTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Its DLedger group; null: master/slave. The store then confirms by hand.</summary>
    public RaftGroupOptions? Raft { get; init; }

    /// <summary>Null when not set: then SYNC_MASTER waits for one slave.</summary>
    public int? InSyncReplicas { get; init; }

    public int TotalReplicas { get; init; } = 1;

    public long HaSlaveFallbehindMaxBytes { get; init; } = 256L * 1024 * 1024;

    public TimeSpan HaSendHeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan HaHousekeepingInterval { get; init; } = TimeSpan.FromSeconds(20);

    public bool AllowUncleanMaster { get; init; }

    /// <summary>Bits of <see cref="PermName"/>.</summary>
    public int BrokerPermission { get; init; } = PermName.ReadWrite;

    public bool AutoCreateTopicEnable { get; init; } = true;

    public int DefaultTopicQueueNums { get; init; } = 8;

    public bool AutoCreateSubscriptionGroup { get; init; } = true;

    public bool ClusterTopicEnable { get; init; } = true;

    public bool BrokerTopicEnable { get; init; } = true;

    public bool TraceTopicEnable { get; init; }

    public string MsgTraceTopicName { get; init; } = "RMQ_SYS_TRACE_TOPIC";

    /// <summary>messageDelayLevel as it was written, for <see cref="Store"/>'s levels in milliseconds.</summary>
    public string MessageDelayLevel { get; init; } = DelayLevels.DefaultText;

    public TimeSpan FlushConsumerOffsetInterval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan FlushDelayOffsetInterval { get; init; } = TimeSpan.FromSeconds(10);

    public bool LongPollingEnable { get; init; } = true;

    public TimeSpan ShortPollingTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Pulls that may be held at once.</summary>
    public int PullQueueCapacity { get; init; } = 100_000;

    /// <summary>Sends that may wait for disk or slave at once.</summary>
    public int SendQueueCapacity { get; init; } = 10_000;

    /// <summary>Bytes of those sends.</summary>
    public long SendQueueBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Most messages and bytes that one pull's answer carries.</summary>
    public int MaxTransferCount { get; init; } = 32;

    /// <inheritdoc cref="MaxTransferCount"/>
    public int MaxTransferBytes { get; init; } = 256 * 1024;

    /// <summary>Percent of the machine's memory that counts as page cache: who lags more is sent to a slave.</summary>
    public int AccessMessageInMemoryMaxRatio { get; init; } = 40;

    public bool SlaveReadEnable { get; init; }

    public bool OffsetCheckInSlave { get; init; }

    /// <summary>Whether SQL92 filters are taken.</summary>
    public bool EnablePropertyFilter { get; init; }

    /// <summary>Whether messages of a retry topic are judged by the filter of the topic that they come from.</summary>
    public bool FilterSupportRetry { get; init; }

    public bool NotifyConsumerIdsChangedEnable { get; init; } = true;

    public bool RejectTransactionMessage { get; init; }

    /// <summary>Age from which an open transaction is asked about.</summary>
    public TimeSpan TransactionTimeOut { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How often a transaction is asked about before it is given up.</summary>
    public int TransactionCheckMax { get; init; } = 15;

    public TimeSpan TransactionCheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a log file is kept; an open transaction that is older is given up.</summary>
    public TimeSpan FileReservedTime { get; init; } = TimeSpan.FromHours(72);

    /// <summary>Most messages that a query by UNIQ_KEY answers with.</summary>
    public int DefaultQueryMaxNum { get; init; } = 32;

    /// <summary>Whether a copy of each reply of request-reply is stored.</summary>
    public bool StoreReplyMessageEnable { get; init; } = true;

    /// <summary>Whether messages may ask for any moment of delivery.</summary>
    public bool TimerWheelEnable { get; init; } = true;

    /// <summary>The furthest that such a moment may lie ahead.</summary>
    public TimeSpan TimerMaxDelay { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Whether producers may take back what was not delivered yet.</summary>
    public bool RecallMessageEnable { get; init; }

    public string RegionId { get; init; } = "DefaultRegion";

    public bool TraceOn { get; init; } = true;

    /// <summary>Unix milliseconds before which sends are refused.</summary>
    public long StartAcceptSendRequestTimeStamp { get; init; }

    public TimeSpan RegisterNameServerPeriod
    {
        get;
        init => field = value < TimeSpan.FromSeconds(10) ? TimeSpan.FromSeconds(10) : value > TimeSpan.FromSeconds(60) ? TimeSpan.FromSeconds(60) : value;
    } = TimeSpan.FromSeconds(30);

    public TimeSpan RegisterBrokerTimeout { get; init; } = TimeSpan.FromSeconds(6);

    public bool CompressedRegister { get; init; }

    /// <summary>A client that was silent for so long is forgotten.</summary>
    public TimeSpan ClientExpiry { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The file's pairs, for GET_BROKER_CONFIG; empty in tests.</summary>
    public PropertiesFile File { get; init; } = PropertiesFile.Empty;

    /// <summary>The file itself, which UPDATE_BROKER_CONFIG rewrites; null when there is none.</summary>
    public string? FilePath { get; init; }

    public RetentionOptions Retention { get; init; } = new();

    public PopOptions Pop { get; init; } = new();

    /// <summary>Used part of the disk that holds a folder, 0 to 1, negative when not known; a seam for tests.</summary>
    public Func<string, double> DiskUsed { get; init; } = DiskUsage.Of;

    /// <summary>Where the rules of ACL lie; null: everybody may do everything.</summary>
    public AclOptions? Acl { get; init; }

    /// <summary>TLS on the ports for clients and towards name servers and the master; null: none.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>What requests to the master and to name servers are signed with, or null.</summary>
    public AclCredentials? Credentials { get; init; }

    /// <summary>What connections to other nodes pass through; a seam for tests.</summary>
    public IPeerNetwork PeerNetwork { get; init; } = Remoting.PeerNetwork.Direct;

    public bool IsSlave => Role == BrokerRole.Slave;

    /// <summary>Where config/*.json live.</summary>
    public string ConfigDirectory => Path.Combine(Store.RootDirectory, "config");
}
