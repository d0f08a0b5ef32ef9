using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_CONSUMER_LIST_BY_GROUP (38): the clients among which a group's queues are shared out.</summary>
public sealed class GetConsumerListByGroupProcessor(ConsumerGroupTable consumers) : IRequestProcessor
{
    public int Code => RequestCode.GetConsumerListByGroup;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ConsumerGroupRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, problem));
        }

        var ids = consumers.ClientIds(header.ConsumerGroup);
        return ValueTask.FromResult<RemotingCommand?>(ids.Count > 0
            ? request.CreateResponse(ResponseCode.Success, body: new ConsumerIdList(ids).Encode())
            : request.CreateResponse(ResponseCode.SystemError, $"no consumer for this group, {header.ConsumerGroup}"));
    }
}
