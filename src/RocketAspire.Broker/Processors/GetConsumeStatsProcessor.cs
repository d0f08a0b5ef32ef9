using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_CONSUME_STATS (208): how far a group is in each queue of its topics.</summary>
public sealed class GetConsumeStatsProcessor(TopicConfigTable topics, ConsumerOffsetTable offsets, ConsumerGroupTable consumers, MessageStore store, BrokerAddress address) : IRequestProcessor
{
    public int Code => RequestCode.GetConsumeStats;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<GetConsumeStatsRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        var queues = new List<KeyValuePair<MessageQueue, ConsumeOffset>>();
        var wanted = string.IsNullOrWhiteSpace(header.Topic) ? offsets.TopicsOf(header.ConsumerGroup) : [header.Topic];
        foreach (var name in wanted)
        {
            if (topics.Find(name) is not { } topic) continue;

            // A connected group's former topics are no news.
            if (consumers.SubscriptionCount(header.ConsumerGroup) > 0 && consumers.FindSubscription(header.ConsumerGroup, name, out _) is null) continue;
            for (var queueId = 0; queueId < topic.ReadQueueNums; queueId++) queues.Add(Describe(header.ConsumerGroup, name, queueId));
        }

        return request.CreateResponse(ResponseCode.Success, body: new ConsumeStats(queues, 0).Encode(StandardJson.IsWanted(request)));
    }

    private KeyValuePair<MessageQueue, ConsumeOffset> Describe(string group, string topic, int queueId)
    {
        var consumed = Math.Max(0, offsets.Query(group, topic, queueId));
        var consumedAt = consumed > 0 ? store.StoreTimeAt(topic, queueId, consumed - 1) : 0;
        var end = Math.Max(0, store.QueueBounds(topic, queueId).Max);
        return new(new(topic, address.BrokerName, queueId), new(end, consumed, Math.Max(0, consumedAt)));
    }
}
