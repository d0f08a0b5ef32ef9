using System.Collections.Immutable;
using System.Globalization;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Topology;

/// <summary>One name server with its address and its file.</summary>
/// <param name="Name">The node's name: <c>namesrv-1</c>.</param>
/// <param name="Host">The advertised address.</param>
/// <param name="Conf">What its <c>namesrv.conf</c> holds.</param>
public sealed record NameServerNode(string Name, string Host, PropertiesFile Conf)
{
    public int Port { get; } = NameServerConf.ListenPort.Parse(Conf.Get(NameServerConf.ListenPort.Name));

    /// <summary><c>ip:port</c>.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}

/// <summary>One broker with its address and its file; everything it says about itself is read from the file that the broker reads.</summary>
/// <param name="Name">The node's name: <c>broker-a</c>, <c>broker-a-s</c>, <c>broker-a-n0</c>.</param>
/// <param name="Host">The advertised address.</param>
/// <param name="Conf">What its <c>broker.conf</c> holds.</param>
public sealed record BrokerNode(string Name, string Host, PropertiesFile Conf)
{
    public BrokerSettings Settings { get; } = BrokerSettings.Read(Conf, out _);

    public string BrokerName => Settings.Get(BrokerConf.BrokerName);

    /// <summary>0 for a master; a DLedger node gets its number from its group.</summary>
    public long BrokerId => Settings.Get(BrokerConf.BrokerId);

    public bool IsDLedger => Settings.Get(BrokerConf.EnableDLegerCommitLog);

    public bool IsMaster => !IsDLedger && Settings.Get(BrokerConf.BrokerRole) != BrokerRole.Slave;

    /// <summary>As people call it: <c>SYNC_MASTER</c>, <c>SLAVE</c>, <c>DLEDGER n0</c>.</summary>
    public string Role => IsDLedger ? "DLEDGER " + Settings.Get(BrokerConf.DLegerSelfId) : BrokerConf.BrokerRole.Format(Settings.Get(BrokerConf.BrokerRole));

    public int ListenPort => Settings.Get(BrokerConf.ListenPort);

    /// <summary>How its group calls it: a DLedger node its <c>dLegerSelfId</c>, another broker its <c>brokerId</c>.</summary>
    public string PeerName => IsDLedger ? Settings.Get(BrokerConf.DLegerSelfId) : BrokerId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The port of the one address at which its group's leader is found, whoever that is; null when there is none. Not in its file, since Apache's broker has no such thing.</summary>
    public int? LeaderPort { get; init; }

    /// <summary><c>ip:port</c> of that address.</summary>
    public string? LeaderAddress => LeaderPort is { } port ? string.Create(CultureInfo.InvariantCulture, $"{Host}:{port}") : null;

    /// <inheritdoc cref="NodePlace.Disk"/>
    public string? Disk { get; init; }

    public string StoreDirectory => Settings.Get(BrokerConf.StorePathRootDir);

    /// <summary><c>ip:port</c>.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{Host}:{ListenPort}");
}

/// <summary>A cluster whose every node has its address, its folder and its file.</summary>
public sealed record ClusterTopology(string ClusterName, ImmutableArray<NameServerNode> NameServers, ImmutableArray<BrokerNode> Brokers)
{
    /// <summary>The proxy for clients of RocketMQ 5; null when none comes with the cluster.</summary>
    public ProxyPlace? Proxy { get; init; }

    /// <summary>The list that clients take: <c>ip:port;ip:port</c>.</summary>
    public string NameServerList => string.Join(';', NameServers.Select(n => n.Address));

    /// <summary>Each port that a node opens, with the setting that it comes from.</summary>
    public IEnumerable<(string Node, string Host, string Setting, int Port)> Ports() =>
        Views().SelectMany(v => v.Ports.Select(p => (v.Label, v.Address, p.Key, p.Port)))
            .Concat(Proxy is { } proxy ? [("proxy", proxy.Host, "--listen", proxy.Port)] : []);

    /// <summary>Everything that keeps this cluster from working, each in one line that names the setting and both parties.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var (node, file, find) in NameServers.Select(n => (n.Name, n.Conf, (Func<string, BrokerConfKey?>)NameServerConf.Find))
            .Concat(Brokers.Select(b => (b.Name, b.Conf, (Func<string, BrokerConfKey?>)BrokerConf.Find))))
        {
            foreach (var line in file.Lines)
            {
                if (find(line.Key) is not { } key) yield return $"{line.Key} of {node}: {UnknownKeys.Explain(line.Key, line.Value)}";
                else if (key.Check(line.Value) is { } wrong) yield return $"{line.Key} of {node}: {wrong}";
            }
        }
        foreach (var finding in NodeRules.Check(Views()))
            if (finding.Severity == ConfSeverity.Error) yield return $"{finding.Key} of {finding.Node.Label}: {finding.Message}";
    }

    private List<NodeView> Views()
    {
        // A group's nodes open its leader's port in turn: it is told of the first.
        var told = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. NameServers.Select(n => NodeView.OfNameServer(n.Name, n.Host, n.Conf)),
            .. Brokers.Select(b => NodeView.OfBroker(b.Name, b.Host, b.Conf, told.Add(b.BrokerName) ? b.LeaderPort : null, b.Disk)),
        ];
    }
}
