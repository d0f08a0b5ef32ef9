using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_BROKER_HA_STATUS (907) of 5.x: how a master and its slaves stand. A DLedger node refuses it, as Apache's does.</summary>
public sealed class GetBrokerHaStatusProcessor(IReplication replication) : IRequestProcessor
{
    public int Code => RequestCode.GetBrokerHaStatus;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(
            replication.HaStatus() is { } status
                ? request.CreateResponse(ResponseCode.Success, body: status.Encode())
                : request.CreateResponse(ResponseCode.SystemError, "Can not get HARuntimeInfo: there is neither a master nor a slave in a DLedger group"));
}
