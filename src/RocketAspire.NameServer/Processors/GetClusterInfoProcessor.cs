using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_BROKER_CLUSTER_INFO (106).</summary>
internal sealed class GetClusterInfoProcessor(RouteTable routes) : IRequestProcessor
{
    public int Code => RequestCode.GetBrokerClusterInfo;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        new(Answers.Ok(request, routes.Clusters().Encode(Answers.WantsStandardJson(request))));
}
