using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>SEARCH_OFFSET_BY_TIMESTAMP (29): the message of a queue that was stored at a time, or next to it.</summary>
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
        response.ExtFields.Add("offset", store.Queries.OffsetByTime(header.Topic, header.QueueId, header.Timestamp, BoundaryOf(header)));
        return ValueTask.FromResult<RemotingCommand?>(response);
    }

    /// <summary>Only clients of 5.x name one.</summary>
    private static TimeBoundary BoundaryOf(SearchOffsetRequestHeader header) =>
        header.BoundaryType is null ? TimeBoundary.Nearest
        : header.BoundaryType.Equals("upper", StringComparison.OrdinalIgnoreCase) ? TimeBoundary.Upper
        : TimeBoundary.Lower;
}
