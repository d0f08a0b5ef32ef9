using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Console.Cluster;

/// <summary>Where messages of a topic can be written, and which queue a sharding key means.</summary>
public static class WritableQueues
{
    /// <summary>In the order in which producers of any language number them: by broker, then by queue.</summary>
    public static IReadOnlyList<Client.MessageQueue> Of(string topic, TopicRouteData route) =>
    [
        .. route.QueueDatas.Where(queue => (queue.Perm & PermName.Write) != 0 && route.BrokerDatas.Any(broker => broker.BrokerName == queue.BrokerName && broker.MasterAddress is not null))
            .SelectMany(queue => Enumerable.Range(0, queue.WriteQueueNums).Select(id => new Client.MessageQueue(topic, queue.BrokerName, id))).Order(),
    ];

    /// <summary>The key's queue, as Apache's SelectMessageQueueByHash chooses it; any without a key.</summary>
    /// <param name="queues">At least one.</param>
    /// <param name="shardingKey">The key.</param>
    public static Client.MessageQueue Choose(IReadOnlyList<Client.MessageQueue> queues, string? shardingKey) =>
        queues[shardingKey is { Length: > 0 } key ? (int)(Math.Abs((long)JavaString.HashCode(key)) % queues.Count) : Random.Shared.Next(queues.Count)];
}
