using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>SEARCH_OFFSET_BY_TIMESTAMP (29): the first message of a queue stored at or after a time.</summary>
public sealed class SearchOffsetByTimestampProcessor(MessageStore store) : IRequestProcessor
{
    public int Code => RequestCode.SearchOffsetByTimestamp;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<SearchOffsetRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, problem));
        }

        var response = request.CreateResponse(ResponseCode.Success);
        response.ExtFields.Add("offset", store.OffsetByTime(header.Topic, header.QueueId, header.Timestamp));
        return ValueTask.FromResult<RemotingCommand?>(response);
    }
}
