using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>UNREGISTER_BROKER (104).</summary>
internal sealed class UnregisterBrokerProcessor(RouteTable routes) : IRequestProcessor
{
    public int Code => RequestCode.UnregisterBroker;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var (name, address, cluster) = (fields.Text("brokerName"), fields.Text("brokerAddr"), fields.Text("clusterName"));
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        routes.Unregister(cluster, address, name, "it unregistered");
        return new(Answers.Ok(request));
    }
}
