using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Doctor;
using RocketAspire.Hosting.Engines.Containers;
using RocketAspire.Hosting.Faults;
using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Engines;

/// <summary>What a cluster's nodes run as: makes them resources, and knows the addresses at which such nodes are reached.</summary>
internal abstract class NodeEngine(IDistributedApplicationBuilder app)
{
    protected IDistributedApplicationBuilder App => app;

    /// <exception cref="RocketMQSettingException">The engine that the settings name can't be had.</exception>
    public static NodeEngine Create(IDistributedApplicationBuilder app, RocketMQSettings settings) => settings.Engine switch
    {
        ClusterEngine.Embedded => new EmbeddedEngine(app, settings),
        ClusterEngine.Container => new ContainerNodes(app, settings),
        ClusterEngine.Distribution => new DistributionEngine(app, settings),
        var other => throw new NotSupportedException($"no nodes are known for {other}"),
    };

    /// <param name="portOffset">Added to each port.</param>
    /// <param name="dataPath">The folder with a folder a node.</param>
    public abstract Placement Placement(int portOffset, string dataPath);

    /// <summary>The last moment before anything starts: what is missing on this machine is said, what nodes need beside their own files is made.</summary>
    /// <exception cref="RocketMQSettingException">Something is missing, in one line with the next step.</exception>
    public abstract Task PrepareAsync(ClusterTopology topology, string dataPath, CancellationToken cancellationToken);

    /// <summary>How long a cluster may take to get ready before the doctor looks at it.</summary>
    public virtual TimeSpan ReadyLimit => TimeSpan.FromSeconds(30);

    /// <summary>Whether the folders that brokers are told to keep their stores in are folders of this machine.</summary>
    public virtual bool StoresAreHere => true;

    /// <summary>The most that one node's heap may take; null for nodes without one of a fixed size.</summary>
    public virtual long? HeapBytes => null;

    /// <summary>What is to be looked at on this engine alone, such as an image's architecture or whether containers reach one another.</summary>
    public virtual Task<IReadOnlyList<DoctorFinding>> ExamineAsync(ClusterTopology topology, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<DoctorFinding>>([]);

    /// <summary>Adds the nodes to the model: name servers first, each group's master before its slaves.</summary>
    public IReadOnlyList<IRocketMQNode> AddNodes(IResourceBuilder<RocketMQClusterResource> cluster, ClusterTopology topology)
    {
        var builders = new List<(IResourceBuilder<IRocketMQNode> Builder, string? Group)>();
        foreach (var n in topology.NameServers)
        {
            var identity = new RocketMQNodeIdentity(cluster.Resource, "NAMESRV", n.Address, IsNameServer: true, PeerName: "", Faults: null);
            builders.Add((Join(AddNameServer(Unique(cluster, n.Name), identity, n), n.Host, n.Port), null));
        }

        foreach (var b in topology.Brokers)
        {
            var identity = new RocketMQNodeIdentity(cluster.Resource, b.Role, b.Address, IsNameServer: false, b.PeerName, Faults: null);
            builders.Add((Join(AddBroker(Unique(cluster, b.Name), identity, b), b.Host, b.ListenPort), b.BrokerName));
        }

        foreach (var (builder, group) in builders)
        {
            var others = group is null ? [] : builders.Where(o => o.Group == group && o.Builder != builder).Select(o => (o.Builder.Resource.Name, o.Builder.Resource.PeerName)).ToList();
            AddCommands(builder, others);
        }

        AddCompanions(cluster, topology);
        return [.. builders.Select(b => b.Builder.Resource)];
    }

    /// <summary>Adds what runs beside the nodes; called again when the cluster is planned anew. Readiness doesn't wait for it.</summary>
    protected virtual void AddCompanions(IResourceBuilder<RocketMQClusterResource> cluster, ClusterTopology topology)
    {
    }

    /// <summary>Whether a node's address is one of this machine's, not one of a network behind it.</summary>
    protected virtual bool ListensOnItsAddress => true;

    protected abstract IResourceBuilder<IRocketMQNode> AddNameServer(string name, RocketMQNodeIdentity identity, NameServerNode node);

    protected abstract IResourceBuilder<IRocketMQNode> AddBroker(string name, RocketMQNodeIdentity identity, BrokerNode node);

    /// <param name="builder">The node.</param>
    /// <param name="others">The other nodes of its group by their names as peers; none for a name server.</param>
    protected virtual void AddCommands(IResourceBuilder<IRocketMQNode> builder, IReadOnlyList<(string Node, string Peer)> others) => NodeCommands.AddTo(builder, others);

    /// <summary>What each node has in common, on every engine.</summary>
    private IResourceBuilder<IRocketMQNode> Join(IResourceBuilder<IRocketMQNode> builder, string host, int port) =>
        builder.WithEndpoint(IRocketMQNode.EndpointName, e =>
            {
                // Each broker advertises one address: what is between a client and it must not change it.
                e.Port = port;
                e.TargetPort = port;
                if (ListensOnItsAddress) e.TargetHost = host;
                e.UriScheme = "tcp";
                e.IsProxied = false;
            })
            .WithParentRelationship(builder.Resource.Cluster)
            .WithHealthCheck(ClusterReadiness.KeyOf(builder.Resource));

    /// <summary>A second cluster in one AppHost has nodes of the same names.</summary>
    protected string Unique(IResourceBuilder<RocketMQClusterResource> cluster, string name) =>
        app.Resources.Any(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ? $"{cluster.Resource.Name}-{name}" : name;
}
