using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting;

/// <summary>A RocketMQ cluster: the parent of its nodes. Its connection string is the list of name servers: <c>ip:port;ip:port</c>.</summary>
public sealed class RocketMQClusterResource(string name) : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
{
    private readonly List<IRocketMQNode> _nodes = [];

    /// <summary>Name servers first, then brokers; each group's master before its slaves.</summary>
    public IReadOnlyList<IRocketMQNode> Nodes => _nodes;

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
                if (node is RocketMQContainerResource)
                {
                    // The same from the host and from other containers.
                    builder.AppendLiteral(node.Address);
                    continue;
                }
                // A name instead of an address is unsafe: brokers and clients would have to agree on its meaning.
                builder.Append($"{node.Endpoint.Property(EndpointProperty.IPV4Host)}:{node.Endpoint.Property(EndpointProperty.Port)}");
            }
            return builder.Build();
        }
    }

    internal void Replace(IEnumerable<IRocketMQNode> nodes)
    {
        _nodes.Clear();
        _nodes.AddRange(nodes);
    }
}
