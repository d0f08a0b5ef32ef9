using RocketAspire.Hosting.Doctor;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Tests.Doctor;

/// <summary>What the doctor finds of a cluster that lacks nothing; tests change one thing of it.</summary>
internal static class SoundFacts
{
    private const long Gigabyte = 1L << 30;

    public static ClusterFacts Of(string topology = "2m-2s-sync")
    {
        var placed = TopologyPlanner.Place(ClusterPlan.Named(topology, "c")!, new LocalPlacement("127.0.0.1", 0, "/data"), out _)!;
        return new ClusterFacts
        {
            NameServers = [.. placed.NameServers.Select(n => new NameServerFacts(n.Name, n.Address, null, Seen(placed)))],
            Brokers = [.. placed.Brokers.Select(Sound)],
            Machine = new MachineFacts(16 * Gigabyte, null, 512L << 20, 6),
        };
    }

    public static ClusterFacts With(this ClusterFacts facts, string broker, Func<BrokerFacts, BrokerFacts> change) =>
        facts with { Brokers = [.. facts.Brokers.Select(b => b.Name == broker ? change(b) : b)] };

    /// <summary>A name server's view, changed.</summary>
    public static ClusterFacts Seeing(this ClusterFacts facts, string nameServer, Action<ClusterInfo> change)
    {
        var info = ClusterInfo.Decode(facts.NameServers[0].Sees!.Encode(quoteKeys: true));
        change(info);
        return facts with { NameServers = [.. facts.NameServers.Select(n => n.Name == nameServer ? n with { Sees = info } : n)] };
    }

    public static PropertiesFile Set(PropertiesFile file, string key, string? value) =>
        PropertiesFile.From(file.Lines.Where(l => l.Key != key).Select(l => new KeyValuePair<string, string>(l.Key, l.Value)).Concat(value is null ? [] : [new(key, value)]));

    private static BrokerFacts Sound(BrokerNode node) => new(node)
    {
        InForce = node.Conf,
        Runtime = new Dictionary<string, string> { ["commitLogDiskRatio"] = "0.5" },
        ClockAhead = TimeSpan.FromMilliseconds(400),
        Ports = [new("the VIP port", $"127.0.0.1:{node.ListenPort - 2}", null, true), new("the HA port", $"127.0.0.1:{node.ListenPort + 1}", null, false)],
        Store = new(node.StoreDirectory, null, 50 * Gigabyte, 100 * Gigabyte),
        BytesBehind = node.IsMaster ? null : 0,
    };

    private static ClusterInfo Seen(ClusterTopology topology)
    {
        var info = new ClusterInfo();
        foreach (var group in topology.Brokers.GroupBy(b => b.BrokerName))
        {
            var data = new BrokerData { BrokerName = group.Key, Cluster = topology.ClusterName };
            var nodes = group.ToList();
            for (var i = 0; i < nodes.Count; i++) data.BrokerAddrs[nodes[i].IsDLedger && i > 0 ? i + 1 : nodes[i].IsDLedger ? 0 : nodes[i].BrokerId] = nodes[i].Address;
            info.BrokerAddrTable[group.Key] = data;
        }

        return info;
    }
}
