using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>How far each consumer group has come in each queue, in messages. Written to config/consumerOffset.json.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/offset/ConsumerOffsetManager.java</remarks>
public sealed class ConsumerOffsetTable : IReplicatedTable
{
    private ConcurrentDictionary<(string Topic, string Group), ConcurrentDictionary<int, long>> _offsets = new();

    public string FileName => "consumerOffset.json";

    public event Action? Changed;

    /// <summary>Takes the offset as told, also backwards: resets come this way.</summary>
    public void Commit(string group, string topic, int queueId, long offset)
    {
        _offsets.GetOrAdd((topic, group), static _ => new())[queueId] = offset;
        Changed?.Invoke();
    }

    /// <summary>The group's next message in the queue, or -1 when it never committed there.</summary>
    public long Query(string group, string topic, int queueId) =>
        _offsets.TryGetValue((topic, group), out var queues) && queues.TryGetValue(queueId, out var offset) ? offset : -1;

    /// <summary>The topics in which the group has progress.</summary>
    public List<string> TopicsOf(string group)
    {
        var topics = new List<string>();
        foreach (var key in _offsets.Keys)
        {
            if (key.Group == group) topics.Add(key.Topic);
        }

        return topics;
    }

    public void RemoveGroup(string group) => Remove(key => key.Group == group);

    public void RemoveTopic(string topic) => Remove(key => key.Topic == topic);

    public byte[] ToJson()
    {
        var table = new List<KeyValuePair<(string Topic, string Group), SortedDictionary<int, long>>>();
        foreach (var (key, queues) in _offsets) table.Add(new(key, new(queues)));
        return ConsumerOffsets.Encode(table);
    }

    public void ReplaceFromJson(ReadOnlySpan<byte> json)
    {
        var table = new ConcurrentDictionary<(string, string), ConcurrentDictionary<int, long>>();
        foreach (var (key, queues) in ConsumerOffsets.Decode(json)) table[key] = new(queues);
        _offsets = table;
        Changed?.Invoke();
    }

    private void Remove(Func<(string Topic, string Group), bool> matches)
    {
        var removed = false;
        foreach (var key in _offsets.Keys)
        {
            if (matches(key)) removed |= _offsets.TryRemove(key, out _);
        }

        if (removed) Changed?.Invoke();
    }
}
