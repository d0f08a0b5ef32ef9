using System.Globalization;
using RocketAspire.Client;

namespace RocketAspire.Console.Cluster;

/// <summary>A name server as it was at the last poll.</summary>
/// <param name="Address"><c>ip:port</c>.</param>
/// <param name="Problem">Why it didn't answer; null when it did.</param>
/// <param name="Took">How long its answer took.</param>
/// <param name="Brokers">The brokers that it knows, by address.</param>
public sealed record NameServerState(string Address, string? Problem, TimeSpan Took, IReadOnlyList<string> Brokers)
{
    public bool Answers => Problem is null;

    public int Nodes => Brokers.Count;
}

/// <summary>What is known of a broker's process.</summary>
public enum NodeHealth
{
    Up,

    /// <summary>Name servers know it, but it doesn't answer.</summary>
    Silent,

    /// <summary>Answers, but not to this console's account.</summary>
    Refusing,

    /// <summary>Was there before; no name server knows it any more.</summary>
    Gone,
}

/// <summary>A broker as it was at the last poll.</summary>
public sealed record NodeState
{
    public required string Cluster { get; init; }

    /// <summary>The group's name (brokerName).</summary>
    public required string Group { get; init; }

    /// <summary>0 is the master.</summary>
    public required long Id { get; init; }

    /// <summary><c>ip:port</c>.</summary>
    public required string Address { get; init; }

    public NodeHealth Health { get; init; }

    /// <summary>Why it didn't answer.</summary>
    public string? Problem { get; init; }

    /// <summary>Why it refuses; null unless it does.</summary>
    public AclRefusal? Refusal { get; init; }

    /// <summary>Whether the group elects its master by Raft.</summary>
    public bool Elects { get; init; }

    /// <summary>What it tells of itself, by Apache's keys; empty when it didn't answer.</summary>
    public IReadOnlyDictionary<string, string> Runtime { get; init; } = new Dictionary<string, string>();

    public bool IsMaster => Id == 0;

    /// <summary>The role's English name.</summary>
    public string Role => (Elects, IsMaster) switch { (true, true) => "leader", (true, false) => "follower", (false, true) => "master", _ => "slave" };

    public string Version => Runtime.GetValueOrDefault("brokerVersionDesc") ?? "";

    /// <summary>Messages a second, over the last ten seconds.</summary>
    public double PutRate => Rate("putTps");

    public double GetRate => Rate("getTransferredTps", "getTransferedTps");

    /// <summary>End of its log, in bytes; null when it isn't known.</summary>
    public long? LogEnd => Number("commitLogMaxOffset");

    public long? PutToday => Number("msgPutTotalTodayNow") - Number("msgPutTotalTodayMorning");

    public long? GetToday => Number("msgGetTotalTodayNow") - Number("msgGetTotalTodayMorning");

    public long? PutYesterday => Number("msgPutTotalTodayMorning") - Number("msgPutTotalYesterdayMorning");

    public long? GetYesterday => Number("msgGetTotalTodayMorning") - Number("msgGetTotalYesterdayMorning");

    /// <summary>How full the disk of its log is, 0 to 1.</summary>
    public double? DiskUsed => double.TryParse(Runtime.GetValueOrDefault("commitLogDiskRatio"), NumberStyles.Float, CultureInfo.InvariantCulture, out var used) && used >= 0 ? used : null;

    private long? Number(string key) => long.TryParse(Runtime.GetValueOrDefault(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The first of several spans, shortest first.</summary>
    private double Rate(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (Runtime.GetValueOrDefault(key) is not { Length: > 0 } text) continue;
            return double.TryParse(text.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(), NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) ? rate : 0;
        }

        return 0;
    }
}

/// <summary>A group that stands for one name: its master and what copies it.</summary>
public sealed record BrokerGroup(string Cluster, string Name, IReadOnlyList<NodeState> Nodes)
{
    public NodeState? Master => Nodes.FirstOrDefault(static node => node is { IsMaster: true, Health: NodeHealth.Up or NodeHealth.Refusing });

    /// <summary>Bytes of the master's log that a node lacks; null when either doesn't tell.</summary>
    public long? Lag(NodeState node) => Master is { LogEnd: { } end } master && node != master && node.LogEnd is { } have ? Math.Max(0, end - have) : null;
}

/// <summary>A producer group's client.</summary>
public sealed record ProducerClient(string Group, string ClientId, string Address, string Language, int Version, DateTimeOffset LastSeen, IReadOnlyList<string> Brokers);

/// <summary>A group in a topic, all brokers together.</summary>
/// <param name="Group">The group.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Stored">Ends of its queues, added up.</param>
/// <param name="Consumed">The group's places in them, added up.</param>
/// <param name="LastConsumed">When the last message that it consumed of a queue in which others wait was stored, of the queue furthest behind; null when nothing waits.</param>
public sealed record TopicProgress(string Group, string Topic, long Stored, long Consumed, DateTimeOffset? LastConsumed);

/// <summary>The cluster as it was at one moment. Never changes.</summary>
public sealed record ClusterSnapshot
{
    public static ClusterSnapshot Empty { get; } = new();

    /// <summary>When it was taken; the default before the first poll ended.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Why the cluster can't be asked now; null while it can. All else is then what was known last.</summary>
    public Exception? Problem { get; init; }

    /// <summary>What couldn't be had though the cluster answers, in one line each.</summary>
    public IReadOnlyList<string> Gaps { get; init; } = [];

    public IReadOnlyList<NameServerState> NameServers { get; init; } = [];

    public IReadOnlyList<BrokerGroup> Groups { get; init; } = [];

    public IReadOnlyList<TopicSummary> Topics { get; init; } = [];

    public IReadOnlyList<GroupSummary> ConsumerGroups { get; init; } = [];

    /// <summary>Messages that wait, by consumer group.</summary>
    public IReadOnlyDictionary<string, long> Backlog { get; init; } = new Dictionary<string, long>();

    /// <summary>How far each group is in each of its topics.</summary>
    public IReadOnlyList<TopicProgress> Progress { get; init; } = [];

    /// <summary>When that was asked.</summary>
    public DateTimeOffset ProgressAt { get; init; }

    public IReadOnlyList<ProducerClient> Producers { get; init; } = [];

    /// <summary>Whether RocketMQ makes the group for itself and its tools.</summary>
    public static bool IsOwnGroup(string group) =>
        group.StartsWith("CID_ONSAPI_", StringComparison.Ordinal) || group.StartsWith("CID_ONS-HTTP", StringComparison.Ordinal) || group.StartsWith("CID_RMQ_SYS_", StringComparison.Ordinal)
        || group is "TOOLS_CONSUMER" or "FILTERSRV_CONSUMER" or "SELF_TEST_C_GROUP";

    public IEnumerable<NodeState> Nodes => Groups.SelectMany(static group => group.Nodes);

    /// <summary>Why brokers refuse this console; null unless one does.</summary>
    public AclRefusal? Refusal => Nodes.Select(static node => node.Refusal).FirstOrDefault(static refusal => refusal is not null);

    public double PutRate => Nodes.Where(static node => node.IsMaster).Sum(static node => node.PutRate);

    public double GetRate => Nodes.Sum(static node => node.GetRate);
}
