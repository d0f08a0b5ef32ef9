using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_BROKER_RUNTIME_INFO (28): what mqadmin's clusterList and brokerStatus show.</summary>
public sealed class GetBrokerRuntimeInfoProcessor(BrokerRuntimeInfo info) : IRequestProcessor
{
    public int Code => RequestCode.GetBrokerRuntimeInfo;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request) => request.CreateResponse(ResponseCode.Success, body: new KvTable(info.Collect()).Encode());
}
