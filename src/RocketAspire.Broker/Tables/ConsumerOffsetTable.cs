using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>How far each consumer group has come in each queue, in messages. Written to config/consumerOffset.json.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/offset/ConsumerOffsetManager.java</remarks>
public sealed class ConsumerOffsetTable : ILoggedTable
{
    // An entry's key is topic@group@queue: a topic's name can't hold the separator, and the queue is a number.
    private const char Separator = '@';

    private readonly Lock _gate = new();
    private readonly ChangedKeys<(string Topic, string Group, int QueueId)> _changes = new();

    // Readers go without the lock; every write holds it.
    private ConcurrentDictionary<(string Topic, string Group), ConcurrentDictionary<int, long>> _offsets = new();

    public string FileName => "consumerOffset.json";

    public event Action? Changed;

    public bool HasChanges => _changes.Any;

    /// <summary>Takes the offset as told, also backwards: resets come this way. False where no changes are taken.</summary>
    public bool Commit(string group, string topic, int queueId, long offset)
    {
        lock (_gate)
        {
            if (_changes.IsClosed) return false;
            var queues = _offsets.GetOrAdd((topic, group), static _ => new());

            // Clients tell the same offset every few seconds while nothing comes.
            if (queues.TryGetValue(queueId, out var before) && before == offset) return true;
            queues[queueId] = offset;
            _changes.Note((topic, group, queueId));
        }

        Changed?.Invoke();
        return true;
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

    /// <summary>The groups that have progress in the topic.</summary>
    public List<string> GroupsOf(string topic)
    {
        var groups = new List<string>();
        foreach (var key in _offsets.Keys)
        {
            if (key.Topic == topic) groups.Add(key.Group);
        }

        return groups;
    }

    /// <summary>A group's places in a topic by queue.</summary>
    public SortedDictionary<int, long> Offsets(string group, string topic) => _offsets.TryGetValue((topic, group), out var queues) ? new(queues) : [];

    public void RemoveGroup(string group) => Remove(key => key.Group == group);

    public void RemoveTopic(string topic) => Remove(key => key.Topic == topic);

    public byte[] ToJson()
    {
        var table = new List<KeyValuePair<(string Topic, string Group), SortedDictionary<int, long>>>();
        foreach (var (key, queues) in _offsets) table.Add(new(key, new(queues)));
        table.Sort(static (a, b) => string.CompareOrdinal(a.Key.Topic, b.Key.Topic) is var order and not 0 ? order : string.CompareOrdinal(a.Key.Group, b.Key.Group));
        return ConsumerOffsets.Encode(table);
    }

    public void ReplaceFromJson(ReadOnlySpan<byte> json)
    {
        var table = new ConcurrentDictionary<(string, string), ConcurrentDictionary<int, long>>();
        foreach (var (key, queues) in ConsumerOffsets.Decode(json)) table[key] = new(queues);
        lock (_gate) _offsets = table;
        Changed?.Invoke();
    }

    public void Open()
    {
        lock (_gate) _changes.Open();
    }

    public IReadOnlyList<string> Close()
    {
        lock (_gate) return [.. _changes.Close().Select(static key => Key(key.Topic, key.Group, key.QueueId))];
    }

    public void Note(IEnumerable<string>? keys = null)
    {
        lock (_gate)
        {
            foreach (var key in keys ?? [])
            {
                if (TrySplit(key, out var topic, out var group, out var queueId)) _changes.Note((topic, group, queueId));
            }

            if (keys is not null) return;
            foreach (var (key, queues) in _offsets) NoteLocked(key, queues);
        }
    }

    public TableDelta? TakeChanges()
    {
        lock (_gate) return _changes.Take() is { } keys ? new(FileName, null, [.. keys.Select(key => EntryLocked(key.Topic, key.Group, key.QueueId))]) : null;
    }

    public TableDelta Describe(IEnumerable<string> keys)
    {
        lock (_gate)
        {
            var entries = new List<TableEntry>();
            foreach (var key in keys)
            {
                if (TrySplit(key, out var topic, out var group, out var queueId)) entries.Add(EntryLocked(topic, group, queueId));
            }

            return new(FileName, null, entries);
        }
    }

    public void Apply(TableDelta delta)
    {
        lock (_gate)
        {
            foreach (var (key, json) in delta.Entries)
            {
                if (!TrySplit(key, out var topic, out var group, out var queueId)) continue;
                if (json is not { } text)
                {
                    if (!_offsets.TryGetValue((topic, group), out var queues)) continue;
                    queues.TryRemove(queueId, out _);
                    if (queues.IsEmpty) _offsets.TryRemove((topic, group), out _);
                }
                else if (Utf8Parser.TryParse(text, out long offset, out _))
                {
                    _offsets.GetOrAdd((topic, group), static _ => new())[queueId] = offset;
                }
            }
        }

        Changed?.Invoke();
    }

    private static string Key(string topic, string group, int queueId) => string.Create(CultureInfo.InvariantCulture, $"{topic}{Separator}{group}{Separator}{queueId}");

    private static bool TrySplit(string key, out string topic, out string group, out int queueId)
    {
        var first = key.IndexOf(Separator);
        var last = key.LastIndexOf(Separator);
        topic = first > 0 ? key[..first] : "";
        group = last > first ? key[(first + 1)..last] : "";
        queueId = 0;
        return topic.Length > 0 && last > first && int.TryParse(key.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture, out queueId);
    }

    private TableEntry EntryLocked(string topic, string group, int queueId)
    {
        var offset = Query(group, topic, queueId);
        return new(Key(topic, group, queueId), offset < 0 ? null : OffsetJson.Of(offset));
    }

    private void Remove(Func<(string Topic, string Group), bool> matches)
    {
        var removed = false;
        lock (_gate)
        {
            if (_changes.IsClosed) return;
            foreach (var key in _offsets.Keys)
            {
                if (!matches(key) || !_offsets.TryRemove(key, out var queues)) continue;
                NoteLocked(key, queues);
                removed = true;
            }
        }

        if (removed) Changed?.Invoke();
    }

    private void NoteLocked((string Topic, string Group) key, ConcurrentDictionary<int, long> queues)
    {
        foreach (var queueId in queues.Keys) _changes.Note((key.Topic, key.Group, queueId));
    }
}
