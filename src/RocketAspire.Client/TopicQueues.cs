using System.Globalization;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Client;

/// <summary>A topic's queues as its route tells them, in the order of <see cref="MessageQueue.CompareTo"/>.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/impl/factory/MQClientInstance.java</remarks>
internal sealed class TopicQueues
{
    private int _next = Random.Shared.Next(1 << 20);

    private TopicQueues(TopicRouteData route, MessageQueue[] writable, MessageQueue[] readable)
    {
        Route = route;
        Writable = writable;
        Readable = readable;
    }

    public TopicRouteData Route { get; }

    /// <summary>Where producers write: queues of brokers that have a master.</summary>
    public MessageQueue[] Writable { get; }

    /// <summary>Where consumers read.</summary>
    public MessageQueue[] Readable { get; }

    /// <summary>Counts up, for those who take queues in turn; never negative.</summary>
    public int NextIndex() => Interlocked.Increment(ref _next) & int.MaxValue;

    /// <param name="topic">The topic.</param>
    /// <param name="route">Its route, or its template's.</param>
    /// <param name="maxPerBroker">A topic that is yet to be made gets no more queues than its producer asks for.</param>
    public static TopicQueues Of(string topic, TopicRouteData route, int maxPerBroker = int.MaxValue)
    {
        var writable = new List<MessageQueue>();
        var readable = new List<MessageQueue>();
        foreach (var data in route.QueueDatas)
        {
            if ((data.Perm & PermName.Read) != 0)
            {
                for (var i = 0; i < data.ReadQueueNums; i++) readable.Add(new(topic, data.BrokerName, i));
            }

            var hasMaster = route.BrokerDatas.FirstOrDefault(broker => broker.BrokerName == data.BrokerName)?.MasterAddress is not null;
            if ((data.Perm & PermName.Write) == 0 || !hasMaster || route.OrderTopicConf is { Length: > 0 }) continue;
            for (var i = 0; i < Math.Min(data.WriteQueueNums, maxPerBroker); i++) writable.Add(new(topic, data.BrokerName, i));
        }

        if (route.OrderTopicConf is { Length: > 0 } conf) AddOrdered(topic, conf, writable);
        writable.Sort();
        readable.Sort();
        return new(route, [.. writable], [.. readable]);
    }

    /// <summary>An ordered topic names its queues itself, whether their brokers live or not: <c>broker-a:8;broker-b:8</c>.</summary>
    private static void AddOrdered(string topic, string conf, List<MessageQueue> queues)
    {
        foreach (var part in conf.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = part.LastIndexOf(':');
            if (colon <= 0 || !int.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) continue;
            for (var i = 0; i < count; i++) queues.Add(new(topic, part[..colon], i));
        }
    }
}
