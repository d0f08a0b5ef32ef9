using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Faults;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting;

/// <summary>A RocketMQ cluster: the parent of its nodes. Its connection string is the list of name servers: <c>ip:port;ip:port</c>.</summary>
public sealed class RocketMQClusterResource(string name) : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
{
    private readonly List<RocketMQNodeResource> _nodes = [];

    /// <summary>Name servers first, then brokers; each group's master before its slaves.</summary>
    public IReadOnlyList<RocketMQNodeResource> Nodes => _nodes;

    /// <summary>What the cluster consists of; null while the settings given so far don't make one that could work.</summary>
    public ClusterTopology? Topology { get; internal set; }

    /// <summary>The folder with a folder a node.</summary>
    public string DataPath { get; internal set; } = "";

    /// <summary>Whether the folder goes with the AppHost.</summary>
    public bool IsDataTemporary { get; internal set; }

    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            var builder = new ReferenceExpressionBuilder();
            foreach (var node in _nodes.Where(n => n.IsNameServer))
            {
                if (!builder.IsEmpty) builder.AppendLiteral(";");
                // A name instead of an address is unsafe: brokers and clients would have to agree on its meaning.
                builder.Append($"{node.Endpoint.Property(EndpointProperty.IPV4Host)}:{node.Endpoint.Property(EndpointProperty.Port)}");
            }
            return builder.Build();
        }
    }

    internal void Replace(IEnumerable<RocketMQNodeResource> nodes)
    {
        _nodes.Clear();
        _nodes.AddRange(nodes);
    }
}

/// <summary>One name server or broker: a process of the embedded engine.</summary>
public sealed class RocketMQNodeResource : ExecutableResource
{
    public const string EndpointName = "remoting";

    internal RocketMQNodeResource(string name, RocketMQClusterResource cluster, string role, string address, bool isNameServer, string command, string workingDirectory)
        : base(name, command, workingDirectory)
    {
        Cluster = cluster;
        Role = role;
        Address = address;
        IsNameServer = isNameServer;
    }

    public RocketMQClusterResource Cluster { get; }

    /// <summary>As people call it: <c>NAMESRV</c>, <c>SYNC_MASTER</c>, <c>SLAVE</c>.</summary>
    public string Role { get; }

    /// <summary><c>ip:port</c>.</summary>
    public string Address { get; }

    public bool IsNameServer { get; }

    /// <summary>How its group calls it: a DLedger node its <c>dLegerSelfId</c>, another broker its <c>brokerId</c>; empty for a name server.</summary>
    public string PeerName { get; internal init; } = "";

    /// <summary>What can be done to it while it runs; null for a name server, and where the path of the socket would be too long.</summary>
    public NodeFaults? Faults { get; internal init; }

    public EndpointReference Endpoint => new(this, EndpointName);
}
