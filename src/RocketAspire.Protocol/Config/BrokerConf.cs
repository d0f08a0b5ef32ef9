namespace RocketAspire.Protocol.Config;

/// <summary>Which part a broker plays in its group.</summary>
public enum BrokerRole
{
    /// <summary>A master that answers once its own log has the message.</summary>
    AsyncMaster,

    /// <summary>A master that answers once enough slaves have the message too.</summary>
    SyncMaster,

    /// <summary>A copy of a master.</summary>
    Slave,
}

/// <summary>When a message counts as stored.</summary>
public enum FlushDiskType
{
    /// <summary>Once the operating system has it; the disk follows.</summary>
    AsyncFlush,

    /// <summary>Once the disk has it.</summary>
    SyncFlush,
}

/// <summary>
/// The keys of <c>broker.conf</c>. Those that we write, honour or warn about are declared here, each once, for reading and writing;
/// the other keys of Apache's brokers are known by name, type and default (<see cref="Undeclared"/>).
/// </summary>
/// <remarks>
/// Sources: BrokerConfig, MessageStoreConfig, NettyServerConfig and NettyClientConfig of
/// <c>https://github.com/apache/rocketmq/tree/rocketmq-all-4.9.8</c> and <c>https://github.com/apache/rocketmq/tree/rocketmq-all-5.3.1</c>.
/// </remarks>
public static class BrokerConf
{
    private const string Later = "not part of the embedded node yet";
    private const string OwnWay = "the embedded node manages this itself";
    private const string GoesAtOnce = "the embedded node deletes a file at once: reads under way still end";

    private static readonly ConfKeyTable Table = new();

    // Who it is and where it listens
    public static readonly BrokerConfKey<string> BrokerClusterName = Table.Text("brokerClusterName", "DefaultCluster", "the cluster's name, the same for every broker of it");
    public static readonly BrokerConfKey<string> BrokerName = Table.Text("brokerName", null, "the group's name: a master and its slaves share it");
    public static readonly BrokerConfKey<long> BrokerId = Table.Long("brokerId", 0, "0 is the master, each slave has its own number above 0; not for DLedger nodes");
    public static readonly BrokerConfKey<string> BrokerIP1 = Table.Text("brokerIP1", null, "the address told to clients, together with listenPort");
    public static readonly BrokerConfKey<string> BrokerIP2 = Table.Text("brokerIP2", null, "the address told to slaves for replication");
    public static readonly BrokerConfKey<string> BindAddress = Table.Text("bindAddress", "0.0.0.0", "the local address to listen on", ConfVersions.V5);
    public static readonly BrokerConfKey<int> ListenPort = Table.Int("listenPort", 10911, "the port for clients; two below it is the VIP port", 1, 65535);
    public static readonly BrokerConfKey<int> HaListenPort = Table.Int("haListenPort", 0, "the port for slaves; 0 means listenPort + 1", 0, 65535);
    public static readonly BrokerConfKey<string> NamesrvAddr = Table.Text("namesrvAddr", null, "all name servers: ip:port;ip:port");
    public static readonly BrokerConfKey<int> BrokerPermission = Table.Int("brokerPermission", 6, "4 read, 2 write, 6 both", 0, 6);
    public static readonly BrokerConfKey<int> RegisterNameServerPeriod = Table.Int("registerNameServerPeriod", 30_000, "ms between registrations at the name servers; outside 10000 to 60000 it is cut to them", 1);
    public static readonly BrokerConfKey<int> RegisterBrokerTimeoutMills = Table.Int("registerBrokerTimeoutMills", 24_000, "ms to wait for a name server's answer", 1, inV4: "6000");
    public static readonly BrokerConfKey<bool> ForceRegister = Table.Bool("forceRegister", true, "register each period even when nothing changed", notHonoured: "the embedded node registers each period");
    public static readonly BrokerConfKey<bool> FetchNamesrvAddrByAddressServer = Table.Bool("fetchNamesrvAddrByAddressServer", false, "ask a web server for the name servers", notHonoured: "the embedded node takes namesrvAddr only");

    // Topics, groups and clients
    public static readonly BrokerConfKey<int> DefaultTopicQueueNums = Table.Int("defaultTopicQueueNums", 8, "queues of a topic that is created by its first message", 1);
    public static readonly BrokerConfKey<bool> AutoCreateTopicEnable = Table.Bool("autoCreateTopicEnable", true, "create topics by their first message");
    public static readonly BrokerConfKey<bool> AutoCreateSubscriptionGroup = Table.Bool("autoCreateSubscriptionGroup", true, "create consumer groups by their first consumer");
    public static readonly BrokerConfKey<bool> ClusterTopicEnable = Table.Bool("clusterTopicEnable", true, "give the topic named after the cluster queues to write to");
    public static readonly BrokerConfKey<bool> BrokerTopicEnable = Table.Bool("brokerTopicEnable", true, "give the topic named after the broker queues to write to");
    public static readonly BrokerConfKey<bool> TraceTopicEnable = Table.Bool("traceTopicEnable", false, "create the message trace topic");
    public static readonly BrokerConfKey<string> MsgTraceTopicName = Table.Text("msgTraceTopicName", "RMQ_SYS_TRACE_TOPIC", "where traces go");
    public static readonly BrokerConfKey<bool> RejectTransactionMessage = Table.Bool("rejectTransactionMessage", false, "refuse transactions");
    public static readonly BrokerConfKey<long> TransactionTimeOut = Table.Long("transactionTimeOut", 6_000, "ms before an open transaction is asked about", 1);
    public static readonly BrokerConfKey<int> TransactionCheckMax = Table.Int("transactionCheckMax", 15, "how often to ask before giving up", 1);
    public static readonly BrokerConfKey<long> TransactionCheckInterval = Table.Long("transactionCheckInterval", 30_000, "ms between rounds of asking", 1, inV4: "60000");
    public static readonly BrokerConfKey<bool> LongPollingEnable = Table.Bool("longPollingEnable", true, "keep a pull open until a message comes");
    public static readonly BrokerConfKey<long> ShortPollingTimeMills = Table.Long("shortPollingTimeMills", 1_000, "ms a pull is kept when longPollingEnable is off", 1);
    public static readonly BrokerConfKey<bool> NotifyConsumerIdsChangedEnable = Table.Bool("notifyConsumerIdsChangedEnable", true, "tell consumers when their group's members change");
    public static readonly BrokerConfKey<int> FlushConsumerOffsetInterval = Table.Int("flushConsumerOffsetInterval", 5_000, "ms between writes of the consumer offsets to disk", 1);
    public static readonly BrokerConfKey<bool> SlaveReadEnable = Table.Bool("slaveReadEnable", false, "send consumers that lag far behind to a slave");
    public static readonly BrokerConfKey<bool> OffsetCheckInSlave = Table.Bool("offsetCheckInSlave", false, "let a slave answer that an offset is gone");
    public static readonly BrokerConfKey<bool> EnablePropertyFilter = Table.Bool("enablePropertyFilter", false, "allow SQL filters");
    public static readonly BrokerConfKey<bool> FilterSupportRetry = Table.Bool("filterSupportRetry", false, "filter retries by what the group wants of the topic they come from");
    public static readonly BrokerConfKey<bool> StoreReplyMessageEnable = Table.Bool("storeReplyMessageEnable", true, "store replies of request/reply");
    public static readonly BrokerConfKey<string> RocketmqHome = Table.Text("rocketmqHome", null, "where conf/plain_acl.yml, conf/acl/ and conf/tools.yml lie; ROCKETMQ_HOME when unset");
    public static readonly BrokerConfKey<bool> AclEnable = Table.Bool("aclEnable", false, "ask everybody for an account: the rules lie in conf/plain_acl.yml and conf/acl/");
    public static readonly BrokerConfKey<bool> TraceOn = Table.Bool("traceOn", true, "tell clients that traces are wanted");
    public static readonly BrokerConfKey<string> RegionId = Table.Text("regionId", "DefaultRegion", "the region's name in traces");

    // Popping
    public static readonly BrokerConfKey<int> ReviveQueueNum = Table.Int("reviveQueueNum", 8, "queues of the topic in which popped messages are noted", 1, 998, ConfVersions.V5);
    public static readonly BrokerConfKey<int> PopPollingSize = Table.Int("popPollingSize", 1024, "pops that may wait for one queue of one group", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<long> MaxPopPollingSize = Table.Long("maxPopPollingSize", 100_000, "pops that may wait in all", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<int> PopFromRetryProbability = Table.Int("popFromRetryProbability", 20, "percent of pops that look into the retry topic first", 0, 100, ConfVersions.V5);
    public static readonly BrokerConfKey<bool> EnableRetryTopicV2 = Table.Bool("enableRetryTopicV2", false, "name retry topics of popping groups group+topic instead of group_topic", ConfVersions.V5);
    public static readonly BrokerConfKey<bool> RetrieveMessageFromPopRetryTopicV1 = Table.Bool("retrieveMessageFromPopRetryTopicV1", true, "with enableRetryTopicV2, read those of the older name too", ConfVersions.V5);
    public static readonly BrokerConfKey<bool> PopResponseReturnActualRetryTopic = Table.Bool("popResponseReturnActualRetryTopic", false, "hand out messages of a retry topic under its name", ConfVersions.V5);
    public static readonly BrokerConfKey<bool> EnablePopMessageThreshold = Table.Bool("enablePopMessageThreshold", false, "give a group no more of a queue while popInflightMessageThreshold messages are invisible", ConfVersions.V5);
    public static readonly BrokerConfKey<long> PopInflightMessageThreshold = Table.Long("popInflightMessageThreshold", 10_000, "invisible messages of one queue and group", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<bool> InitPopOffsetByCheckMsgInMem = Table.Bool("initPopOffsetByCheckMsgInMem", true, "give a new group that wants the last message all of a young queue", ConfVersions.V5);
    public static readonly BrokerConfKey<string> DefaultMessageRequestMode = Table.Text("defaultMessageRequestMode", "PULL", "PULL or POP: how groups consume that nobody told", ConfVersions.V5);
    public static readonly BrokerConfKey<int> DefaultPopShareQueueNum = Table.Int("defaultPopShareQueueNum", -1, "from the queues of how many others a popping consumer takes; -1 from all", null, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<bool> ServerLoadBalancerEnable = Table.Bool("serverLoadBalancerEnable", true, "share queues out among consumers that ask for theirs", ConfVersions.V5);

    // Threads: the embedded node has none of its own to count
    public static readonly BrokerConfKey<int> SendMessageThreadPoolNums = Table.Int("sendMessageThreadPoolNums", 4, "threads for sends (at most the processors)", 1, notHonoured: OwnWay);
    public static readonly BrokerConfKey<int> PullMessageThreadPoolNums = Table.Int("pullMessageThreadPoolNums", 16, "threads for pulls (16 and two for each processor)", 1, notHonoured: OwnWay);

    // Store
    public static readonly BrokerConfKey<string> StorePathRootDir = Table.Text("storePathRootDir", null, "the node's own store folder (~/store when unset)");
    public static readonly BrokerConfKey<string> StorePathCommitLog = Table.Text("storePathCommitLog", null, "the commit log's folder; storePathRootDir/commitlog when unset");
    public static readonly BrokerConfKey<int> MappedFileSizeCommitLog = Table.Int("mappedFileSizeCommitLog", 1_073_741_824, "bytes of one commit log file", 1024);
    public static readonly BrokerConfKey<int> MappedFileSizeConsumeQueue = Table.Int("mappedFileSizeConsumeQueue", 6_000_000, "bytes of one consume queue file, 20 an entry", 20);
    public static readonly BrokerConfKey<FlushDiskType> FlushDiskType = Table.Choice(
        "flushDiskType", Config.FlushDiskType.AsyncFlush, "whether an answer waits for the disk",
        ("ASYNC_FLUSH", Config.FlushDiskType.AsyncFlush), ("SYNC_FLUSH", Config.FlushDiskType.SyncFlush));
    public static readonly BrokerConfKey<int> FlushIntervalCommitLog = Table.Int("flushIntervalCommitLog", 500, "ms between flushes with ASYNC_FLUSH", 1);
    public static readonly BrokerConfKey<int> FlushIntervalConsumeQueue = Table.Int("flushIntervalConsumeQueue", 1_000, "ms between flushes of consume queues", 1, notHonoured: OwnWay);
    public static readonly BrokerConfKey<int> SyncFlushTimeout = Table.Int("syncFlushTimeout", 5_000, "ms that an answer waits for the disk", 1);
    public static readonly BrokerConfKey<int> MaxMessageSize = Table.Int("maxMessageSize", 4_194_304, "bytes of a message's body at most", 1);
    public static readonly BrokerConfKey<string> DeleteWhen = Table.Text("deleteWhen", "04", "the hours at which old files go: 04, or 04;16");
    public static readonly BrokerConfKey<int> FileReservedTime = Table.Int("fileReservedTime", 72, "hours that a log file is kept after its last write", 1);
    public static readonly BrokerConfKey<int> DiskMaxUsedSpaceRatio = Table.Int("diskMaxUsedSpaceRatio", 75, "percent of the disk from which old files go early; 10 to 95", 10, 95);
    public static readonly BrokerConfKey<bool> CleanFileForciblyEnable = Table.Bool("cleanFileForciblyEnable", true, "delete files that are still young when the disk is full");
    public static readonly BrokerConfKey<int> DiskSpaceCleanForciblyRatio = Table.Int("diskSpaceCleanForciblyRatio", 85, "percent of the disk from which cleanFileForciblyEnable counts; Apache's broker takes at most 85", 10, 100, ConfVersions.V5);
    public static readonly BrokerConfKey<int> DiskSpaceWarningLevelRatio = Table.Int("diskSpaceWarningLevelRatio", 90, "percent of the disk from which nothing more is stored; Apache's broker takes at most 90", 10, 100, ConfVersions.V5);
    public static readonly BrokerConfKey<int> CleanResourceInterval = Table.Int("cleanResourceInterval", 10_000, "ms between looks for files to delete", 1);
    public static readonly BrokerConfKey<int> DeleteCommitLogFilesInterval = Table.Int("deleteCommitLogFilesInterval", 100, "ms between the deletion of two files");
    public static readonly BrokerConfKey<int> DeleteFileBatchMax = Table.Int("deleteFileBatchMax", 10, "files deleted at one look", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<int> DeleteConsumeQueueFilesInterval = Table.Int("deleteConsumeQueueFilesInterval", 100, "ms between the deletion of two consume queue files", notHonoured: OwnWay);
    public static readonly BrokerConfKey<int> DestroyMapedFileIntervalForcibly = Table.Int("destroyMapedFileIntervalForcibly", 120_000, "ms that a file which is read is kept before it goes all the same", notHonoured: GoesAtOnce);
    public static readonly BrokerConfKey<int> RedeleteHangedFileInterval = Table.Int("redeleteHangedFileInterval", 120_000, "ms until a file that could not be deleted is tried again", notHonoured: GoesAtOnce);
    public static readonly BrokerConfKey<bool> CheckCrcOnRecover = Table.Bool("checkCRCOnRecover", true, "check each record's sum on recovery", notHonoured: "the embedded node always checks");
    public static readonly BrokerConfKey<bool> MessageIndexEnable = Table.Bool("messageIndexEnable", true, "index messages by their keys");
    public static readonly BrokerConfKey<int> MaxHashSlotNum = Table.Int("maxHashSlotNum", 5_000_000, "hash slots of one index file", 1);
    public static readonly BrokerConfKey<int> MaxIndexNum = Table.Int("maxIndexNum", 20_000_000, "entries of one index file", 1);
    public static readonly BrokerConfKey<int> MaxTransferBytesInMemory = Table.Int("maxTransferBytesOnMessageInMemory", 262_144, "bytes of one pull from recent messages", 1);
    public static readonly BrokerConfKey<int> MaxTransferCountInMemory = Table.Int("maxTransferCountOnMessageInMemory", 32, "messages of one pull from recent messages", 1);
    public static readonly BrokerConfKey<int> MaxTransferBytesOnDisk = Table.Int("maxTransferBytesOnMessageInDisk", 65_536, "bytes of one pull from old messages", 1, notHonoured: OwnWay);
    public static readonly BrokerConfKey<int> MaxTransferCountOnDisk = Table.Int("maxTransferCountOnMessageInDisk", 8, "messages of one pull from old messages", 1, notHonoured: OwnWay);
    public static readonly BrokerConfKey<int> AccessMessageInMemoryMaxRatio = Table.Int("accessMessageInMemoryMaxRatio", 40, "percent of memory that counts as recent messages", 1, 100);
    public static readonly BrokerConfKey<int> DefaultQueryMaxNum = Table.Int("defaultQueryMaxNum", 32, "messages of one query by a message's own key", 1);
    public static readonly BrokerConfKey<string> MessageDelayLevel = Table.Text("messageDelayLevel", "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h", "the delay levels, from level 1 on");
    public static readonly BrokerConfKey<long> FlushDelayOffsetInterval = Table.Long("flushDelayOffsetInterval", 10_000, "ms between writes of the delay offsets to disk", 1);
    public static readonly BrokerConfKey<bool> TransientStorePoolEnable = Table.Bool("transientStorePoolEnable", false, "write through memory of its own (ASYNC_FLUSH masters only)", notHonoured: OwnWay);
    public static readonly BrokerConfKey<string> StoreType = Table.Text("storeType", "default", "default or defaultRocksDB", ConfVersions.V5, "the embedded node has the file store only");
    public static readonly BrokerConfKey<bool> TimerWheelEnable = Table.Bool("timerWheelEnable", true, "deliver messages at any moment, not only by level", ConfVersions.V5);
    public static readonly BrokerConfKey<int> TimerMaxDelaySec = Table.Int("timerMaxDelaySec", 259_200, "seconds that such a moment may lie ahead", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<bool> RecallMessageEnable = Table.Bool("recallMessageEnable", false, "let producers take back timed messages; from 5.3.2 on", ConfVersions.V5);
    public static readonly BrokerConfKey<string> MessageStorePlugIn = Table.Text("messageStorePlugIn", "", "classes wrapped around the store", notHonoured: "they are Java classes");

    // Master and slaves
    public static readonly BrokerConfKey<BrokerRole> BrokerRole = Table.Choice(
        "brokerRole", Config.BrokerRole.AsyncMaster, "the node's part in its group; not for DLedger nodes",
        ("ASYNC_MASTER", Config.BrokerRole.AsyncMaster), ("SYNC_MASTER", Config.BrokerRole.SyncMaster), ("SLAVE", Config.BrokerRole.Slave));
    public static readonly BrokerConfKey<int> TotalReplicas = Table.Int("totalReplicas", 1, "copies of the log in the group, the master among them", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<int> InSyncReplicas = Table.Int("inSyncReplicas", 1, "copies that SYNC_MASTER waits for, its own among them", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<int> MinInSyncReplicas = Table.Int("minInSyncReplicas", 1, "the least that enableAutoInSyncReplicas may go down to", 1, versions: ConfVersions.V5, notHonoured: "the embedded node never lowers inSyncReplicas");
    public static readonly BrokerConfKey<bool> EnableAutoInSyncReplicas = Table.Bool("enableAutoInSyncReplicas", false, "wait for fewer copies while slaves are missing", ConfVersions.V5, "the embedded node never lowers inSyncReplicas");
    public static readonly BrokerConfKey<bool> AllAckInSyncStateSet = Table.Bool("allAckInSyncStateSet", false, "wait for each copy of the in-sync set (controller mode)", ConfVersions.V5, "there is no controller mode");
    public static readonly BrokerConfKey<string> HaMasterAddress = Table.Text("haMasterAddress", null, "the master's replication address; a slave learns it from the name server when unset");
    public static readonly BrokerConfKey<int> HaSendHeartbeatInterval = Table.Int("haSendHeartbeatInterval", 5_000, "ms between signs of life of replication", 1);
    public static readonly BrokerConfKey<int> HaHousekeepingInterval = Table.Int("haHousekeepingInterval", 20_000, "ms of silence after which replication connects anew", 1);
    public static readonly BrokerConfKey<int> HaTransferBatchSize = Table.Int("haTransferBatchSize", 32_768, "bytes of one piece of log sent to a slave", 1, notHonoured: OwnWay);
    public static readonly BrokerConfKey<int> HaSlaveFallbehindMax = Table.Int("haSlaveFallbehindMax", 268_435_456, "bytes a slave may lag and still count; 5 calls it haMaxGapNotInSync", 1, versions: ConfVersions.V4);
    public static readonly BrokerConfKey<int> HaMaxGapNotInSync = Table.Int("haMaxGapNotInSync", 268_435_456, "bytes a slave may lag and still count; 4.9 calls it haSlaveFallbehindMax", 1, versions: ConfVersions.V5);
    public static readonly BrokerConfKey<int> SlaveTimeout = Table.Int("slaveTimeout", 3_000, "ms that SYNC_MASTER waits for a slave", 1);
    public static readonly BrokerConfKey<bool> SyncFromLastFile = Table.Bool("syncFromLastFile", false, "let an empty slave skip all but the last log file", ConfVersions.V5, "a slave always copies everything");
    public static readonly BrokerConfKey<bool> AllowUncleanMaster = Table.Bool("allowUncleanMaster", false, "serve although the store lacks messages that were confirmed and no slave has them", ConfVersions.Ours);

    // Metrics
    public static readonly BrokerConfKey<MetricsExporterType> MetricsExporterType = Table.Choice(
        "metricsExporterType", Config.MetricsExporterType.Disable, "how metrics are told, beside OTEL_EXPORTER_OTLP_ENDPOINT; 5.x",
        ("DISABLE", Config.MetricsExporterType.Disable), ("OTLP_GRPC", Config.MetricsExporterType.OtlpGrpc), ("PROM", Config.MetricsExporterType.Prometheus));
    public static readonly BrokerConfKey<string> MetricsGrpcExporterTarget = Table.Text("metricsGrpcExporterTarget", "", "where OTLP_GRPC sends them: http://host:port", ConfVersions.V5);
    public static readonly BrokerConfKey<int> MetricsPromExporterPort = Table.Int("metricsPromExporterPort", 5_557, "the port at which PROM serves /metrics", 1, 65_535, ConfVersions.V5);
    public static readonly BrokerConfKey<string> MetricsPromExporterHost = Table.Text("metricsPromExporterHost", "", "the address at which PROM serves /metrics; bindAddress when empty", ConfVersions.V5);

    // Raft and controller
    public static readonly BrokerConfKey<bool> EnableDLegerCommitLog = Table.Bool("enableDLegerCommitLog", false, "make the node one of a DLedger group (spelt without the second d)");
    public static readonly BrokerConfKey<string> DLegerGroup = Table.Text("dLegerGroup", null, "the DLedger group's name, the brokerName");
    public static readonly BrokerConfKey<string> DLegerPeers = Table.Text("dLegerPeers", null, "all nodes of the group, the same in each file: n0-ip:port;n1-ip:port");
    public static readonly BrokerConfKey<string> DLegerSelfId = Table.Text("dLegerSelfId", null, "this node's id in dLegerPeers");
    public static readonly BrokerConfKey<string> PreferredLeaderId = Table.Text("preferredLeaderId", null, "the node that should lead when it can");
    public static readonly BrokerConfKey<bool> EnableControllerMode = Table.Bool("enableControllerMode", false, "let a controller appoint masters", ConfVersions.V5, "there is no controller mode");
    public static readonly BrokerConfKey<string> ControllerAddr = Table.Text("controllerAddr", "", "the controllers' addresses", ConfVersions.V5, "there is no controller mode");

    private static readonly Dictionary<string, BrokerConfKey> ByName = Index(Table.Keys);

    /// <summary>The keys that are declared above, in that order.</summary>
    public static IReadOnlyList<BrokerConfKey> Declared => Table.Keys;

    /// <summary>Every other key that Apache's brokers read, and those of TLS. Built at first use, so that a start without strange keys doesn't pay for it.</summary>
    public static IEnumerable<BrokerConfKey> Undeclared => ApacheKeys.All.Values.Concat(TlsConf.Declared);

    /// <summary>Looks a key up by its exact name.</summary>
    public static BrokerConfKey? Find(string name) =>
        ByName.TryGetValue(name, out var key) ? key : TlsConf.Find(name) ?? ApacheKeys.All.GetValueOrDefault(name);

    internal static Dictionary<string, BrokerConfKey> Index(IReadOnlyCollection<BrokerConfKey> keys)
    {
        var index = new Dictionary<string, BrokerConfKey>(keys.Count, StringComparer.Ordinal);
        foreach (var key in keys) index.Add(key.Name, key);
        return index;
    }
}
