using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Publishing;

/// <summary>A port that a node opens.</summary>
/// <param name="Port">Its number.</param>
/// <param name="What">What it is for, in a few words.</param>
/// <param name="PeersOnly">Whether only nodes of the same group connect to it.</param>
internal sealed record NodePort(int Port, string What, bool PeersOnly);

/// <summary>
/// One node's settings file and ports: what every way of publishing has in common. Whoever writes units, YAML or anything else
/// around them takes them from here.
/// </summary>
/// <param name="Name">The node's name.</param>
/// <param name="Group">Its group; null for a name server.</param>
/// <param name="Host">The address that others find it at.</param>
/// <param name="Role">As people call it: <c>NAMESRV</c>, <c>SYNC_MASTER</c>, <c>DLEDGER n0</c>.</param>
/// <param name="FileName">What its file is called.</param>
/// <param name="Conf">What its file holds.</param>
/// <param name="Port">The port it listens on.</param>
/// <param name="Ports">Each port it opens, that one among them.</param>
internal sealed record NodeFile(string Name, string? Group, string Host, string Role, string FileName, PropertiesFile Conf, int Port, IReadOnlyList<NodePort> Ports)
{
    public bool IsNameServer => Group is null;

    public bool IsMaster => Role.EndsWith("_MASTER", StringComparison.Ordinal);

    /// <summary>The script of RocketMQ's distribution that starts it.</summary>
    public string Launcher => IsNameServer ? "mqnamesrv" : "mqbroker";

    /// <summary>Name servers first, then brokers, in the topology's order.</summary>
    public static IReadOnlyList<NodeFile> Of(ClusterTopology topology) =>
    [
        .. topology.NameServers.Select(n => new NodeFile(n.Name, null, n.Host, "NAMESRV", n.Name + ".conf", n.Conf, n.Port, [new NodePort(n.Port, "clients and brokers", PeersOnly: false)])),
        .. topology.Brokers.Select(b => new NodeFile(b.Name, b.BrokerName, b.Host, b.Role, b.Name + ".properties", b.Conf, b.ListenPort, PortsOf(b))),
    ];

    private static List<NodePort> PortsOf(BrokerNode node)
    {
        var ports = new List<NodePort>();
        foreach (var (key, what, port) in NodeView.OfBroker(node.Name, node.Host, node.Conf).Ports)
        {
            if (port == node.ListenPort) ports.Add(new NodePort(port, "clients, other brokers and admin tools", PeersOnly: false));
            else if (port == node.ListenPort - 2) ports.Add(new NodePort(port, "clients that use the VIP channel (listenPort - 2)", PeersOnly: false));
            else ports.Add(new NodePort(port, key == BrokerConf.DLegerPeers.Name ? "DLedger, between the group's nodes" : $"replication, {what}", PeersOnly: true));
        }
        return ports;
    }
}
