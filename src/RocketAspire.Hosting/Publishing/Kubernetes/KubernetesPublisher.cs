using System.Globalization;
using RocketAspire.Hosting.Engines;
using RocketAspire.Hosting.Publishing.Containers;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;
using static RocketAspire.Hosting.Publishing.Containers.Yaml;
using static RocketAspire.Hosting.Publishing.Kubernetes.PodParts;

namespace RocketAspire.Hosting.Publishing.Kubernetes;

/// <summary>Writes a cluster for Kubernetes: a file a part, put together by a kustomization.</summary>
internal sealed class KubernetesPublisher
{
    public const string Proxy = "proxy";
    public const string Dashboard = "dashboard";
    public const string Scripts = "rocketmq-scripts";

    private const int ProxyPort = 8081;
    private const int DashboardPort = 8082;

    private static readonly (string, string) ConfigMount = (Volume, ContainerFiles.ConfigFolder);

    private readonly ClusterTopology _topology;
    private readonly string _cluster;
    private readonly ContainerSettings _containers;
    private readonly IReadOnlyList<NodeFile> _nodes;

    private KubernetesPublisher(ClusterTopology topology, ContainerSettings containers)
    {
        _containers = containers;
        _topology = topology;
        _cluster = topology.ClusterName;
        _nodes = NodeFile.Of(topology);
    }

    public static PublishedCluster Make(ClusterTopology topology, PublishRequest request)
    {
        var publisher = new KubernetesPublisher(topology, request.Containers);
        var groups = publisher._nodes.Where(n => !n.IsNameServer).GroupBy(n => n.Group!, StringComparer.Ordinal).ToList();
        var parts = new List<(string Name, Dictionary<string, object>[] Documents)>
        {
            (Scripts, [ConfigMap(topology.ClusterName, Scripts, ContainerFiles.Scripts)]),
            (KubernetesPlacement.NameServers, publisher.NameServers()),
        };
        parts.AddRange(groups.Select(g => (g.Key, publisher.Group(g.Key, [.. g]))));
        parts.Add((Proxy, publisher.ProxyParts()));
        parts.Add((Dashboard, publisher.DashboardParts()));
        return new PublishedCluster(
            [
                new PublishedFile("README.md", KubernetesReadme.Write(topology, groups, request.Containers)),
                new PublishedFile("kustomization.yaml", Write(Map(
                    ("apiVersion", "kustomize.config.k8s.io/v1beta1"),
                    ("kind", "Kustomization"),
                    ("resources", parts.Select(p => p.Name + ".yaml").ToArray())))),
                .. parts.Select(p => new PublishedFile(p.Name + ".yaml", string.Join("---\n", p.Documents.Select(Write)))),
            ],
            [
                string.Create(CultureInfo.InvariantCulture, $"{KubernetesPlacement.NameServers}: {topology.NameServers.Length} name servers"),
                .. groups.Select(g => $"{g.Key}: {string.Join(", ", g.Select(n => $"{PodOf(n)} ({n.Role})"))}"),
                string.Create(CultureInfo.InvariantCulture, $"{Proxy} for gRPC clients on {ProxyPort}, {Dashboard} on {DashboardPort}"),
            ],
            "read {folder}/README.md, then kubectl apply -n NAMESPACE -k {folder}");
    }

    /// <summary>A node's host is its pod's name and its service's.</summary>
    internal static string PodOf(NodeFile node) => node.Host[..node.Host.IndexOf('.', StringComparison.Ordinal)];

    private Dictionary<string, object>[] NameServers()
    {
        const string Name = KubernetesPlacement.NameServers;
        var servers = _nodes.Where(n => n.IsNameServer).ToList();
        (string, int)[] ports = [("remoting", servers[0].Port)];
        var container = Container(
            Name, _containers.PublishedImage, ["mqnamesrv", "-c", $"{ContainerFiles.ConfigFolder}/{Name}.conf"], [JavaOptions(_containers.Heap)], ports,
            Startup(Exec(ContainerFiles.Health(servers[0]))), Probe(Exec(ContainerFiles.Health(servers[0]))), "768Mi", "1", ConfigMount, (Data, ContainerFiles.NameServerFolder));
        return
        [
            // They differ in nothing: one file is for all.
            ConfigMap(_cluster, Name, [(Name + ".conf", servers[0].Conf.Write())]),
            Service(_cluster, Name, isHeadless: true, ports),
            StatefulSet(Name, servers.Count, Template(_cluster, Name, container, 30, [Name, Scripts], mustSpread: false), "1Gi", readySeconds: 0),
            Disruption(_cluster, Name),
        ];
    }

    private Dictionary<string, object>[] Group(string name, List<NodeFile> nodes)
    {
        var first = nodes[0];
        if (nodes.Find(n => !n.Ports.SequenceEqual(first.Ports)) is { } other)
            throw new RocketMQSettingException($"listenPort of {other.Name}: the pods of {name} are of one set and need the ports of {first.Name}");
        (string, int)[] ports =
        [
            ("remoting", first.Port),
            ("vip", first.Port - 2),
            .. first.Ports.Where(p => p.PeersOnly).Select(p => (_topology.Brokers.First(b => b.BrokerName == name).IsDLedger ? "dledger" : "ha", p.Port)),
        ];
        var container = Container(
            "broker", _containers.PublishedImage, ["mqbroker", "-c", $"{ContainerFiles.ConfigFolder}/$(POD_NAME).properties"],
            [("POD_NAME", Field("metadata.name")), ("POD_IP", Field("status.podIP")), JavaOptions(_containers.Heap)], ports,
            Startup(Exec(ContainerFiles.Health(first))), Probe(Exec(ContainerFiles.Health(first))), "1Gi", "2", ConfigMount, (Data, ContainerFiles.StoreFolder));
        return
        [
            ConfigMap(_cluster, name, nodes.Select(n => (PodOf(n) + ".properties", n.Conf.Write()))),
            Service(_cluster, name, isHeadless: true, ports),
            // A machine never has two copies of one log. A broker flushes its log before it ends.
            StatefulSet(name, nodes.Count, Template(_cluster, name, container, 120, [name, Scripts], mustSpread: nodes.Count > 1), "20Gi", readySeconds: 30),
            Disruption(_cluster, name),
        ];
    }

    private Dictionary<string, object>[] ProxyParts()
    {
        (string, int)[] ports = [("grpc", ProxyPort)];
        var health = Exec(ContainerFiles.Health("http2", ProxyPort));
        var container = Container(
            Proxy, _containers.PublishedImage, ["mqproxy", "-pc", $"{ContainerFiles.ConfigFolder}/{ContainerFiles.ProxyConfig}"], [JavaOptions(_containers.Heap)], ports,
            Startup(health), Probe(health), "1Gi", "2", ConfigMount);
        return
        [
            ConfigMap(_cluster, Proxy, [(ContainerFiles.ProxyConfig, ContainerFiles.Proxy(_topology, ProxyPort))]),
            Service(_cluster, Proxy, isHeadless: false, ports),
            Deployment(Proxy, 2, Template(_cluster, Proxy, container, 60, [Proxy, Scripts], mustSpread: false)),
            Disruption(_cluster, Proxy),
        ];
    }

    private Dictionary<string, object>[] DashboardParts()
    {
        (string, int)[] ports = [("http", DashboardPort)];
        (string, object?) check = ("httpGet", Map(("path", "/"), ("port", "http")));
        var container = Container(
            Dashboard, _containers.PublishedDashboardImage, null,
            [
                // Its image knows no user of this number, so Java finds no home to log to.
                ("JAVA_OPTS", $"{_containers.Heap} -Duser.home=/tmp -Drocketmq.namesrv.addr={_topology.NameServerList}"),
                // Its own list in the image has 127.0.0.1 and would win over the option.
                ("ROCKETMQ_CONFIG_NAMESRVADDRS_0", _topology.NameServerList),
            ],
            ports, Startup(check), Probe(check), "1Gi", "1");
        return
        [
            Service(_cluster, Dashboard, isHeadless: false, ports),
            Deployment(Dashboard, 1, Template(_cluster, Dashboard, container, 30, [], mustSpread: false)),
        ];
    }

    private static Dictionary<string, object> Field(string path) => Map(("fieldRef", Map(("fieldPath", path))));

    private Dictionary<string, object> StatefulSet(string name, int replicas, Dictionary<string, object> template, string storage, int readySeconds) => Map(
        ("apiVersion", "apps/v1"),
        ("kind", "StatefulSet"),
        ("metadata", Metadata(_cluster, name)),
        ("spec", Map(
            ("serviceName", name),
            ("replicas", replicas),
            // All at once: a group can't wait for its first node. Updates still go one by one, the master last.
            ("podManagementPolicy", "Parallel"),
            ("updateStrategy", Map(("type", "RollingUpdate"))),
            ("minReadySeconds", readySeconds),
            ("selector", Selector(_cluster, name)),
            ("template", template),
            ("volumeClaimTemplates", new[]
            {
                Map(
                    ("metadata", Map(("name", Data))),
                    ("spec", Map(("accessModes", new[] { "ReadWriteOnce" }), ("resources", Map(("requests", Map(("storage", storage)))))))),
            }))));

    private Dictionary<string, object> Deployment(string name, int replicas, Dictionary<string, object> template) => Map(
        ("apiVersion", "apps/v1"),
        ("kind", "Deployment"),
        ("metadata", Metadata(_cluster, name)),
        ("spec", Map(("replicas", replicas), ("selector", Selector(_cluster, name)), ("template", template))));
}
