using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Hosting.Readiness;

/// <summary>Probes speak TLS when a node takes nothing else. They believe its certificate: it is a process that the AppHost itself started.</summary>
internal static class ProbeTls
{
    public static TlsClient? Of(ClusterTopology topology)
    {
        var files = topology.NameServers.Select(static n => n.Conf).Concat(topology.Brokers.Select(static b => b.Conf));
        var key = TlsConf.ServerMode.Name;
        return files.Any(file => IsEnforcing(file.Get(key) ?? Environment.GetEnvironmentVariable(key))) ? TlsClient.TrustingAll : null;
    }

    private static bool IsEnforcing(string? mode) => mode?.Trim().Equals(nameof(TlsMode.Enforcing), StringComparison.OrdinalIgnoreCase) is true;
}
