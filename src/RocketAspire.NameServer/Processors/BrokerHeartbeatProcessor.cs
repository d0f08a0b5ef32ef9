using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>BROKER_HEARTBEAT (904) of 5.x brokers.</summary>
internal sealed class BrokerHeartbeatProcessor(RouteTable routes) : IRequestProcessor
{
    public int Code => RequestCode.BrokerHeartbeat;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var (address, cluster) = (fields.Text("brokerAddr"), fields.Text("clusterName"));
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        routes.Touch(cluster, address);
        return new(Answers.Ok(request));
    }
}
