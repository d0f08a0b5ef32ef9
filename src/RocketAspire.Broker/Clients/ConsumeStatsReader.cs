using RocketAspire.Protocol.Bodies;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>How far a group is in a topic.</summary>
public sealed class ConsumeStatsReader(
    TopicConfigTable topics, ConsumerOffsetTable offsets, ConsumerGroupTable consumers, BrokerStats stats, MessageStore store, BrokerAddress address)
{
    /// <summary>Null when there is no such topic, or the connected group has left it.</summary>
    /// <param name="group">The group.</param>
    /// <param name="name">The topic.</param>
    /// <param name="isOrder">Only a topic that is consumed in order counts.</param>
    public ConsumeStats? Read(string group, string name, bool isOrder)
    {
        if (topics.Find(name) is not { } topic || (isOrder && !topic.Order)) return null;

        // A connected group's former topics are no news.
        if (consumers.SubscriptionCount(group) > 0 && consumers.FindSubscription(group, name, out _) is null) return null;
        var queues = new List<KeyValuePair<MessageQueue, ConsumeOffset>>();
        for (var queueId = 0; queueId < topic.ReadQueueNums; queueId++) queues.Add(Describe(group, name, queueId));
        return new(queues, stats.GroupGetTps(group, name));
    }

    private KeyValuePair<MessageQueue, ConsumeOffset> Describe(string group, string topic, int queueId)
    {
        var consumed = Math.Max(0, offsets.Query(group, topic, queueId));
        var consumedAt = consumed > 0 ? store.StoreTimeAt(topic, queueId, consumed - 1) : 0;
        var end = Math.Max(0, store.QueueBounds(topic, queueId).Max);
        return new(new(topic, address.BrokerName, queueId), new(end, consumed, Math.Max(0, consumedAt)));
    }
}
