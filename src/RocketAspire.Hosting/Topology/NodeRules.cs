using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Topology;

/// <summary>What is wrong between nodes.</summary>
/// <param name="Node">The node whose setting should change.</param>
/// <param name="Key">That setting.</param>
/// <param name="Severity">Whether the node can't start with it.</param>
/// <param name="Message">In one line, with the other party's name.</param>
public sealed record NodeFinding(NodeView Node, string Key, ConfSeverity Severity, string Message);

/// <summary>The rules that hold between the nodes of a cluster, whoever wrote their files.</summary>
public static class NodeRules
{
    public static IEnumerable<NodeFinding> Check(IReadOnlyList<NodeView> nodes) =>
        [.. Roles(nodes), .. Identities(nodes), .. Ports(nodes), .. Stores(nodes), .. Peers(nodes)];

    private static IEnumerable<NodeFinding> Roles(IReadOnlyList<NodeView> nodes)
    {
        foreach (var node in nodes)
        {
            if (node.Broker is not { } settings || settings.Get(BrokerConf.EnableDLegerCommitLog)) continue;
            if (settings.Get(BrokerConf.BrokerRole) == BrokerRole.Slave && settings.Get(BrokerConf.BrokerId) < 1)
                yield return new NodeFinding(node, BrokerConf.BrokerId.Name, ConfSeverity.Error, "a SLAVE needs a number above 0; 0 is its master's");
        }
    }

    /// <summary>One node a pair of brokerName and brokerId, masters counting as 0 whatever their file says.</summary>
    private static IEnumerable<NodeFinding> Identities(IReadOnlyList<NodeView> nodes)
    {
        var seen = new Dictionary<(string Cluster, string Name, long Id), NodeView>();
        foreach (var node in nodes)
        {
            if (node.Broker is not { } settings || !settings.IsSet(BrokerConf.BrokerName) || settings.Get(BrokerConf.EnableDLegerCommitLog)) continue;
            var id = settings.Get(BrokerConf.BrokerRole) == BrokerRole.Slave ? settings.Get(BrokerConf.BrokerId) : 0;
            var identity = (settings.Get(BrokerConf.BrokerClusterName), settings.Get(BrokerConf.BrokerName), id);
            if (!seen.TryAdd(identity, node))
                yield return new NodeFinding(node, BrokerConf.BrokerId.Name, ConfSeverity.Error, $"{seen[identity].Label} is already brokerId {id} of {identity.Item2}; at the name server one would replace the other");
        }
    }

    private static IEnumerable<NodeFinding> Ports(IReadOnlyList<NodeView> nodes)
    {
        var taken = new Dictionary<(string Address, int Port), (NodeView Node, string What)>();
        foreach (var node in nodes)
        {
            foreach (var (key, what, port) in node.Ports)
            {
                if (port is < 1 or > 65535)
                    yield return new NodeFinding(node, key, ConfSeverity.Error, $"{what} would be {port}; allowed are 1 to 65535");
                else if (!taken.TryAdd((node.Address, port), (node, what)))
                    yield return new NodeFinding(node, key, ConfSeverity.Error, Collision(what, port, taken[(node.Address, port)], node));
            }
        }
    }

    private static string Collision(string what, int port, (NodeView Node, string What) other, NodeView node) =>
        $"{what} {port} is also {other.What} of {(ReferenceEquals(other.Node, node) ? "the same node" : other.Node.Label)}";

    private static IEnumerable<NodeFinding> Stores(IReadOnlyList<NodeView> nodes)
    {
        var taken = new Dictionary<(string Disk, string Folder), NodeView>();
        foreach (var node in nodes)
        {
            if (node.Broker is not { } settings) continue;
            var root = settings.Get(BrokerConf.StorePathRootDir).TrimEnd('/');
            if (!taken.TryAdd((node.Disk, root), node))
            {
                yield return new NodeFinding(node, BrokerConf.StorePathRootDir.Name, ConfSeverity.Error,
                    $"{taken[(node.Disk, root)].Label} has the same store{(root.Length == 0 ? " (neither sets one)" : "")}; two brokers in one store destroy it");
                continue;
            }
            var log = settings.Get(BrokerConf.StorePathCommitLog).TrimEnd('/');
            if (log.Length > 0 && !taken.TryAdd((node.Disk, log), node))
                yield return new NodeFinding(node, BrokerConf.StorePathCommitLog.Name, ConfSeverity.Error, $"{taken[(node.Disk, log)].Label} keeps its commit log there too; two brokers in one store destroy it");
        }
    }

    private static IEnumerable<NodeFinding> Peers(IReadOnlyList<NodeView> nodes)
    {
        var groups = new Dictionary<string, NodeView>(StringComparer.Ordinal);
        var ids = new Dictionary<(string Group, string Id), NodeView>();
        foreach (var node in nodes)
        {
            if (node.Broker is not { } settings || !settings.Get(BrokerConf.EnableDLegerCommitLog)) continue;
            var group = settings.Get(BrokerConf.DLegerGroup);
            var peers = settings.Get(BrokerConf.DLegerPeers);
            if (groups.TryAdd(group, node)) { }
            else if (!Same(peers, groups[group].Broker!.Get(BrokerConf.DLegerPeers)))
                yield return new NodeFinding(node, BrokerConf.DLegerPeers.Name, ConfSeverity.Error, $"{groups[group].Label} lists other nodes of {group}; all nodes of a group need the same list");
            var id = settings.Get(BrokerConf.DLegerSelfId);
            if (id.Length > 0 && !ids.TryAdd((group, id), node))
                yield return new NodeFinding(node, BrokerConf.DLegerSelfId.Name, ConfSeverity.Error, $"{ids[(group, id)].Label} is already {id} of {group}");
        }
    }

    private static bool Same(string one, string other) =>
        NodeView.Peers(one).ToHashSet().SetEquals(NodeView.Peers(other));
}
