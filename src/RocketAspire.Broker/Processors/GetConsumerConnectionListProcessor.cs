using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_CONSUMER_CONNECTION_LIST (203): a consumer group's members and subscriptions.</summary>
public sealed class GetConsumerConnectionListProcessor(ConsumerGroupTable consumers) : IRequestProcessor
{
    public int Code => RequestCode.GetConsumerConnectionList;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<ConsumerGroupRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        return consumers.Describe(header.ConsumerGroup) is { } connections
            ? request.CreateResponse(ResponseCode.Success, body: connections.Encode())
            : request.CreateResponse(ResponseCode.ConsumerNotOnline, $"the consumer group[{header.ConsumerGroup}] not online");
    }
}
