using System.Globalization;

namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>Each copy has what its leader had a moment before.</summary>
internal static class ReplicationCheck
{
    private const string Name = "replication";

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts)
    {
        var copies = facts.Brokers.Where(b => b.BytesBehind is not null).ToList();
        return copies.SelectMany(Bad).OrOk(Name, copies.Count, $"nothing of a leader's log is missing in {DoctorChecks.Count(copies.Count, "copy", "copies")}");
    }

    private static IEnumerable<DoctorFinding> Bad(BrokerFacts b)
    {
        if (b.BytesBehind is not > 0) yield break;
        var message = string.Create(CultureInfo.InvariantCulture, $"{b.Name} lacks {b.BytesBehind} bytes of its leader's log");
        yield return b.IsCatchingUp
            ? DoctorFinding.Warn(Name, message + " and follows", "wait until it has caught up before anything is stopped")
            : DoctorFinding.Fail(Name, message + " and doesn't follow", $"look at what {b.Name} logs of its connection to the leader; its HA or DLedger port may be closed to it");
    }
}
