namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>The ports beside the listen port: for slaves and peers, and the VIP port, which older clients send to.</summary>
internal static class SidePortCheck
{
    private const string Name = "other ports";

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts) => Bad(facts)
        .OrOk(Name, facts.Brokers.Sum(b => b.Ports.Length), $"{DoctorChecks.Count(facts.Brokers.Sum(b => b.Ports.Length), "port")} for replication and VIP can be reached");

    private static IEnumerable<DoctorFinding> Bad(ClusterFacts facts)
    {
        foreach (var b in facts.Brokers)
        {
            // A node that is gone has no ports: that is told once.
            if (b.Unreachable is not null) continue;
            foreach (var port in b.Ports)
            {
                if (port.Problem is not { } why) continue;
                var message = $"{port.What} of {b.Name} can't be reached at {port.Address}: {why}";
                yield return port.IsForClients
                    ? DoctorFinding.Warn(Name, message, $"publish or open {port.Address}; clients with vipChannelEnabled send there")
                    : DoctorFinding.Fail(Name, message, $"publish or open {port.Address} between the brokers; without it nothing is replicated");
            }
        }
    }
}
