using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>QUERY_CONSUMER_OFFSET (14): where a group goes on in a queue.</summary>
public sealed class QueryConsumerOffsetProcessor(ConsumerOffsetTable offsets, MessageStore store) : IRequestProcessor
{
    public int Code => RequestCode.QueryConsumerOffset;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<QueryConsumerOffsetRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        var offset = offsets.Query(header.ConsumerGroup, header.Topic, header.QueueId);
        if (offset < 0)
        {
            // A queue that still has its first message is read from there, so that a group that comes with a new topic misses nothing.
            if (store.QueueBounds(header.Topic, header.QueueId).Min > 0)
            {
                return request.CreateResponse(ResponseCode.QueryNotFound, "Not found, maybe this group consumer boot first");
            }

            offset = 0;
        }

        var response = request.CreateResponse(ResponseCode.Success);
        response.ExtFields.Add("offset", offset);
        return response;
    }
}
