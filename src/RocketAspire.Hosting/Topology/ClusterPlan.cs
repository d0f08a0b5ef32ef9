using System.Collections.Immutable;

namespace RocketAspire.Hosting.Topology;

/// <summary>Whether a master's answer waits for its slaves.</summary>
public enum Replication
{
    /// <summary>ASYNC_MASTER and ASYNC_FLUSH: answered once the master has the message.</summary>
    Async,

    /// <summary>SYNC_MASTER and SYNC_FLUSH: answered once the master's disk and a slave have the message.</summary>
    Sync,
}

/// <summary>Brokers that hold copies of the same log.</summary>
/// <param name="Name">The <c>brokerName</c>.</param>
public abstract record BrokerGroup(string Name);

/// <summary>A master with slaves that copy it.</summary>
public sealed record MasterSlaveGroup(string Name, int Slaves, Replication Replication) : BrokerGroup(Name);

/// <summary>Nodes that elect their leader.</summary>
public sealed record DLedgerGroup(string Name, int Nodes) : BrokerGroup(Name);

/// <summary>A setting of <c>broker.conf</c> that somebody asked for.</summary>
/// <param name="Broker">A node's name (<c>broker-a-s</c>), a group's name (<c>broker-a</c> means all of it when it has no node of that name), or null for each broker.</param>
/// <param name="Key">As in <c>broker.conf</c>.</param>
/// <param name="Value">As in <c>broker.conf</c>.</param>
public sealed record BrokerSetting(string? Broker, string Key, string Value);

/// <summary>What a cluster consists of, before it has addresses and folders.</summary>
public sealed record ClusterPlan
{
    public const string DefaultTopology = "2m-2s-sync";

    /// <summary>The names that <see cref="Named"/> knows, the default first.</summary>
    public static ImmutableArray<string> Names { get; } = [DefaultTopology, "2m-2s-async", "2m-noslave", "dledger", "single"];

    public required string ClusterName { get; init; }

    /// <summary>How many name servers, from 1 on.</summary>
    public required int NameServers { get; init; }

    public required ImmutableArray<BrokerGroup> Groups { get; init; }

    /// <summary>In the order in which they were given; a later one wins.</summary>
    public ImmutableArray<BrokerSetting> Settings { get; init; } = [];

    /// <summary>One of the topologies that go by a name, or null when there is none of that name.</summary>
    public static ClusterPlan? Named(string topology, string clusterName) => topology switch
    {
        "2m-2s-sync" => new ClusterPlan { ClusterName = clusterName, NameServers = 2, Groups = MasterSlave(2, 1, Replication.Sync) },
        "2m-2s-async" => new ClusterPlan { ClusterName = clusterName, NameServers = 2, Groups = MasterSlave(2, 1, Replication.Async) },
        "2m-noslave" => new ClusterPlan { ClusterName = clusterName, NameServers = 2, Groups = MasterSlave(2, 0, Replication.Async) },
        "dledger" => new ClusterPlan { ClusterName = clusterName, NameServers = 3, Groups = [new DLedgerGroup(GroupName(0), 3)] },
        "single" => new ClusterPlan { ClusterName = clusterName, NameServers = 1, Groups = MasterSlave(1, 0, Replication.Async) },
        _ => null,
    };

    /// <summary>Groups <c>broker-a</c>, <c>broker-b</c> and so on.</summary>
    public static ImmutableArray<BrokerGroup> MasterSlave(int groups, int slavesPerMaster, Replication replication) =>
        [.. Enumerable.Range(0, Math.Clamp(groups, 0, 26)).Select(i => (BrokerGroup)new MasterSlaveGroup(GroupName(i), slavesPerMaster, replication))];

    /// <summary>Sets every group apart that could not work, each in one line that names the setting.</summary>
    public IEnumerable<string> Problems()
    {
        if (NameServers is < 1 or > 9) yield return $"name servers: {NameServers} asked for; allowed are 1 to 9";
        if (Groups.IsEmpty) yield return "broker groups: none asked for; allowed are 1 to 26";
        foreach (var group in Groups)
        {
            switch (group)
            {
                case MasterSlaveGroup { Slaves: < 0 or > 9 } g:
                    yield return $"slaves of {g.Name}: {g.Slaves} asked for; allowed are 0 to 9";
                    break;
                case MasterSlaveGroup { Slaves: 0, Replication: Replication.Sync } g:
                    yield return $"brokerRole of {g.Name}: SYNC_MASTER without a slave could never answer; give it a slave or use Replication.Async";
                    break;
                case DLedgerGroup { Nodes: < 3 } g:
                    yield return $"dLegerPeers of {g.Name}: {g.Nodes} nodes asked for; a group needs three at least, or it can't outlive the loss of one";
                    break;
                case DLedgerGroup { Nodes: > 7 } g:
                    yield return $"dLegerPeers of {g.Name}: {g.Nodes} nodes asked for; allowed are 3, 5 and 7";
                    break;
                case DLedgerGroup g when g.Nodes % 2 == 0:
                    yield return $"dLegerPeers of {g.Name}: {g.Nodes} nodes asked for; an even number outlives no more losses than {g.Nodes - 1} would: use an odd one";
                    break;
            }
        }
        foreach (var twice in Groups.GroupBy(g => g.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            yield return $"brokerName {twice.Key}: {twice.Count()} groups have it; each needs its own";
    }

    internal static string GroupName(int index) => $"broker-{(char)('a' + index)}";
}
