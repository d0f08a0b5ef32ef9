using RocketAspire.Client;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Hosting.Readiness;

/// <summary>The way by which the AppHost itself asks the nodes.</summary>
internal static class ProbeConnection
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static RocketMQConnection To(ClusterTopology topology, AclCredentials? account, TimeProvider time) => new(new RocketMQClientOptions
    {
        NameServers = [.. topology.NameServers.Select(static n => n.Address)],
        RequestTimeout = Patience,
        ConnectTimeout = Patience,
        Credentials = account,
        Tls = ProbeTls.Of(topology),
        Time = time,
    });
}
