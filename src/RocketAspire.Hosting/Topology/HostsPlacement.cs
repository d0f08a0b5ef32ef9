namespace RocketAspire.Hosting.Topology;

/// <summary>
/// Nodes spread over hosts so that no host holds two copies of one group's log while there are hosts enough: a group's slaves are
/// on the hosts after its master's; each DLedger node is on its own host.
/// </summary>
/// <param name="hosts">The hosts' addresses, one at least.</param>
/// <param name="groups">The groups that will be placed.</param>
/// <param name="portOffset">Added to each port.</param>
public sealed class HostsPlacement(IReadOnlyList<string> hosts, IReadOnlyList<BrokerGroup> groups, int portOffset = 0) : Placement
{
    /// <summary>The folder of a host that holds its nodes' folders.</summary>
    public const string DataRoot = "/data/rocketmq";

    private const int PeerPort = 40911;
    private const string DataPath = DataRoot + "/";

    private readonly Dictionary<int, int> _slavesOnHost = [];
    private readonly List<int> _masterHosts = MasterHosts(hosts.Count, groups);

    /// <summary>A bare host's own address is right.</summary>
    public override bool WritesAddress => false;

    public override IReadOnlyList<KeyValuePair<string, string>> Defaults { get; } =
    [
        new("defaultTopicQueueNums", "4"),
        new("autoCreateTopicEnable", "true"),
        new("autoCreateSubscriptionGroup", "true"),
        new("deleteWhen", "04"),
        new("fileReservedTime", "120"),
        new("mappedFileSizeCommitLog", "1073741824"),
        new("mappedFileSizeConsumeQueue", "6000000"),
        new("maxMessageSize", "65536"),
    ];

    public override NodePlace NameServer(int index, string name) =>
        new(hosts[index % hosts.Count], LocalPlacement.FirstNameServerPort + index / hosts.Count + portOffset, DataPath + name, 0);

    public override NodePlace Broker(int group, int member, int ordinal, string name, string brokerName)
    {
        var host = (_masterHosts[group] + member) % hosts.Count;
        // Masters come first on their host, so that each is found at 10911; slaves after them.
        var place = member == 0 ? _masterHosts.Take(group).Count(h => h == host) : MastersOn(host) + NextSlave(host);
        var folder = DataPath + (SizeOf(groups[group]) > hosts.Count ? name : brokerName);
        var port = LocalPlacement.FirstBrokerPort + place * LocalPlacement.BrokerPortStep + portOffset;
        return new NodePlace(hosts[host], port, folder, PeerPort + place * LocalPlacement.BrokerPortStep + portOffset);
    }

    /// <summary>Why these hosts don't fit these nodes, in one line; null when they do.</summary>
    /// <param name="hosts">The hosts' addresses.</param>
    /// <param name="plan">What is to be placed on them.</param>
    public static string? Problem(IReadOnlyList<string> hosts, ClusterPlan plan)
    {
        foreach (var group in plan.Groups)
        {
            var least = group switch
            {
                MasterSlaveGroup { Slaves: > 0 } => 2,
                // Without any one host the others must still be a majority.
                DLedgerGroup g => (int)Math.Ceiling(g.Nodes / ((g.Nodes - 1) / 2.0)),
                _ => 1,
            };
            if (hosts.Count < least)
                return $"--hosts: {hosts.Count} given, but {group.Name} has {SizeOf(group)} nodes and needs {least} hosts at least, so that it outlives the loss of one";
        }
        var used = Math.Max(plan.Groups.Sum(SizeOf), plan.NameServers);
        return hosts.Count > used ? $"--hosts: {hosts.Count} given for {plan.Groups.Sum(SizeOf)} brokers and {plan.NameServers} name servers: {hosts[used]} would get nothing; leave it out" : null;
    }

    private static int SizeOf(BrokerGroup group) => group switch { MasterSlaveGroup g => 1 + g.Slaves, DLedgerGroup g => g.Nodes, _ => 1 };

    /// <summary>Masters are as far from each other as the groups' sizes ask for, so that no host is left out.</summary>
    private static List<int> MasterHosts(int hosts, IReadOnlyList<BrokerGroup> groups)
    {
        var (masters, before, all) = (new List<int>(), 0, groups.Sum(SizeOf));
        foreach (var group in groups)
        {
            masters.Add(before * hosts / all);
            before += SizeOf(group);
        }
        return masters;
    }

    private int MastersOn(int host) => _masterHosts.Count(h => h == host);

    private int NextSlave(int host) => _slavesOnHost[host] = _slavesOnHost.GetValueOrDefault(host, -1) + 1;
}
