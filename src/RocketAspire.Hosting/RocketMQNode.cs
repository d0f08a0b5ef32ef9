using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Faults;

namespace RocketAspire.Hosting;

/// <summary>What is the same of a node whatever it runs as.</summary>
/// <param name="Cluster">The cluster that it belongs to.</param>
/// <param name="Role">As people call it: <c>NAMESRV</c>, <c>SYNC_MASTER</c>, <c>SLAVE</c>.</param>
/// <param name="Address"><c>ip:port</c>, as clients are told.</param>
/// <param name="IsNameServer">Whether it is a name server; a broker otherwise.</param>
/// <param name="PeerName">How its group calls it: a DLedger node its <c>dLegerSelfId</c>, another broker its <c>brokerId</c>; empty for a name server.</param>
/// <param name="Faults">What can be done to it while it runs; null for a name server, on an engine that isn't ours, and where the path of the socket would be too long.</param>
public sealed record RocketMQNodeIdentity(RocketMQClusterResource Cluster, string Role, string Address, bool IsNameServer, string PeerName, NodeFaults? Faults);

/// <summary>One name server or broker, whatever it runs as.</summary>
public interface IRocketMQNode : IResourceWithEndpoints, IResourceWithEnvironment, IResourceWithArgs, IResourceWithWaitSupport
{
    /// <summary>The name of the one endpoint, at which it speaks RocketMQ's protocol.</summary>
    const string EndpointName = "remoting";

    RocketMQNodeIdentity Identity { get; }

    RocketMQClusterResource Cluster => Identity.Cluster;

    /// <inheritdoc cref="RocketMQNodeIdentity.Role"/>
    string Role => Identity.Role;

    /// <inheritdoc cref="RocketMQNodeIdentity.Address"/>
    string Address => Identity.Address;

    bool IsNameServer => Identity.IsNameServer;

    /// <inheritdoc cref="RocketMQNodeIdentity.PeerName"/>
    string PeerName => Identity.PeerName;

    /// <inheritdoc cref="RocketMQNodeIdentity.Faults"/>
    NodeFaults? Faults => Identity.Faults;

    EndpointReference Endpoint => new(this, EndpointName);
}

/// <summary>A node that is a container of Docker or Podman.</summary>
public sealed class RocketMQContainerResource : ContainerResource, IRocketMQNode
{
    internal RocketMQContainerResource(string name, RocketMQNodeIdentity identity) : base(name) => Identity = identity;

    public RocketMQNodeIdentity Identity { get; }
}

/// <summary>A node that is a process of this machine.</summary>
public sealed class RocketMQProcessResource : ExecutableResource, IRocketMQNode
{
    internal RocketMQProcessResource(string name, RocketMQNodeIdentity identity, string command, string workingDirectory)
        : base(name, command, workingDirectory) => Identity = identity;

    public RocketMQNodeIdentity Identity { get; }
}
