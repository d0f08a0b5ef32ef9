using System.Globalization;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>A broker tells clients its own listen port: whoever publishes it under another number sends them astray.</summary>
internal static class ListenPortCheck
{
    private const string Name = "listen port";

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts) => Bad(facts)
        .OrOk(Name, facts.IsGenerated ? facts.Brokers.Count(b => b.InForce is not null) : 0, "each broker is reached at the port that it listens on and advertises");

    private static IEnumerable<DoctorFinding> Bad(ClusterFacts facts)
    {
        foreach (var b in facts.Brokers)
        {
            if (b.InForce?.Get(BrokerConf.ListenPort.Name) is not { } told || !int.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out var port)) continue;
            if (port != b.Node.ListenPort)
                yield return DoctorFinding.Fail(Name, $"{b.Name} is reached at port {b.Node.ListenPort} and listens on {port}, which is what it tells clients", $"publish port {port} as {port}, or set listenPort={b.Node.ListenPort}");
        }
    }
}
