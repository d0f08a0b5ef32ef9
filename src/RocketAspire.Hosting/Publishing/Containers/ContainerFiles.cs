using RocketAspire.Hosting.Publishing.Hosts;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Publishing.Containers;

/// <summary>What containers are given whoever starts them.</summary>
internal static class ContainerFiles
{
    /// <summary>Where settings and scripts are mounted, read-only.</summary>
    public const string ConfigFolder = "/etc/rocketmq";

    /// <summary>What is kept of a broker.</summary>
    public const string StoreFolder = PublishedPlacement.Home + "/store";

    /// <summary>What is kept of a name server: its KV settings.</summary>
    public const string NameServerFolder = PublishedPlacement.Home + "/namesrv";

    public const string RunScript = "run-node.sh";
    public const string HealthScript = "health.sh";
    public const string ProxyConfig = "rmq-proxy.json";

    /// <summary>Off-heap memory on top of the heap; the distribution's limit is 15 GB.</summary>
    public const string DirectMemory = "-XX:MaxDirectMemorySize=256m";

    /// <summary>The image's young generation is as large as the whole heap here.</summary>
    public const string Young = "-Xmn128m";

    public static IEnumerable<(string Name, string Text)> Scripts => new[] { HealthScript, RunScript }.Select(n => (n, HostScripts.Read("Containers." + n)));

    public static string VolumeFolder(NodeFile node) => node.IsNameServer ? NameServerFolder : StoreFolder;

    /// <summary>The command of a health check that speaks the node's protocol.</summary>
    public static string[] Health(string protocol, int port, string? kind = null) =>
        ["bash", $"{ConfigFolder}/{HealthScript}", protocol, port.ToString(System.Globalization.CultureInfo.InvariantCulture), .. kind is null ? Array.Empty<string>() : [kind]];

    public static string[] Health(NodeFile node) => Health("remoting", node.Port, node.IsNameServer ? "namesrv" : "broker");

    /// <summary>The settings of the proxy for gRPC clients. It tells clients the port that it listens on, so it must be the published one.</summary>
    public static string Proxy(ClusterTopology topology, int port) => $$"""
        {
          "rocketMQClusterName": "{{topology.ClusterName}}",
          "namesrvAddr": "{{topology.NameServerList}}",
          "proxyMode": "CLUSTER",
          "grpcServerPort": {{port.ToString(System.Globalization.CultureInfo.InvariantCulture)}}
        }

        """.ReplaceLineEndings("\n");
}
