using System.Globalization;
using RocketAspire.Hosting.Engines;
using RocketAspire.Hosting.Publishing.Containers;
using RocketAspire.Hosting.Topology;
using static RocketAspire.Hosting.Publishing.Containers.Yaml;

namespace RocketAspire.Hosting.Publishing.Compose;

/// <summary>Writes a cluster for one machine with Docker or Podman.</summary>
internal sealed class ComposePublisher
{
    private const int ProxyPort = 8081;
    private const int DashboardPort = 8082;
    private const string Prepare = "prepare";

    private readonly ClusterTopology _topology;
    private readonly PublishRequest _request;
    private readonly IReadOnlyList<NodeFile> _nodes;

    private ComposePublisher(ClusterTopology topology, PublishRequest request)
    {
        _topology = topology;
        _request = request;
        _nodes = NodeFile.Of(topology);
    }

    private int Proxy => ProxyPort + _request.PortOffset;

    private int Dashboard => DashboardPort + _request.PortOffset;

    public static PublishedCluster Make(ClusterTopology topology, PublishRequest request)
    {
        var publisher = new ComposePublisher(topology, request);
        return new PublishedCluster(
            [
                new PublishedFile("docker-compose.yml", publisher.Header() + Write(publisher.Document())),
                .. publisher._nodes.Select(n => new PublishedFile(ConfPath(n), n.Conf.Write())),
                new PublishedFile("conf/" + ContainerFiles.ProxyConfig, ContainerFiles.Proxy(topology, publisher.Proxy)),
                .. ContainerFiles.Scripts.Select(s => new PublishedFile(s.Name, s.Text, IsExecutable: true)),
            ],
            [.. publisher._nodes.Select(n => $"{n.Name} ({n.Role}) on port {n.Port}"), $"proxy for gRPC clients on {publisher.Proxy}, dashboard on {publisher.Dashboard}"],
            "docker compose -f {folder}/docker-compose.yml up -d --wait");
    }

    private Dictionary<string, object> Document() => Map(
        ("services", new Dictionary<string, object>(
        [
            new(Prepare, PrepareService()),
            .. _nodes.Select(n => new KeyValuePair<string, object>(n.Name, Node(n))),
            new("proxy", ProxyService()),
            new("dashboard", DashboardService()),
        ])),
        ("volumes", _nodes.ToDictionary(n => n.Name, _ => (object)Map(), StringComparer.Ordinal)));

    // A folder a node, as the linter sees machines.
    private static string ConfPath(NodeFile node) => $"conf/{node.Name}/{node.FileName}";

    private string Rocketmq => _request.Containers.PublishedImage;

    private string Heap => _request.Containers.Heap;

    /// <summary>A new volume belongs to root, and the images' user could not write to it.</summary>
    private Dictionary<string, object> PrepareService() => Map(
        ("image", Rocketmq),
        ("user", "0:0"),
        ("entrypoint", new[] { "sh", "-c", string.Create(CultureInfo.InvariantCulture, $"chown {RocketMQImages.UserId}:{RocketMQImages.UserId} /volumes/*") }),
        ("volumes", _nodes.Select(n => $"{n.Name}:/volumes/{n.Name}").ToArray()),
        ("network_mode", "none"),
        ("restart", "no"));

    private Dictionary<string, object> Node(NodeFile node) => Map(
        ("image", Rocketmq),
        ("command", new[] { "sh", $"{ContainerFiles.ConfigFolder}/{ContainerFiles.RunScript}", node.Launcher, "-c", $"{ContainerFiles.ConfigFolder}/{node.FileName}" }),
        ("environment", Map(("JAVA_OPT_EXT", $"{Heap} {ContainerFiles.Young} {ContainerFiles.DirectMemory}"))),
        ("ports", node.Ports.Where(p => !p.PeersOnly).Select(p => Published(p.Port, p.Port)).ToArray()),
        ("volumes", Mounts(node.FileName, ConfPath(node)).Append($"{node.Name}:{ContainerFiles.VolumeFolder(node)}").ToArray()),
        ("depends_on", DependsOn(node)),
        ("healthcheck", HealthCheck(ContainerFiles.Health(node))),
        ("restart", "unless-stopped"),
        // A broker flushes its log before it ends.
        ("stop_grace_period", "2m"),
        ("mem_limit", node.IsNameServer ? "768m" : "1g"),
        ("cpus", node.IsNameServer ? 1 : 2));

    private Dictionary<string, object> ProxyService() => Map(
        ("image", Rocketmq),
        ("command", new[] { "sh", $"{ContainerFiles.ConfigFolder}/{ContainerFiles.RunScript}", "mqproxy", "-pc", $"{ContainerFiles.ConfigFolder}/{ContainerFiles.ProxyConfig}" }),
        ("environment", Map(("JAVA_OPT_EXT", $"{Heap} {ContainerFiles.Young} {ContainerFiles.DirectMemory}"))),
        ("ports", new[] { Published(Proxy, Proxy) }),
        ("volumes", Mounts(ContainerFiles.ProxyConfig, "conf/" + ContainerFiles.ProxyConfig).ToArray()),
        ("depends_on", _nodes.ToDictionary(n => n.Name, _ => (object)Map(("condition", "service_healthy")), StringComparer.Ordinal)),
        ("healthcheck", HealthCheck(ContainerFiles.Health("http2", Proxy))),
        ("restart", "unless-stopped"),
        ("mem_limit", "1g"),
        ("cpus", 2));

    private Dictionary<string, object> DashboardService() => Map(
        ("image", _request.Containers.PublishedDashboardImage),
        ("environment", Map(
            ("JAVA_OPTS", $"{Heap} -Drocketmq.namesrv.addr={_topology.NameServerList}"),
            // Its own list in the image has 127.0.0.1 and would win over the option.
            ("ROCKETMQ_CONFIG_NAMESRVADDRS_0", _topology.NameServerList))),
        ("ports", new[] { Published(Dashboard, DashboardPort) }),
        ("volumes", new[] { Mount(ContainerFiles.HealthScript, "./" + ContainerFiles.HealthScript) }),
        ("depends_on", _nodes.Where(n => n.IsNameServer).ToDictionary(n => n.Name, _ => (object)Map(("condition", "service_healthy")), StringComparer.Ordinal)),
        ("healthcheck", HealthCheck(ContainerFiles.Health("http", DashboardPort))),
        ("restart", "unless-stopped"),
        ("mem_limit", "1g"),
        ("cpus", 1));

    private Dictionary<string, object> DependsOn(NodeFile node)
    {
        var on = Map((Prepare, Map(("condition", "service_completed_successfully"))));
        if (node.IsNameServer) return on;
        foreach (var server in _nodes.Where(n => n.IsNameServer)) on[server.Name] = Map(("condition", "service_healthy"));
        return on;
    }

    private static IEnumerable<string> Mounts(string config, string path) =>
        [Mount(config, "./" + path), .. new[] { ContainerFiles.RunScript, ContainerFiles.HealthScript }.Select(s => Mount(s, "./" + s))];

    // z: machines with SELinux let containers read it then.
    private static string Mount(string name, string source) => $"{source}:{ContainerFiles.ConfigFolder}/{name}:ro,z";

    private static string Published(int host, int container) => string.Create(CultureInfo.InvariantCulture, $"{host}:{container}");

    private static Dictionary<string, object> HealthCheck(string[] command) => Map(
        ("test", (string[])["CMD", .. command]),
        ("interval", "5s"),
        ("timeout", "5s"),
        ("retries", 12),
        ("start_period", "60s"));

    private string Header() => $"""
        # {_topology.ClusterName}: RocketMQ ({Rocketmq}) in containers of one machine.
        #
        #   docker compose up -d --wait        (or: podman-compose up -d)
        #   docker compose exec namesrv-1 sh mqadmin clusterList -n '{_topology.NameServerList}'
        #   docker compose down                (with -v the data goes too)
        #
        # Name servers: {_topology.NameServerList} for containers of the same network,
        # {Outside(_request.AdvertisedHost ?? "127.0.0.1")} {(_request.AdvertisedHost is null ? "for this machine." : "for clients outside.")}
        # gRPC clients: this machine's address, port {Proxy.ToString(CultureInfo.InvariantCulture)}. Dashboard: http://localhost:{Dashboard.ToString(CultureInfo.InvariantCulture)}
        #
        {(_request.AdvertisedHost is { } host ? Advertised(host) : NotAdvertised)}
        #
        # Health checks ask each node something in its own protocol, without a JVM: see health.sh.

        """.ReplaceLineEndings("\n");

    private string Outside(string host) => string.Join(';', _topology.NameServers.Select(n => string.Create(CultureInfo.InvariantCulture, $"{host}:{n.Port}")));

    private static string Advertised(string host) => $"""
        # A RocketMQ client connects to the address that the brokers tell it (brokerIP1): {host}, which must reach this machine
        # from clients and from the containers; the ports are the same inside and outside. Replication between the containers goes
        # by their own addresses (brokerIP2).
        """;

    private const string NotAdvertised = """
        # A RocketMQ client connects to the addresses that the brokers tell it (brokerIP1): the containers' own, which run-node.sh
        # finds when they start. Other containers of the same network reach them, and on Linux this machine itself does (with
        # root's Docker or Podman). For clients anywhere else, Docker Desktop and rootless Podman among them, publish again with
        # --host and an address of this machine that clients and containers reach.
        """;
}
