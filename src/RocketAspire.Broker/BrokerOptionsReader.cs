using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using RocketAspire.Broker.Acl;
using RocketAspire.Broker.Raft;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using FlushDiskType = RocketAspire.Protocol.Config.FlushDiskType;

namespace RocketAspire.Broker;

/// <summary>Turns a broker.conf into options, and says in one line what is wrong with it.</summary>
public static class BrokerOptionsReader
{
    /// <summary>Null with the problem when the settings can't work.</summary>
    /// <param name="settings">The file's settings.</param>
    /// <param name="nameServers">What -n says; null takes the file's namesrvAddr.</param>
    /// <param name="filePath">The file they come from.</param>
    /// <param name="problem">One line naming the setting, or null.</param>
    public static BrokerOptions? Read(BrokerSettings settings, string? nameServers, string? filePath, out string? problem)
    {
        problem = null;
        var group = RaftGroupReader.Read(settings, out problem);
        if (problem is not null) return null;
        // A DLedger node's role is its group's to decide.
        var role = group is null ? settings.Get(BrokerConf.BrokerRole) : BrokerRole.AsyncMaster;
        var id = role == BrokerRole.Slave ? settings.Get(BrokerConf.BrokerId) : 0;
        if (role == BrokerRole.Slave && id <= 0) return Fail(out problem, "brokerId: a slave's must be above 0");
        if (DelayLevels.Parse(settings.Get(BrokerConf.MessageDelayLevel)) is not { } delays)
            return Fail(out problem, "messageDelayLevel: must be blank-separated times such as 1s 5m 2h");
        if (ReadNameServers(nameServers ?? settings.Get(BrokerConf.NamesrvAddr), out var addresses) is { } wrongAddress) return Fail(out problem, wrongAddress);
        if (ReadStore(settings, delays, out var store) is { } wrongStore) return Fail(out problem, wrongStore);
        if (ReadHost(settings, out var bind, out var ip1) is { } wrongHost) return Fail(out problem, wrongHost);
        var port = settings.Get(BrokerConf.ListenPort);
        if (port < 3) return Fail(out problem, "listenPort: must be at least 3, for the VIP port is two below");
        if (ReadAcl(settings, filePath, out var acl, out var credentials) is { } wrongAcl) return Fail(out problem, wrongAcl);
        var haPort = settings.Get(BrokerConf.HaListenPort);
        var identity = new BrokerOptions
        {
            ClusterName = settings.Get(BrokerConf.BrokerClusterName),
            BrokerName = settings.IsSet(BrokerConf.BrokerName) ? settings.Get(BrokerConf.BrokerName) : group?.Group ?? Environment.MachineName,
            BrokerId = id,
            Role = role,
            BrokerIP1 = ip1,
            BrokerIP2 = settings.IsSet(BrokerConf.BrokerIP2) ? settings.Get(BrokerConf.BrokerIP2) : ip1,
            BindAddress = bind,
            ListenPort = port,
            HaListenPort = haPort > 0 ? haPort : port + 1,
            HaMasterAddress = settings.IsSet(BrokerConf.HaMasterAddress) ? settings.Get(BrokerConf.HaMasterAddress) : null,
            NameServers = addresses,
            Store = group is null ? store! : store! with { Confirm = ConfirmMode.Manual },
            Raft = group,
            InSyncReplicas = settings.IsSet(BrokerConf.InSyncReplicas) ? settings.Get(BrokerConf.InSyncReplicas) : null,
            TotalReplicas = settings.Get(BrokerConf.TotalReplicas),
            // 5.x renamed the key.
            HaSlaveFallbehindMaxBytes = settings.Get(settings.IsSet(BrokerConf.HaMaxGapNotInSync) ? BrokerConf.HaMaxGapNotInSync : BrokerConf.HaSlaveFallbehindMax),
            HaSendHeartbeatInterval = Milliseconds(settings.Get(BrokerConf.HaSendHeartbeatInterval)),
            HaHousekeepingInterval = Milliseconds(settings.Get(BrokerConf.HaHousekeepingInterval)),
            SlaveTimeout = Milliseconds(settings.Get(BrokerConf.SlaveTimeout)),
            FlushConsumerOffsetInterval = Milliseconds(settings.Get(BrokerConf.FlushConsumerOffsetInterval)),
            FlushDelayOffsetInterval = Milliseconds(settings.Get(BrokerConf.FlushDelayOffsetInterval)),
            AllowUncleanMaster = settings.Get(BrokerConf.AllowUncleanMaster),
            Acl = acl,
            Credentials = credentials,
            MessageDelayLevel = settings.Get(BrokerConf.MessageDelayLevel),
            Pop = PopOptions.Read(settings),
            File = settings.File,
            FilePath = filePath,
        };
        return Policies(settings, identity);
    }

    /// <summary>The settings that may also change while the broker runs, taken over into existing options.</summary>
    public static BrokerOptions Policies(BrokerSettings settings, BrokerOptions options) => options with
    {
        SyncFlushTimeout = Milliseconds(settings.Get(BrokerConf.SyncFlushTimeout)),
        BrokerPermission = settings.Get(BrokerConf.BrokerPermission),
        AutoCreateTopicEnable = settings.Get(BrokerConf.AutoCreateTopicEnable),
        DefaultTopicQueueNums = settings.Get(BrokerConf.DefaultTopicQueueNums),
        AutoCreateSubscriptionGroup = settings.Get(BrokerConf.AutoCreateSubscriptionGroup),
        ClusterTopicEnable = settings.Get(BrokerConf.ClusterTopicEnable),
        BrokerTopicEnable = settings.Get(BrokerConf.BrokerTopicEnable),
        TraceTopicEnable = settings.Get(BrokerConf.TraceTopicEnable),
        MsgTraceTopicName = settings.Get(BrokerConf.MsgTraceTopicName),
        LongPollingEnable = settings.Get(BrokerConf.LongPollingEnable),
        ShortPollingTime = Milliseconds(settings.Get(BrokerConf.ShortPollingTimeMills)),
        MaxTransferCount = settings.Get(BrokerConf.MaxTransferCountInMemory),
        MaxTransferBytes = settings.Get(BrokerConf.MaxTransferBytesInMemory),
        AccessMessageInMemoryMaxRatio = settings.Get(BrokerConf.AccessMessageInMemoryMaxRatio),
        SlaveReadEnable = settings.Get(BrokerConf.SlaveReadEnable),
        OffsetCheckInSlave = settings.Get(BrokerConf.OffsetCheckInSlave),
        EnablePropertyFilter = settings.Get(BrokerConf.EnablePropertyFilter),
        FilterSupportRetry = settings.Get(BrokerConf.FilterSupportRetry),
        NotifyConsumerIdsChangedEnable = settings.Get(BrokerConf.NotifyConsumerIdsChangedEnable),
        RejectTransactionMessage = settings.Get(BrokerConf.RejectTransactionMessage),
        TransactionTimeOut = Milliseconds(settings.Get(BrokerConf.TransactionTimeOut)),
        TransactionCheckMax = settings.Get(BrokerConf.TransactionCheckMax),
        TransactionCheckInterval = Milliseconds(settings.Get(BrokerConf.TransactionCheckInterval)),
        FileReservedTime = TimeSpan.FromHours(settings.Get(BrokerConf.FileReservedTime)),
        DefaultQueryMaxNum = settings.Get(BrokerConf.DefaultQueryMaxNum),
        StoreReplyMessageEnable = settings.Get(BrokerConf.StoreReplyMessageEnable),
        TimerWheelEnable = settings.Get(BrokerConf.TimerWheelEnable),
        TimerMaxDelay = TimeSpan.FromSeconds(settings.Get(BrokerConf.TimerMaxDelaySec)),
        RecallMessageEnable = settings.Get(BrokerConf.RecallMessageEnable),
        RegionId = settings.Get(BrokerConf.RegionId),
        TraceOn = settings.Get(BrokerConf.TraceOn),
        RegisterNameServerPeriod = Milliseconds(settings.Get(BrokerConf.RegisterNameServerPeriod)),
        RegisterBrokerTimeout = Milliseconds(settings.Get(BrokerConf.RegisterBrokerTimeoutMills)),
        Retention = RetentionOptions.Read(settings),
        // Check points lie in the queues that they were written to.
        Pop = PopOptions.Read(settings) with { ReviveQueueNum = options.Pop.ReviveQueueNum },
        File = settings.File,
    };

    private static string? ReadNameServers(string? text, out List<string> addresses)
    {
        addresses = [];
        foreach (var part in (text ?? "").Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = part.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
                return $"namesrvAddr: '{part}' is not ip:port (write 127.0.0.1:9876;192.168.0.1:9876)";
            addresses.Add(part);
        }

        return null;
    }

    /// <summary>The account of <c>tools.yml</c> is taken also without ACL: the master may have it on.</summary>
    private static string? ReadAcl(BrokerSettings settings, string? filePath, out AclOptions? acl, out AclCredentials? credentials)
    {
        acl = null;
        credentials = null;
        var located = AclOptions.Locate(settings.File, filePath, Environment.GetEnvironmentVariable);
        try
        {
            credentials = located?.ReadTools();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{ToolsFile.Name}: {e.Message}";
        }

        if (!settings.Get(BrokerConf.AclEnable)) return null;
        acl = located;
        return acl is null ? "aclEnable: where conf/plain_acl.yml lies isn't known: set ROCKETMQ_HOME, or give a settings file with -c" : null;
    }

    private static string? ReadStore(BrokerSettings settings, long[] delays, out StoreOptions? store)
    {
        store = null;
        foreach (var key in (ReadOnlySpan<BrokerConfKey<string>>)[BrokerConf.StorePathRootDir, BrokerConf.StorePathCommitLog])
        {
            if (settings.IsSet(key) && string.IsNullOrWhiteSpace(settings.Get(key))) return $"{key.Name}: a folder is needed";
        }

        try
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            store = new StoreOptions
            {
                RootDirectory = Path.GetFullPath(settings.IsSet(BrokerConf.StorePathRootDir) ? settings.Get(BrokerConf.StorePathRootDir) : Path.Combine(home, "store")),
                CommitLogDirectory = settings.IsSet(BrokerConf.StorePathCommitLog) ? Path.GetFullPath(settings.Get(BrokerConf.StorePathCommitLog)) : null,
                CommitLogFileSizeBytes = settings.Get(BrokerConf.MappedFileSizeCommitLog),
                ConsumeQueueFileSizeBytes = settings.Get(BrokerConf.MappedFileSizeConsumeQueue),
                Flush = settings.Get(BrokerConf.FlushDiskType) == FlushDiskType.SyncFlush ? Store.FlushDiskType.Sync : Store.FlushDiskType.Async,
                FlushIntervalMs = settings.Get(BrokerConf.FlushIntervalCommitLog),
                MaxMessageSizeBytes = settings.Get(BrokerConf.MaxMessageSize),
                IndexEnabled = settings.Get(BrokerConf.MessageIndexEnable),
                IndexSlots = settings.Get(BrokerConf.MaxHashSlotNum),
                IndexEntries = settings.Get(BrokerConf.MaxIndexNum),
                DelayLevelsMs = delays,
            };
            return null;
        }
        catch (ArgumentException e)
        {
            // The message of an out-of-range argument has a second line for programmers.
            return e.Message.Split('\n', '(')[0].Trim();
        }
    }

    /// <summary>
    /// Loopback unless told otherwise: nobody is asked for a password here. An advertised address outside loopback tells otherwise,
    /// and then all interfaces are bound, since behind a port mapping the machine itself need not have that address.
    /// </summary>
    private static string? ReadHost(BrokerSettings settings, out IPAddress bind, out string ip1)
    {
        bind = IPAddress.Loopback;
        ip1 = settings.IsSet(BrokerConf.BrokerIP1) ? settings.Get(BrokerConf.BrokerIP1).Trim() : "";
        var resolved = IPAddress.Loopback;
        if (ip1.Length > 0)
        {
            if (Resolve(ip1) is not { } found) return $"brokerIP1: '{ip1}' is not an address of any machine";
            resolved = found;
        }

        if (settings.IsSet(BrokerConf.BindAddress))
        {
            var text = settings.Get(BrokerConf.BindAddress).Trim();
            if (!IPAddress.TryParse(text, out var parsed)) return $"bindAddress: '{text}' is not an IP address";
            bind = parsed;
        }
        else
        {
            bind = IPAddress.IsLoopback(resolved) ? resolved : IPAddress.Any;
        }

        if (ip1.Length == 0) ip1 = IPAddress.IsLoopback(bind) ? bind.ToString() : OwnAddress(bind);
        return null;
    }

    /// <summary>The address of a literal or a host name, IPv4 first; null when there is none.</summary>
    public static IPAddress? Resolve(string host)
    {
        if (IPAddress.TryParse(host, out var literal)) return literal;
        try
        {
            var all = Dns.GetHostAddresses(host);
            return Array.Find(all, static a => a.AddressFamily == AddressFamily.InterNetwork) ?? (all.Length > 0 ? all[0] : null);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return null;
        }
    }

    private static string OwnAddress(IPAddress bind)
    {
        if (!bind.Equals(IPAddress.Any) && !bind.Equals(IPAddress.IPv6Any)) return bind.ToString();
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (network.OperationalStatus != OperationalStatus.Up || network.NetworkInterfaceType == NetworkInterfaceType.Loopback) continue;
            foreach (var address in network.GetIPProperties().UnicastAddresses)
            {
                if (address.Address.AddressFamily == AddressFamily.InterNetwork) return address.Address.ToString();
            }
        }

        return IPAddress.Loopback.ToString();
    }

    private static TimeSpan Milliseconds(long value) => TimeSpan.FromMilliseconds(value);

    private static BrokerOptions? Fail(out string? problem, string text)
    {
        problem = text;
        return null;
    }
}
