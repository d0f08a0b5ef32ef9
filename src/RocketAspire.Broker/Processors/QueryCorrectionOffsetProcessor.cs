using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>
/// QUERY_CORRECTION_OFFSET (308): the least progress that any group has in each queue of a topic; <see cref="long.MaxValue"/> where
/// the group that is compared lies behind that.
/// </summary>
public sealed class QueryCorrectionOffsetProcessor(ConsumerOffsetTable offsets, MessageStore store) : IRequestProcessor
{
    public int Code => RequestCode.QueryCorrectionOffset;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<QueryCorrectionOffsetRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        var filtered = header.FilterGroups?.Split(',') ?? [];
        var least = new SortedDictionary<int, long>();
        foreach (var group in offsets.GroupsOf(header.Topic))
        {
            if (Array.IndexOf(filtered, group) >= 0) continue;
            foreach (var (queueId, offset) in offsets.Offsets(group, header.Topic))
            {
                // Who stands before the queue's start will be moved anyway.
                if (offset < store.QueueBounds(header.Topic, queueId).Min) continue;
                if (!least.TryGetValue(queueId, out var known) || offset < known) least[queueId] = offset;
            }
        }

        foreach (var (queueId, offset) in offsets.Offsets(header.CompareGroup, header.Topic))
        {
            if (least.TryGetValue(queueId, out var known) && known > offset) least[queueId] = long.MaxValue;
        }

        return request.CreateResponse(ResponseCode.Success, body: new CorrectionOffsets(least).Encode(StandardJson.IsWanted(request)));
    }
}
