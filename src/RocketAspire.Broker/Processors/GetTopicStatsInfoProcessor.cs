using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_TOPIC_STATS_INFO (202): first and last message of each of a topic's queues.</summary>
public sealed class GetTopicStatsInfoProcessor(TopicConfigTable topics, MessageStore store, BrokerAddress address) : IRequestProcessor
{
    public int Code => RequestCode.GetTopicStatsInfo;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<TopicRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (topics.Find(header.Topic) is not { } topic)
        {
            return request.CreateResponse(ResponseCode.TopicNotExist, $"topic[{header.Topic}] not exist");
        }

        var queues = new List<KeyValuePair<MessageQueue, TopicOffset>>(topic.WriteQueueNums);
        for (var queueId = 0; queueId < topic.WriteQueueNums; queueId++)
        {
            var (min, max) = store.QueueBounds(header.Topic, queueId);
            var updatedAt = max > min ? store.StoreTimeAt(header.Topic, queueId, max - 1) : 0;
            queues.Add(new(new(header.Topic, address.BrokerName, queueId), new(Math.Max(0, min), Math.Max(0, max), Math.Max(0, updatedAt))));
        }

        return request.CreateResponse(ResponseCode.Success, body: new TopicStatsTable(queues).Encode(StandardJson.IsWanted(request)));
    }
}
