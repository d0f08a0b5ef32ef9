using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>Each name server sees each master and each slave, at the address that it should have.</summary>
internal static class RegistrationCheck
{
    private const string Name = "name servers";

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts) => Bad(facts)
        .OrOk(Name, facts.NameServers.Count(n => n.Sees is not null), $"{DoctorChecks.Count(facts.Brokers.Length, "broker")} known to {DoctorChecks.Count(facts.NameServers.Count(n => n.Sees is not null), "name server")}, each with its number and address");

    private static IEnumerable<DoctorFinding> Bad(ClusterFacts facts)
    {
        foreach (var group in facts.Brokers.Select(b => b.Node).GroupBy(b => b.BrokerName, StringComparer.Ordinal))
            foreach (var finding in Missing([.. group])) yield return finding;
        foreach (var n in facts.NameServers)
        {
            if (n.Sees is not { } sees) continue;
            foreach (var group in facts.Brokers.Select(b => b.Node).GroupBy(b => b.BrokerName, StringComparer.Ordinal))
            {
                var seen = sees.BrokerAddrTable.TryGetValue(group.Key, out var found) ? found.BrokerAddrs : null;
                if (group.First().IsDLedger)
                {
                    if (DLedgerView.Of([.. group], seen).Problem is { } problem)
                        yield return DoctorFinding.Fail(Name, $"{n.Name} {problem.Replace(" yet", "", StringComparison.Ordinal)}", $"look at what the nodes of {group.Key} log: a majority of them has to run and reach each other");
                    continue;
                }

                foreach (var b in group)
                {
                    if (seen is null || !seen.TryGetValue(b.BrokerId, out var address))
                        yield return DoctorFinding.Fail(Name, $"{n.Name} doesn't know {b.Name} ({b.Role}, brokerId {b.BrokerId})", $"look at what {b.Name} logs of its registration; its namesrvAddr must name {n.Address}");
                    else if (address != b.Address)
                        yield return DoctorFinding.Fail(Name, $"{n.Name} knows {b.Name} at {address} and not at {b.Address}", "another broker has its name and number, or its brokerIP1 is not what was written: stop the one, or set the other");
                }
            }
        }
    }

    /// <summary>Whom a group's own settings name and nobody knows: of a cluster that runs already there is no other list.</summary>
    private static IEnumerable<DoctorFinding> Missing(List<BrokerNode> group)
    {
        var first = group[0];
        if (first.IsDLedger)
        {
            foreach (var (id, host, port) in NodeView.Peers(first.Settings.Get(BrokerConf.DLegerPeers)))
                if (!group.Exists(b => b.PeerName == id))
                    yield return DoctorFinding.Fail(Name, $"no name server knows {id} of {first.BrokerName}, which dLegerPeers names at {host}:{port}", "start it, or look at what it logs of its registration");
            yield break;
        }

        if (!group.Exists(static b => b.BrokerId == 0))
            yield return DoctorFinding.Fail(Name, $"{first.BrokerName} has no master: nobody takes messages for it", "start it, or look at what it logs of its registration");
        else if (group.Find(static b => b.BrokerId == 0)!.Settings.Get(BrokerConf.TotalReplicas) is var total && total > group.Count)
            yield return DoctorFinding.Warn(Name, $"{first.BrokerName} has {DoctorChecks.Count(group.Count, "copy", "copies")} of its log, and totalReplicas={total}", "start the slave that is missing");
    }
}
