using System.Collections.Concurrent;
using System.Collections.Immutable;
using RocketAspire.Chaos.Report;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Chaos.Cluster;

/// <summary>A broker with its process.</summary>
internal sealed record ChaosBroker(BrokerNode Node, NodeProcess Process)
{
    public string Name => Node.Name;

    public string Group => Node.BrokerName;

    public string Address => Node.Address;

    /// <summary>What its group calls it in fault control.</summary>
    public string PeerName => Node.PeerName;

    /// <summary>Outside of its store, which may be taken away.</summary>
    public string FaultSocket => Path.Combine(Process.Folder, "fault.sock");
}

/// <summary>All nodes of a run as processes.</summary>
internal sealed class ChaosCluster : IDisposable
{
    public ChaosCluster(ClusterTopology topology, string folder, Timeline timeline)
    {
        Topology = topology;
        var server = ServerBinary.Find();
        NameServers = [.. topology.NameServers.Select(n => Create(n.Name, own => ["namesrv", "-c", Path.Combine(own, "namesrv.conf")]))];
        Brokers = [.. topology.Brokers.Select(b => new ChaosBroker(b, Create(b.Name, own => BrokerArguments(b, own))))];
        Groups = [.. Brokers.Select(static b => b.Group).Distinct(StringComparer.Ordinal)];

        NodeProcess Create(string name, Func<string, IReadOnlyList<string>> arguments)
        {
            var own = Path.Combine(folder, name);
            var node = new NodeProcess(name, server, arguments(own), own);
            node.EndedByItself += (ended, code) =>
            {
                var text = $"{ended.Name} ended by itself with exit code {code}: {LastWords(ended)}";
                timeline.Say(text);
                Failures.Enqueue(text);
            };
            return node;
        }
    }

    public ClusterTopology Topology { get; }

    public ImmutableArray<NodeProcess> NameServers { get; }

    public ImmutableArray<ChaosBroker> Brokers { get; }

    /// <summary>Names of the groups (<c>brokerName</c>).</summary>
    public ImmutableArray<string> Groups { get; }

    /// <summary>What no node may do, whatever is done to it.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    public IEnumerable<NodeProcess> Nodes => NameServers.Concat(Brokers.Select(static b => b.Process));

    public IReadOnlyList<ChaosBroker> BrokersOf(string group) => [.. Brokers.Where(b => b.Group == group)];

    public void StartAll()
    {
        foreach (var node in Nodes) node.Start();
    }

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
    }

    private static List<string> BrokerArguments(BrokerNode node, string folder)
    {
        var arguments = new List<string> { "broker", "-c", Path.Combine(folder, "broker.conf"), $"--fault-control={Path.Combine(folder, "fault.sock")}" };
        if (node.LeaderAddress is { } leader) arguments.AddRange(["--leader-address", leader]);
        return arguments;
    }

    private static string LastWords(NodeProcess node)
    {
        try
        {
            return File.ReadLines(node.LogFile).LastOrDefault() ?? "(it said nothing)";
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }
}
