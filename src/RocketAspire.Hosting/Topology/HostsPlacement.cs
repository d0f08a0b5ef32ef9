namespace RocketAspire.Hosting.Topology;

/// <summary>
/// Nodes spread over hosts so that no host holds two copies of one group's log while there are hosts enough: the master of
/// group g on host g, its slaves on the hosts after it; each DLedger node on its own host.
/// </summary>
/// <param name="hosts">The hosts' addresses, one at least.</param>
/// <param name="groups">The groups that will be placed.</param>
public sealed class HostsPlacement(IReadOnlyList<string> hosts, IReadOnlyList<BrokerGroup> groups) : Placement
{
    private const int PeerPort = 40911;
    private const string DataPath = "/data/rocketmq/";

    private readonly Dictionary<int, int> _slavesOnHost = [];

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
        new(hosts[index % hosts.Count], LocalPlacement.FirstNameServerPort + index / hosts.Count, DataPath + name, 0);

    public override NodePlace Broker(int group, int member, int ordinal, string name, string brokerName)
    {
        var host = (group + member) % hosts.Count;
        // Masters come first on their host, so that each is found at 10911; slaves after them.
        var place = member == 0 ? group / hosts.Count : MastersOn(host) + NextSlave(host);
        var members = groups[group] switch { MasterSlaveGroup g => 1 + g.Slaves, DLedgerGroup g => g.Nodes, _ => 1 };
        var folder = DataPath + (members > hosts.Count ? name : brokerName);
        var port = LocalPlacement.FirstBrokerPort + place * LocalPlacement.BrokerPortStep;
        return new NodePlace(hosts[host], port, folder, PeerPort + place * LocalPlacement.BrokerPortStep);
    }

    private int MastersOn(int host) => Enumerable.Range(0, groups.Count).Count(g => g % hosts.Count == host);

    private int NextSlave(int host) => _slavesOnHost[host] = _slavesOnHost.GetValueOrDefault(host, -1) + 1;
}
