using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Proxy;

/// <summary>A queue and the master that serves it; queue -1 is any of that broker's.</summary>
internal sealed record QueueTarget(string BrokerName, int QueueId, string Address);

/// <summary>Where a topic's messages go to and come from.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/service/route/MessageQueueSelector.java</remarks>
internal sealed class TopicRoute
{
    /// <param name="data">As the name servers tell it.</param>
    /// <param name="isTemplate">The topic isn't there yet; this is what it will be made from.</param>
    public TopicRoute(TopicRouteData data, bool isTemplate)
    {
        Data = data;
        IsTemplate = isTemplate;
        WriteQueues = Order([.. WritableQueues(data)]);
        ReadBrokers = [.. Order([.. Queues(data, PermName.Read, static queue => queue.ReadQueueNums)]).DistinctBy(static queue => queue.BrokerName).Select(static queue => queue with { QueueId = -1 })];
    }

    public TopicRouteData Data { get; }

    public bool IsTemplate { get; }

    /// <summary>Queues of living masters that can be written, by broker and number: all proxies see the same order.</summary>
    public IReadOnlyList<QueueTarget> WriteQueues { get; }

    /// <summary>Some queue may be written, also when no master is there to do it: a group may be choosing one.</summary>
    public bool MayBeWritten => Data.QueueDatas.Any(static queue => (queue.Perm & PermName.Write) != 0 && queue.WriteQueueNums > 0);

    /// <summary>As <see cref="MayBeWritten"/>, for reading.</summary>
    public bool MayBeRead => Data.QueueDatas.Any(static queue => (queue.Perm & PermName.Read) != 0 && queue.ReadQueueNums > 0);

    /// <summary>Living masters that can be read.</summary>
    public IReadOnlyList<QueueTarget> ReadBrokers { get; }

    public string? MasterOf(string brokerName) => MasterOf(Data, brokerName);

    private static IEnumerable<QueueTarget> WritableQueues(TopicRouteData data)
    {
        if (string.IsNullOrWhiteSpace(data.OrderTopicConf)) return Queues(data, PermName.Write, static queue => queue.WriteQueueNums);
        return data.OrderTopicConf.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(static part => part.Split(':'))
            .Where(static part => part.Length == 2 && int.TryParse(part[1], out _))
            .SelectMany(part => Numbered(data, part[0], int.Parse(part[1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<QueueTarget> Queues(TopicRouteData data, int permission, Func<QueueData, int> count) =>
        data.QueueDatas.Where(queue => (queue.Perm & permission) != 0).SelectMany(queue => Numbered(data, queue.BrokerName, count(queue)));

    private static IEnumerable<QueueTarget> Numbered(TopicRouteData data, string brokerName, int count) =>
        MasterOf(data, brokerName) is { } address ? Enumerable.Range(0, Math.Max(0, count)).Select(id => new QueueTarget(brokerName, id, address)) : [];

    private static string? MasterOf(TopicRouteData data, string brokerName) => data.BrokerDatas.FirstOrDefault(broker => broker.BrokerName == brokerName)?.MasterAddress;

    private static List<QueueTarget> Order(List<QueueTarget> queues) =>
        [.. queues.Distinct().OrderBy(static queue => queue.BrokerName, StringComparer.Ordinal).ThenBy(static queue => queue.QueueId)];
}
