using System.Globalization;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Topology;

/// <summary>A node as the rules between nodes see it: made from a topology's node or from a file that somebody wrote.</summary>
public sealed class NodeView
{
    private const string LeaderAddress = "leader address";

    private readonly int? _leaderPort;

    private NodeView(string label, string address, PropertiesFile file, BrokerSettings? broker, int listenPort, int? leaderPort = null, string? disk = null)
    {
        _leaderPort = leaderPort;
        Disk = disk ?? address;
        Label = label;
        Address = address;
        File = file;
        Broker = broker;
        ListenPort = listenPort;
    }

    /// <summary>What messages call it: a node's name or a file's.</summary>
    public string Label { get; }

    /// <summary>Nodes with the same one share ports.</summary>
    public string Address { get; }

    /// <summary>Nodes with the same one share folders; the address unless each has a disk of its own there.</summary>
    public string Disk { get; }

    public PropertiesFile File { get; }

    /// <summary>Null for a name server.</summary>
    public BrokerSettings? Broker { get; }

    public int ListenPort { get; }

    /// <summary>Each port the node opens, with the setting that it comes from and what it is for.</summary>
    public IReadOnlyList<(string Key, string What, int Port)> Ports => field ??= FindPorts();

    public static NodeView OfNameServer(string label, string address, PropertiesFile file) =>
        new(label, address, file, null, NameServerConf.ListenPort.Parse(file.Get(NameServerConf.ListenPort.Name)));

    public static NodeView OfBroker(string label, string address, PropertiesFile file, int? leaderPort = null, string? disk = null)
    {
        var settings = BrokerSettings.Read(file, out _);
        return new NodeView(label, address, file, settings, settings.Get(BrokerConf.ListenPort), leaderPort, disk);
    }

    /// <summary>The id, address and port of each node in <c>dLegerPeers</c>; a part that can't be read is left out.</summary>
    public static IEnumerable<(string Id, string Host, int Port)> Peers(string dLegerPeers)
    {
        foreach (var peer in dLegerPeers.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var dash = peer.IndexOf('-', StringComparison.Ordinal);
            var colon = peer.LastIndexOf(':');
            if (dash > 0 && colon > dash && int.TryParse(peer.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                yield return (peer[..dash], peer[(dash + 1)..colon], port);
        }
    }

    private List<(string, string, int)> FindPorts()
    {
        var ports = new List<(string, string, int)> { (BrokerConf.ListenPort.Name, "the listen port", ListenPort) };
        if (Broker is null) return ports;
        ports.Add((BrokerConf.ListenPort.Name, "the VIP port (listenPort - 2)", ListenPort - 2));
        if (Broker.Get(BrokerConf.EnableDLegerCommitLog))
        {
            var self = Broker.Get(BrokerConf.DLegerSelfId);
            foreach (var (id, _, port) in Peers(Broker.Get(BrokerConf.DLegerPeers)))
                if (id == self) ports.Add((BrokerConf.DLegerPeers.Name, "the DLedger port", port));
            if (_leaderPort is { } leader) ports.Add((LeaderAddress, "the leader's port", leader));
        }
        else
        {
            var ha = Broker.Get(BrokerConf.HaListenPort);
            ports.Add(ha > 0
                ? (BrokerConf.HaListenPort.Name, "the HA port", ha)
                : (BrokerConf.ListenPort.Name, "the HA port (listenPort + 1)", ListenPort + 1));
        }
        return ports;
    }
}
