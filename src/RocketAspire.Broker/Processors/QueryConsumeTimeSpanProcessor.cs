using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>QUERY_CONSUME_TIME_SPAN (303): from when to when a topic's queues hold messages, and how late a group is.</summary>
public sealed class QueryConsumeTimeSpanProcessor(TopicConfigTable topics, ConsumerOffsetTable offsets, MessageStore store, BrokerAddress address, TimeProvider time) : IRequestProcessor
{
    public int Code => RequestCode.QueryConsumeTimeSpan;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<TopicGroupRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (topics.Find(header.Topic) is not { } topic) return request.CreateResponse(ResponseCode.TopicNotExist, $"topic[{header.Topic}] not exist");
        var spans = new List<QueueTimeSpan>();
        for (var queueId = 0; queueId < topic.WriteQueueNums; queueId++) spans.Add(Describe(header, queueId));
        return request.CreateResponse(ResponseCode.Success, body: new ConsumeTimeSpans(spans).Encode());
    }

    private QueueTimeSpan Describe(TopicGroupRequestHeader header, int queueId)
    {
        var end = store.QueueBounds(header.Topic, queueId).Max;
        var earliest = store.EarliestStoreTime(header.Topic, queueId);
        var consumed = offsets.Query(header.Group, header.Topic, queueId);
        var delayMs = 0L;
        if (consumed < end && store.StoreTimeAt(header.Topic, queueId, Math.Max(0, consumed)) is > 0 and var next)
        {
            delayMs = time.GetUtcNow().ToUnixTimeMilliseconds() - next;
        }

        return new(
            new(header.Topic, address.BrokerName, queueId),
            earliest,
            store.StoreTimeAt(header.Topic, queueId, end - 1),
            consumed > 0 ? store.StoreTimeAt(header.Topic, queueId, consumed - 1) : earliest,
            delayMs);
    }
}
