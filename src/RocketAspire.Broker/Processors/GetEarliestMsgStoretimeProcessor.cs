using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_EARLIEST_MSG_STORETIME (32): when the first message of a queue was stored, Unix milliseconds; -1 when there is none.</summary>
public sealed class GetEarliestMsgStoretimeProcessor(MessageStore store) : IRequestProcessor
{
    public int Code => RequestCode.GetEarliestMsgStoretime;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<TopicQueueRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, problem));
        }

        var response = request.CreateResponse(ResponseCode.Success);
        response.ExtFields.Add("timestamp", store.EarliestStoreTime(header.Topic, header.QueueId));
        return ValueTask.FromResult<RemotingCommand?>(response);
    }
}
