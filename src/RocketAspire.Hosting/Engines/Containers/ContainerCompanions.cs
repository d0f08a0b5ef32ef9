using System.Globalization;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Engines.Containers;

/// <summary>What runs beside a cluster of containers and is no part of it: it starts when the cluster is ready, and nobody waits for it.</summary>
internal sealed class ContainerCompanions
{
    private const int DashboardPort = 8082;
    private const int FirstDashboardPort = 8080;
    private const int ProxyPort = 8081;
    private const int ProxyRemotingPort = 8080;
    private const string ProxyConfig = ContainerPlacement.Home + "/conf/rmq-proxy.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly IDistributedApplicationBuilder _app;
    private readonly ContainerProgram _program;
    private readonly ContainerSettings _settings;
    private readonly ContainerImage _image;
    private readonly ContainerImage _dashboard;
    private bool _isAdded;
    private int _portOffset;

    /// <exception cref="RocketMQSettingException">The image has no proxy.</exception>
    public ContainerCompanions(IDistributedApplicationBuilder app, ContainerProgram program, ContainerSettings settings, ContainerImage image)
    {
        _app = app;
        _program = program;
        _settings = settings;
        _image = image;
        if (settings.Proxy && image.IsOurs) throw new RocketMQSettingException($"--proxy true: the image {image.Name} has no proxy for gRPC clients; use Apache's, or leave the setting out");
        _dashboard = settings.Dashboard is false ? new(settings.FullDashboardImage, IsHere: false, IsOurs: false) : ContainerImage.Look(program, settings.FullDashboardImage);
    }

    private bool HasDashboard => _settings.Dashboard ?? _dashboard.IsHere;

    /// <summary>Names of their containers, without the AppHost's prefix.</summary>
    public IEnumerable<string> Names => [.. HasDashboard ? ["dashboard"] : Array.Empty<string>(), .. _settings.Proxy ? ["proxy"] : Array.Empty<string>()];

    /// <summary>Adds them once, however often the cluster is planned anew.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="portOffset">Added to each port.</param>
    /// <param name="join">Gives a container its name and its place in the network.</param>
    public void Add(RocketMQClusterResource cluster, int portOffset, Action<IResourceBuilder<ContainerResource>, string> join)
    {
        _portOffset = portOffset;
        if (_isAdded) return;
        _isAdded = true;
        var owner = _app.CreateResourceBuilder(cluster);
        if (HasDashboard)
        {
            var dashboard = _app.AddResource(new ContainerResource($"{cluster.Name}-dashboard")).WithImage(_dashboard.Name)
                .WithEnvironment(e => e.EnvironmentVariables["JAVA_OPTS"] = $"-Drocketmq.namesrv.addr={cluster.Topology!.NameServerList}")
                .WithEndpoint("http", e =>
                {
                    e.Port = DashboardPort + _portOffset;
                    e.TargetPort = TargetPortOf(_dashboard.Name);
                    e.UriScheme = "http";
                    e.IsProxied = false;
                });
            join(dashboard, "dashboard");
            dashboard.WithParentRelationship(cluster).WaitFor(owner);
        }
        if (!_settings.Proxy) return;
        var port = ProxyPort + _portOffset;
        var proxy = _app.AddResource(new ContainerResource($"{cluster.Name}-proxy")).WithImage(_image.Name)
            .WithBindMount(ProxyFile(cluster.DataPath), ProxyConfig, isReadOnly: true)
            .WithEnvironment("JAVA_OPT_EXT", _settings.Heap).WithEnvironment("HEAP_OPTS", _settings.Heap)
            .WithArgs("sh", "-c", ContainerNodes.StopScript, "sh", "mqproxy", "-pc", ProxyConfig)
            .WithEndpoint("grpc", e =>
            {
                e.Port = port;
                e.TargetPort = port;
                e.UriScheme = "http";
                e.IsProxied = false;
            });
        join(proxy, "proxy");
        proxy.WithParentRelationship(cluster).WaitFor(owner);
    }

    /// <exception cref="RocketMQSettingException">An image can't be had.</exception>
    public async Task PrepareAsync(ClusterTopology topology, string dataPath, CancellationToken cancellationToken)
    {
        if (HasDashboard)
        {
            await _dashboard.PullIfMissingAsync(_program, "--dashboard", cancellationToken).ConfigureAwait(false);
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"dashboard: http://localhost:{DashboardPort + _portOffset}, once the cluster is ready")).ConfigureAwait(false);
        }
        if (!_settings.Proxy) return;
        var config = new Dictionary<string, object>
        {
            ["rocketMQClusterName"] = topology.ClusterName,
            ["namesrvAddr"] = topology.NameServerList,
            ["proxyMode"] = "CLUSTER",
            ["grpcServerPort"] = ProxyPort + _portOffset,
            ["remotingListenPort"] = ProxyRemotingPort + _portOffset,
        };
        Directory.CreateDirectory(Path.GetDirectoryName(ProxyFile(dataPath))!);
        await File.WriteAllTextAsync(ProxyFile(dataPath), JsonSerializer.Serialize(config, Indented), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>From 2.1 on the dashboard listens elsewhere than before.</summary>
    internal static int TargetPortOf(string image) =>
        Version.TryParse(image[(image.LastIndexOf(':') + 1)..], out var version) && version < new Version(2, 1) ? FirstDashboardPort : DashboardPort;

    private static string ProxyFile(string dataPath) => Path.Combine(dataPath, "proxy", "rmq-proxy.json");
}
