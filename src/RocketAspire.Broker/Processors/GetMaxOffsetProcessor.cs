using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_MAX_OFFSET (30): one past the last message of a queue; 0 for one that doesn't exist.</summary>
public sealed class GetMaxOffsetProcessor(MessageStore store) : IRequestProcessor
{
    public int Code => RequestCode.GetMaxOffset;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<TopicQueueRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, problem));
        }

        var response = request.CreateResponse(ResponseCode.Success);
        response.ExtFields.Add("offset", Math.Max(0, store.QueueBounds(header.Topic, header.QueueId).Max));
        return ValueTask.FromResult<RemotingCommand?>(response);
    }
}
