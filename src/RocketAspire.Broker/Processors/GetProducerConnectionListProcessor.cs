using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_PRODUCER_CONNECTION_LIST (204): a producer group's members.</summary>
public sealed class GetProducerConnectionListProcessor(ProducerTable producers) : IRequestProcessor
{
    public int Code => RequestCode.GetProducerConnectionList;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<GetProducerConnectionListRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        return producers.Find(header.ProducerGroup) is { } clients
            ? request.CreateResponse(ResponseCode.Success, body: new ProducerConnections(clients.ConvertAll(static client => client.Describe())).Encode())
            : request.CreateResponse(ResponseCode.SystemError, $"the producer group[{header.ProducerGroup}] not exist");
    }
}
