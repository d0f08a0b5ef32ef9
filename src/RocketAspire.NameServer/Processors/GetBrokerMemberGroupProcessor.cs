using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_BROKER_MEMBER_GROUP (901): the nodes of one group.</summary>
internal sealed class GetBrokerMemberGroupProcessor(RouteTable routes) : IRequestProcessor
{
    public int Code => RequestCode.GetBrokerMemberGroup;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var (cluster, name) = (fields.Text("clusterName"), fields.Text("brokerName"));
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        return new(Answers.Ok(request, routes.Members(cluster, name).Encode(Answers.WantsStandardJson(request))));
    }
}
