using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>Shares queues out among a group's consumers. Every broker, and every consumer that does it itself, must come to the same result.</summary>
/// <remarks>Sources: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/QueryAssignmentProcessor.java
/// and https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/client/src/main/java/org/apache/rocketmq/client/consumer/rebalance/AllocateMessageQueueAveragely.java</remarks>
public static class QueueAllocation
{
    public const string Averagely = "AVG";
    public const string AveragelyByCircle = "AVG_BY_CIRCLE";

    /// <summary>Null for a strategy that isn't known.</summary>
    public static List<MessageQueue>? Allocate(string strategy, string client, IReadOnlyList<MessageQueue> queues, IReadOnlyList<string> clients) => strategy switch
    {
        Averagely => Average(client, queues, clients),
        AveragelyByCircle => Circle(client, queues, clients),
        _ => null,
    };

    /// <summary>As <see cref="Allocate"/> for consumers that pop: they may take from each other's queues.</summary>
    /// <param name="strategy">AVG or AVG_BY_CIRCLE.</param>
    /// <param name="client">Whose queues are asked for.</param>
    /// <param name="queues">All, sorted.</param>
    /// <param name="clients">All, sorted.</param>
    /// <param name="share">From the queues of how many consumers after it each also takes; 0 or less: everybody from all, by queue -1 of each broker.</param>
    public static List<MessageQueue>? AllocateForPop(string strategy, string client, IReadOnlyList<MessageQueue> queues, IReadOnlyList<string> clients, int share)
    {
        if (share <= 0 || share >= clients.Count - 1) return [.. queues.Select(static queue => queue with { QueueId = -1 }).Distinct()];
        var index = IndexOf(clients, client);
        if (clients.Count > queues.Count) return index < 0 ? [] : [queues[index % queues.Count]];
        if (Allocate(strategy, client, queues, clients) is not { } own) return null;
        for (var i = 1; index >= 0 && i <= share; i++) own.AddRange(Allocate(strategy, clients[(index + i) % clients.Count], queues, clients)!);
        return [.. own.Distinct()];
    }

    private static List<MessageQueue> Average(string client, IReadOnlyList<MessageQueue> queues, IReadOnlyList<string> clients)
    {
        var index = IndexOf(clients, client);
        if (index < 0) return [];
        var rest = queues.Count % clients.Count;
        var size = (queues.Count / clients.Count) + (rest > 0 && index < rest ? 1 : 0);
        var start = rest > 0 && index < rest ? index * size : (index * size) + rest;
        return [.. queues.Skip(start).Take(size)];
    }

    private static List<MessageQueue> Circle(string client, IReadOnlyList<MessageQueue> queues, IReadOnlyList<string> clients)
    {
        var index = IndexOf(clients, client);
        return index < 0 ? [] : [.. queues.Where((_, i) => i % clients.Count == index)];
    }

    private static int IndexOf(IReadOnlyList<string> clients, string client)
    {
        for (var i = 0; i < clients.Count; i++)
        {
            if (clients[i] == client) return i;
        }

        return -1;
    }
}
