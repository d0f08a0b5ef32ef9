using System.Globalization;
using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Faults;
using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Engines;

/// <summary>Our own name servers and brokers: processes of the built server, each with its own file.</summary>
internal sealed class EmbeddedEngine : NodeEngine
{
    /// <summary>Written into the AppHost by RocketAspire.Hosting.targets.</summary>
    private const string ServerMetadata = "rocketaspireserver";

    private readonly RocketMQSettings _settings;
    private readonly string? _assembly;
    private readonly string? _executable;
    private readonly FaultSockets _sockets;
    private IResource? _proxy;

    private bool SendsTelemetry => _settings.Telemetry ?? _settings.Sample;

    public EmbeddedEngine(IDistributedApplicationBuilder app, RocketMQSettings settings)
        : base(app)
    {
        _settings = settings;
        _sockets = new FaultSockets(app);
        _assembly = app.AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == ServerMetadata)?.Value;
        // The built executable, never `dotnet run`: it starts at once.
        var executable = _assembly is null ? null : Path.ChangeExtension(_assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        _executable = File.Exists(executable) ? executable : null;
    }

    public override Placement Placement(int portOffset, string dataPath) => new EmbeddedPlacement(_settings.Host ?? RocketMQSettings.Loopback, portOffset, dataPath, hasProxy: !_settings.WithoutProxy);

    public override Task PrepareAsync(ClusterTopology topology, string dataPath, CancellationToken cancellationToken)
    {
        if (_assembly is null)
            throw new RocketMQSettingException("the AppHost doesn't know RocketAspire.Server: import RocketAspire.Hosting.targets into its project", RocketMQSettingException.Machine);
        if (_executable is null && !File.Exists(_assembly))
            throw new RocketMQSettingException($"RocketAspire.Server isn't built: there is no {_assembly}", RocketMQSettingException.Machine);
        return Task.CompletedTask;
    }

    protected override IResourceBuilder<IRocketMQNode> AddNameServer(string name, RocketMQNodeIdentity identity, NameServerNode node) =>
        Add(name, identity, ["namesrv", "-c", DataFolder.ConfigFile(identity.Cluster.DataPath, node)]);

    protected override IResourceBuilder<IRocketMQNode> AddBroker(string name, RocketMQNodeIdentity identity, BrokerNode node)
    {
        var folder = identity.Cluster.DataPath;
        // As the process would take a relative path: it runs in the data folder.
        var socket = _sockets.PathFor(name, Path.GetFullPath(node.StoreDirectory, folder));
        var args = new List<string> { "broker", "-c", DataFolder.ConfigFile(folder, node) };
        if (node.LeaderAddress is { } leader) args.AddRange(["--leader-address", leader]);
        if (socket is not null) args.Add("--fault-control=" + socket);
        return Add(name, identity with { Faults = socket is null ? null : new NodeFaults(name, socket) }, args);
    }

    protected override void AddCompanions(IResourceBuilder<RocketMQClusterResource> cluster, ClusterTopology topology)
    {
        if (_proxy is not null) App.Resources.Remove(_proxy);
        _proxy = null;
        if (topology.Proxy is not { } place) return;
        var listen = string.Create(CultureInfo.InvariantCulture, $"{Placement(0, "").BindAddress}:{place.Port}");
        List<string> args = ["proxy", "-n", topology.NameServerList, "--listen", listen];
        if (ProbeAccount.RulesOf(topology, cluster.Resource.DataPath) is { } rules) args.AddRange(["--acl", rules]);
        if (_executable is null) args.Insert(0, _assembly ?? "");
        var proxy = App.AddResource(new ExecutableResource(Unique(cluster, "proxy"), _executable ?? "dotnet", cluster.Resource.DataPath))
            .WithArgs([.. args])
            .WithEndpoint("grpc", e =>
            {
                // Clients are told the address by which they came, so that nothing is put between.
                e.Port = place.Port;
                e.TargetPort = place.Port;
                e.TargetHost = place.Host;
                e.UriScheme = "http";
                e.IsProxied = false;
            })
            .WithParentRelationship(cluster.Resource)
            .StartAfter(cluster.Resource);
        if (SendsTelemetry) proxy.WithOtlpExporter();
        _proxy = proxy.Resource;
    }

    private IResourceBuilder<RocketMQProcessResource> Add(string name, RocketMQNodeIdentity identity, List<string> args)
    {
        if (_executable is null) args.Insert(0, _assembly ?? "");
        var node = App.AddResource(new RocketMQProcessResource(name, identity, _executable ?? "dotnet", identity.Cluster.DataPath)).WithArgs([.. args]);
        return SendsTelemetry ? node.WithOtlpExporter() : node;
    }
}
