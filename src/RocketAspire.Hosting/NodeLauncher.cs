using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
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

    public NodeLauncher(IDistributedApplicationBuilder app)
    {
        _app = app;
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
        return
        [
            .. topology.NameServers.Select(n => Add(cluster, n.Name, "NAMESRV", n.Address, n.Host, n.Port, "namesrv", DataFolder.ConfigFile(folder, n))),
            .. topology.Brokers.Select(b => Add(cluster, b.Name, b.Role, b.Address, b.Host, b.ListenPort, "broker", DataFolder.ConfigFile(folder, b))),
        ];
    }

    private RocketMQNodeResource Add(IResourceBuilder<RocketMQClusterResource> cluster, string name, string role, string address, string host, int port, string command, string file)
    {
        // A second cluster in one AppHost has nodes of the same names.
        var unique = _app.Resources.Any(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ? $"{cluster.Resource.Name}-{name}" : name;
        var node = new RocketMQNodeResource(unique, cluster.Resource, role, address, command == "namesrv", _executable ?? "dotnet", cluster.Resource.DataPath);
        string[] args = _executable is null ? [_assembly ?? "", command, "-c", file] : [command, "-c", file];
        _app.AddResource(node)
            .WithArgs(args)
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
        return node;
    }
}
