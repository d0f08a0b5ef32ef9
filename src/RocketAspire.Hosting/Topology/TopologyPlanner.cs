using System.Collections.Immutable;
using System.Globalization;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Topology;

/// <summary>Turns what a cluster consists of into nodes, each with the file that it will read. Pure: it writes nothing.</summary>
public sealed class TopologyPlanner
{
    // The leader of a group of three is found at 14911.
    private const int FirstLeaderOrdinal = 4;

    private readonly ClusterPlan _plan;
    private readonly Placement _placement;
    private readonly string _nameServerList;

    private TopologyPlanner(ClusterPlan plan, Placement placement)
    {
        _plan = plan;
        _placement = placement;
        _nameServerList = string.Join(';', Enumerable.Range(0, plan.NameServers).Select(i => NameServerAddress(placement.NameServer(i, NameServerName(i)))));
    }

    /// <summary>Places the plan's nodes.</summary>
    /// <param name="plan">What the cluster consists of.</param>
    /// <param name="placement">Where its nodes go.</param>
    /// <param name="problems">Why it could not work, each in one line that names the setting and both parties; empty when it can.</param>
    /// <returns>The cluster, or null when there are problems.</returns>
    public static ClusterTopology? Place(ClusterPlan plan, Placement placement, out IReadOnlyList<string> problems)
    {
        problems = [.. plan.Problems()];
        if (problems.Count > 0) return null;
        var planner = new TopologyPlanner(plan, placement);
        var topology = new ClusterTopology(plan.ClusterName, planner.NameServers(), planner.Brokers(out var refused)) { Proxy = placement.Proxy };
        problems = [.. refused, .. topology.Problems()];
        return problems.Count > 0 ? null : topology;
    }

    private static string NameServerName(int index) => string.Create(CultureInfo.InvariantCulture, $"namesrv-{index + 1}");

    private static string NameServerAddress(NodePlace place) => string.Create(CultureInfo.InvariantCulture, $"{place.Host}:{place.Port}");

    private ImmutableArray<NameServerNode> NameServers()
    {
        var nodes = ImmutableArray.CreateBuilder<NameServerNode>();
        for (var i = 0; i < _plan.NameServers; i++)
        {
            var name = NameServerName(i);
            var place = _placement.NameServer(i, name);
            var pairs = new List<KeyValuePair<string, string>> { NameServerConf.ListenPort.With(place.Port) };
            if (_placement.BindAddress is { } bind) pairs.Add(NameServerConf.BindAddress.With(bind));
            pairs.Add(NameServerConf.KvConfigPath.With(place.Folder + "/kvConfig.json"));
            pairs.Add(NameServerConf.ConfigStorePath.With(place.Folder + "/namesrv.properties"));
            nodes.Add(new NameServerNode(name, place.Host, PropertiesFile.From(pairs.Where(p => IsRead(NameServerConf.Find(p.Key))))));
        }
        return nodes.ToImmutable();
    }

    private ImmutableArray<BrokerNode> Brokers(out List<string> refused)
    {
        var nodes = ImmutableArray.CreateBuilder<BrokerNode>();
        var ordinal = 0;
        var leaderOrdinal = Math.Max(FirstLeaderOrdinal, _plan.Groups.Sum(SizeOf));
        for (var g = 0; g < _plan.Groups.Length; g++)
        {
            nodes.AddRange(_plan.Groups[g] switch
            {
                MasterSlaveGroup group => MasterSlave(group, g, ref ordinal),
                DLedgerGroup group => DLedger(group, g, leaderOrdinal++, ref ordinal),
                var other => throw new NotSupportedException($"no nodes are known for a {other.GetType().Name}"),
            });
        }
        refused = [.. Unknown(nodes)];
        return [.. nodes.Select(Override)];
    }

    private List<BrokerNode> MasterSlave(MasterSlaveGroup group, int index, ref int ordinal)
    {
        var nodes = new List<BrokerNode>();
        for (var member = 0; member <= group.Slaves; member++)
        {
            // The first slave is called as hand-written deployments call it: broker-a-s.
            var name = member switch { 0 => group.Name, 1 => group.Name + "-s", _ => string.Create(CultureInfo.InvariantCulture, $"{group.Name}-s{member}") };
            var place = _placement.Broker(index, member, ordinal++, name, group.Name);
            var pairs = Identity(group.Name);
            pairs.Add(BrokerConf.BrokerId.With(member));
            AddCommon(pairs, place);
            pairs.AddRange(Roles(group, isSlave: member > 0));
            nodes.Add(new BrokerNode(name, place.Host, FileOf(pairs)) { Disk = place.Disk });
        }
        return nodes;
    }

    /// <summary>Nothing that has no effect: a slave waits for nobody, an asynchronous master has no inSyncReplicas.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Roles(MasterSlaveGroup group, bool isSlave)
    {
        var sync = group.Replication == Replication.Sync;
        yield return BrokerConf.BrokerRole.With(isSlave ? BrokerRole.Slave : sync ? BrokerRole.SyncMaster : BrokerRole.AsyncMaster);
        yield return BrokerConf.FlushDiskType.With(sync && !isSlave ? FlushDiskType.SyncFlush : FlushDiskType.AsyncFlush);
        if (isSlave || group.Slaves == 0) yield break;
        yield return BrokerConf.TotalReplicas.With(1 + group.Slaves);
        // From 5.0 on SYNC_MASTER alone waits for nobody.
        if (sync) yield return BrokerConf.InSyncReplicas.With(2);
    }

    private static int SizeOf(BrokerGroup group) => group switch { MasterSlaveGroup g => 1 + g.Slaves, DLedgerGroup g => g.Nodes, _ => 0 };

    private List<BrokerNode> DLedger(DLedgerGroup group, int index, int leaderOrdinal, ref int ordinal)
    {
        var places = new List<(string Id, string Name, NodePlace Place)>();
        for (var member = 0; member < group.Nodes; member++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"n{member}");
            var name = $"{group.Name}-{id}";
            places.Add((id, name, _placement.Broker(index, member, ordinal++, name, group.Name)));
        }
        var peers = string.Join(';', places.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Id}-{p.Place.Host}:{p.Place.PeerPort}")));
        return [.. places.Select(p =>
        {
            var pairs = Identity(group.Name);
            AddCommon(pairs, p.Place);
            pairs.Add(BrokerConf.FlushDiskType.With(FlushDiskType.SyncFlush));
            pairs.Add(BrokerConf.EnableDLegerCommitLog.With(true));
            pairs.Add(BrokerConf.DLegerGroup.With(group.Name));
            pairs.Add(BrokerConf.DLegerPeers.With(peers));
            pairs.Add(BrokerConf.DLegerSelfId.With(p.Id));
            if (!_placement.WritesAddress) pairs.Add(BrokerConf.SendMessageThreadPoolNums.With(4));
            return new BrokerNode(p.Name, p.Place.Host, FileOf(pairs)) { LeaderPort = _placement.LeaderPort(leaderOrdinal), Disk = p.Place.Disk };
        })];
    }

    private PropertiesFile FileOf(IEnumerable<KeyValuePair<string, string>> pairs) => PropertiesFile.From(pairs.Where(p => IsRead(BrokerConf.Find(p.Key))));

    private bool IsRead(BrokerConfKey? key) => key is null || _placement.Reads(key);

    private List<KeyValuePair<string, string>> Identity(string brokerName) =>
        [BrokerConf.BrokerClusterName.With(_plan.ClusterName), BrokerConf.BrokerName.With(brokerName)];

    private void AddCommon(List<KeyValuePair<string, string>> pairs, NodePlace place)
    {
        pairs.Add(BrokerConf.NamesrvAddr.With(_nameServerList));
        pairs.Add(BrokerConf.ListenPort.With(place.Port));
        if (_placement.WritesAddress)
        {
            pairs.Add(BrokerConf.BrokerIP1.With(place.Host));
            pairs.Add(BrokerConf.BrokerIP2.With(place.Host));
        }
        if (_placement.BindAddress is { } bind) pairs.Add(BrokerConf.BindAddress.With(bind));
        pairs.AddRange(_placement.Defaults);
        pairs.Add(BrokerConf.StorePathRootDir.With(place.Folder + "/store"));
        pairs.Add(BrokerConf.StorePathCommitLog.With(place.Folder + "/store/commitlog"));
    }

    private IEnumerable<string> Unknown(IReadOnlyCollection<BrokerNode> nodes)
    {
        foreach (var setting in _plan.Settings)
            if (setting.Broker is { } broker && !nodes.Any(n => n.Name == broker || n.BrokerName == broker))
                yield return $"{setting.Key} of {broker}: there is no such broker; there are {string.Join(", ", nodes.Select(n => n.Name))}";
    }

    /// <summary>A whole group's setting first, then the node's own, each in the order in which they were given.</summary>
    private BrokerNode Override(BrokerNode node)
    {
        if (_plan.Settings.IsEmpty) return node;
        var pairs = node.Conf.Lines.Select(l => new KeyValuePair<string, string>(l.Key, l.Value)).ToList();
        var names = _plan.Settings.Where(s => s.Broker is null)
            .Concat(_plan.Settings.Where(s => s.Broker is { } name && name == node.BrokerName && IsGroupWide(name)))
            .Concat(_plan.Settings.Where(s => s.Broker == node.Name));
        foreach (var setting in names)
        {
            var at = pairs.FindIndex(p => p.Key == setting.Key);
            var pair = new KeyValuePair<string, string>(setting.Key, setting.Value);
            if (at < 0) pairs.Add(pair);
            else pairs[at] = pair;
            // The log follows the store unless somebody says otherwise.
            if (setting.Key == BrokerConf.StorePathRootDir.Name && names.All(s => s.Key != BrokerConf.StorePathCommitLog.Name))
                pairs.RemoveAll(p => p.Key == BrokerConf.StorePathCommitLog.Name);
        }
        return new BrokerNode(node.Name, node.Host, PropertiesFile.From(pairs)) { LeaderPort = node.LeaderPort, Disk = node.Disk };
    }

    /// <summary>A master bears its group's name, so the name of a master/slave group means the master alone.</summary>
    private bool IsGroupWide(string name) => _plan.Groups.Any(g => g.Name == name && g is DLedgerGroup);
}
