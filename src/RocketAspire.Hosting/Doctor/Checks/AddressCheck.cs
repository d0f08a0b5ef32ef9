namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>Each node answers at the address that clients are told.</summary>
internal static class AddressCheck
{
    private const string Name = "address";

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts) => Bad(facts)
        .OrOk(Name, 1, $"{DoctorChecks.Count(facts.NameServers.Length, "name server")} and {DoctorChecks.Count(facts.Brokers.Length, "broker")} answer at the addresses that clients are told");

    private static IEnumerable<DoctorFinding> Bad(ClusterFacts facts)
    {
        foreach (var n in facts.NameServers)
            if (n.Unreachable is { } why) yield return Fail(n.Name, n.Address, why, "the list of name servers is wrong for this machine: give it another --host");
        foreach (var b in facts.Brokers)
        {
            if (b.Unreachable is { } why) yield return Fail(b.Name, b.Node.Address, why, "its address is wrong for this machine: set brokerIP1, or --host, to one that clients reach");
            if (b.Refusal is { } refusal) yield return DoctorFinding.Warn(Name, $"{b.Name} answers and doesn't tell its settings: {refusal}", "let this machine in by a white address, or name an admin's account in conf/tools.yml of ROCKETMQ_HOME");
        }
    }

    private static DoctorFinding Fail(string name, string address, string why, string whenItRuns) => DoctorFinding.Fail(Name, $"{name} doesn't answer at {address}: {why}",
        $"look at what {name} logs; when it runs and the port is open, {whenItRuns}");
}
