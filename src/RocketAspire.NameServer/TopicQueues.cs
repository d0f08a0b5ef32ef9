using RocketAspire.Protocol.Bodies;

namespace RocketAspire.NameServer;

/// <summary>Topic to broker group to queues. Guarded by <see cref="RouteTable"/>'s lock.</summary>
internal sealed class TopicQueues
{
    private readonly Dictionary<string, SortedDictionary<string, QueueData>> _topics = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _topics.Keys;

    public IEnumerable<QueueData> Of(string topic) => _topics.TryGetValue(topic, out var queues) ? queues.Values : [];

    public bool Has(string topic, string brokerName) => _topics.TryGetValue(topic, out var queues) && queues.ContainsKey(brokerName);

    public List<string> Where(Func<QueueData, bool> condition) => [.. _topics.Where(entry => entry.Value.Values.Any(condition)).Select(static entry => entry.Key)];

    public List<string> WhereFirst(Func<QueueData, bool> condition) => [.. _topics.Where(entry => condition(entry.Value.Values.First())).Select(static entry => entry.Key)];

    public void Set(string topic, QueueData queue)
    {
        if (!_topics.TryGetValue(topic, out var queues)) _topics[topic] = queues = new(StringComparer.Ordinal);
        queues[queue.BrokerName] = queue;
    }

    public void Set(TopicConfig topic, string brokerName, int perm) => Set(topic.TopicName, new QueueData
    {
        BrokerName = brokerName,
        ReadQueueNums = topic.ReadQueueNums,
        WriteQueueNums = topic.WriteQueueNums,
        Perm = perm,
        TopicSysFlag = topic.TopicSysFlag,
    });

    public void Set(string topic, IReadOnlyList<QueueData> queues)
    {
        foreach (var queue in queues) Set(topic, queue);
    }

    public void Remove(string topic, string brokerName)
    {
        // A topic without queues must not stay: readers rely on each having one.
        if (_topics.TryGetValue(topic, out var queues) && queues.Remove(brokerName) && queues.Count == 0) _topics.Remove(topic);
    }

    public void RemoveBroker(string brokerName) => RemoveMissing(brokerName, static _ => false);

    /// <summary>Removes the group's topics that are not to be kept.</summary>
    public void RemoveMissing(string brokerName, Func<string, bool> keep)
    {
        foreach (var topic in _topics.Keys.Where(topic => !keep(topic)).ToArray()) Remove(topic, brokerName);
    }

    public int ChangePerm(string brokerName, Func<int, int> change)
    {
        var count = 0;
        foreach (var queues in _topics.Values)
        {
            if (!queues.TryGetValue(brokerName, out var queue)) continue;
            queues[brokerName] = queue with { Perm = change(queue.Perm) };
            count++;
        }

        return count;
    }
}
