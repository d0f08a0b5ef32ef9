using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Faults;
using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting;

/// <summary>Makes a cluster's nodes resources: processes of the built server, each with its own file.</summary>
internal sealed class NodeLauncher
{
    /// <summary>Written into the AppHost by RocketAspire.Hosting.targets.</summary>
    private const string ServerMetadata = "rocketaspireserver";

    private readonly IDistributedApplicationBuilder _app;
    private readonly string? _assembly;
    private readonly string? _executable;
    private readonly FaultSockets _sockets;

    public NodeLauncher(IDistributedApplicationBuilder app)
    {
        _app = app;
        _sockets = new FaultSockets(app);
        _assembly = app.AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == ServerMetadata)?.Value;
        // The built executable, never `dotnet run`: it starts at once.
        var executable = _assembly is null ? null : Path.ChangeExtension(_assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        _executable = File.Exists(executable) ? executable : null;
    }

    /// <exception cref="RocketMQSettingException">The server isn't built.</exception>
    public void ThrowIfMissing()
    {
        if (_assembly is null)
            throw new RocketMQSettingException("the AppHost doesn't know RocketAspire.Server: import RocketAspire.Hosting.targets into its project", RocketMQSettingException.Machine);
        if (_executable is null && !File.Exists(_assembly))
            throw new RocketMQSettingException($"RocketAspire.Server isn't built: there is no {_assembly}", RocketMQSettingException.Machine);
    }

    public IReadOnlyList<RocketMQNodeResource> AddNodes(IResourceBuilder<RocketMQClusterResource> cluster, ClusterTopology topology)
    {
        var folder = cluster.Resource.DataPath;
        var builders = new List<(IResourceBuilder<RocketMQNodeResource> Builder, string? Group)>();
        foreach (var n in topology.NameServers)
        {
            var node = new RocketMQNodeResource(Unique(cluster, n.Name), cluster.Resource, "NAMESRV", n.Address, isNameServer: true, _executable ?? "dotnet", folder);
            builders.Add((Add(cluster, node, n.Host, n.Port, ["namesrv", "-c", DataFolder.ConfigFile(folder, n)]), null));
        }

        foreach (var b in topology.Brokers)
        {
            var name = Unique(cluster, b.Name);
            // As the process would take a relative path: it runs in the data folder.
            var socket = _sockets.PathFor(name, Path.GetFullPath(b.StoreDirectory, folder));
            var node = new RocketMQNodeResource(name, cluster.Resource, b.Role, b.Address, isNameServer: false, _executable ?? "dotnet", folder)
            {
                PeerName = b.PeerName,
                Faults = socket is null ? null : new NodeFaults(name, socket),
            };
            builders.Add((Add(cluster, node, b.Host, b.ListenPort, BrokerArgs(b, DataFolder.ConfigFile(folder, b), socket)), b.BrokerName));
        }

        foreach (var (builder, group) in builders)
        {
            var others = group is null ? [] : builders.Where(o => o.Group == group && o.Builder != builder).Select(o => (o.Builder.Resource.Name, o.Builder.Resource.PeerName)).ToList();
            NodeCommands.AddTo(builder, others);
        }

        return [.. builders.Select(b => b.Builder.Resource)];
    }

    private static List<string> BrokerArgs(BrokerNode node, string file, string? socket)
    {
        var args = new List<string> { "broker", "-c", file };
        if (node.LeaderAddress is { } leader) args.AddRange(["--leader-address", leader]);
        if (socket is not null) args.Add("--fault-control=" + socket);
        return args;
    }

    /// <summary>A second cluster in one AppHost has nodes of the same names.</summary>
    private string Unique(IResourceBuilder<RocketMQClusterResource> cluster, string name) =>
        _app.Resources.Any(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ? $"{cluster.Resource.Name}-{name}" : name;

    private IResourceBuilder<RocketMQNodeResource> Add(IResourceBuilder<RocketMQClusterResource> cluster, RocketMQNodeResource node, string host, int port, List<string> args)
    {
        if (_executable is null) args.Insert(0, _assembly ?? "");
        return _app.AddResource(node)
            .WithArgs([.. args])
            .WithEndpoint(RocketMQNodeResource.EndpointName, e =>
            {
                // Each broker advertises one address: what is between a client and it must not change it.
                e.Port = port;
                e.TargetPort = port;
                e.TargetHost = host;
                e.UriScheme = "tcp";
                e.IsProxied = false;
            })
            .WithParentRelationship(cluster.Resource)
            .WithHealthCheck(ClusterReadiness.KeyOf(node));
    }
}
