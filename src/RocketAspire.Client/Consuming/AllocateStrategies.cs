namespace RocketAspire.Client;

/// <summary>Shares a topic's queues out among the members of a group. A pure function: every member computes the same by itself.</summary>
public interface IAllocateStrategy
{
    /// <summary>As Apache calls it, for tools.</summary>
    string Name { get; }

    /// <summary>The queues of one member.</summary>
    /// <param name="clientId">The member; it is among <paramref name="clientIds"/>.</param>
    /// <param name="queues">All queues of the topic, in order.</param>
    /// <param name="clientIds">All members, in order.</param>
    IReadOnlyList<MessageQueue> Allocate(string clientId, IReadOnlyList<MessageQueue> queues, IReadOnlyList<string> clientIds);
}

/// <summary>Apache's ways of sharing queues out.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/tree/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/consumer/rebalance</remarks>
public static class AllocateStrategies
{
    /// <summary>Neighbouring queues, as evenly as can be; the first members have one more.</summary>
    public static IAllocateStrategy Averagely { get; } = new AveragelyStrategy();

    /// <summary>Queues in turn, as cards are dealt.</summary>
    public static IAllocateStrategy AveragelyByCircle { get; } = new CircleStrategy();

    private sealed class AveragelyStrategy : IAllocateStrategy
    {
        public string Name => "AVG";

        public IReadOnlyList<MessageQueue> Allocate(string clientId, IReadOnlyList<MessageQueue> queues, IReadOnlyList<string> clientIds)
        {
            var index = IndexOf(clientIds, clientId);
            var rest = queues.Count % clientIds.Count;
            var size = (queues.Count / clientIds.Count) + (index < rest ? 1 : 0);
            var start = index < rest ? index * size : (index * size) + rest;
            return [.. queues.Skip(start).Take(size)];
        }
    }

    private sealed class CircleStrategy : IAllocateStrategy
    {
        public string Name => "AVG_BY_CIRCLE";

        public IReadOnlyList<MessageQueue> Allocate(string clientId, IReadOnlyList<MessageQueue> queues, IReadOnlyList<string> clientIds)
        {
            var index = IndexOf(clientIds, clientId);
            return [.. queues.Where((_, i) => i % clientIds.Count == index)];
        }
    }

    private static int IndexOf(IReadOnlyList<string> clientIds, string clientId)
    {
        for (var i = 0; i < clientIds.Count; i++)
        {
            if (clientIds[i] == clientId) return i;
        }

        throw new ArgumentException($"{clientId} is not among the group's members", nameof(clientId));
    }
}
