using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Broker;

/// <summary>How acknowledging an ordered message ended.</summary>
internal enum OrderAck
{
    /// <summary>The group's offset is to be moved.</summary>
    Commit,

    /// <summary>It belongs to an earlier pop: nothing changes.</summary>
    Stale,

    /// <summary>Nobody was given that message.</summary>
    Unknown,
}

/// <summary>The queues that ordered groups have messages of in hand. Written to config/consumerOrderInfo.json, as at Apache: not replicated, for with it lost messages only come again.</summary>
internal sealed class OrderInfoTable : IReplicatedTable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, SortedDictionary<int, OrderInfo>> _table = new(StringComparer.Ordinal);
    private readonly PriorityQueue<(string Topic, string Group, int QueueId), long> _free = new();

    public string FileName => "consumerOrderInfo.json";

    public event Action? Changed;

    /// <summary>Whether messages of the queue are in hand, so that no more may be handed out.</summary>
    public bool Blocks(string? attemptId, string topic, string group, int queueId, long nowMs)
    {
        lock (_gate) return Find(topic, group, queueId) is { } info && info.Blocks(attemptId, nowMs);
    }

    /// <summary>Notes that these are in hand now, and adds how often they were before to the answer's text.</summary>
    public void Take(string? attemptId, string topic, string group, int queueId, long popTime, long invisibleTime, long[] offsets, StringBuilder orderCounts)
    {
        lock (_gate)
        {
            var key = Key(topic, group);
            if (!_table.TryGetValue(key, out var queues)) _table[key] = queues = [];
            var counts = queues.GetValueOrDefault(queueId)?.CountsFor(attemptId, offsets) ?? [];
            var info = new OrderInfo { AttemptId = attemptId, PopTime = popTime, InvisibleTime = invisibleTime, Offsets = offsets, Consumed = counts };
            queues[queueId] = info;
            foreach (var (offset, count) in counts) PopInfo.AddOrderCount(orderCounts, topic, queueId, offset, count);
            PopInfo.AddQueueOrderCount(orderCounts, topic, queueId, counts.Count == offsets.Length ? counts.Values.Min() : 0);
            _free.Enqueue((topic, group, queueId), info.FreeAt);
        }

        Changed?.Invoke();
    }

    /// <param name="topic">The topic.</param>
    /// <param name="group">The group.</param>
    /// <param name="queueId">The queue.</param>
    /// <param name="offset">The message's place.</param>
    /// <param name="popTime">Of its receipt.</param>
    /// <param name="next">What the group's offset is to be.</param>
    public OrderAck Acknowledge(string topic, string group, int queueId, long offset, long popTime, out long next)
    {
        next = offset + 1;
        lock (_gate)
        {
            if (Find(topic, group, queueId) is not { } info) return OrderAck.Commit;
            if (info.PopTime != popTime) return OrderAck.Stale;
            var index = Array.IndexOf(info.Offsets, offset);
            if (index < 0) return OrderAck.Unknown;
            info.Acknowledged |= 1UL << index;
            next = info.NextOffset;
        }

        Changed?.Invoke();
        return OrderAck.Commit;
    }

    /// <summary>Lets one message in hand become visible at another time.</summary>
    public void SetNextVisible(string topic, string group, int queueId, long offset, long popTime, long nextVisible)
    {
        lock (_gate)
        {
            if (Find(topic, group, queueId) is not { } info || info.PopTime != popTime) return;
            info.NextVisible[offset] = nextVisible;
            _free.Enqueue((topic, group, queueId), info.FreeAt);
        }

        Changed?.Invoke();
    }

    /// <summary>Queues that became free by then because a consumer's time was over.</summary>
    public List<(string Topic, string Group, int QueueId)> TakeFree(long nowMs)
    {
        var free = new List<(string, string, int)>();
        lock (_gate)
        {
            while (_free.TryPeek(out var queue, out var at) && at <= nowMs)
            {
                _free.Dequeue();
                if (Find(queue.Topic, queue.Group, queue.QueueId) is { } info && info.FreeAt <= nowMs) free.Add(queue);
            }
        }

        return free;
    }

    /// <summary>Forgets queues of topics and groups that are gone.</summary>
    public void Clean(Func<string, string, bool> isThere)
    {
        var gone = 0;
        lock (_gate)
        {
            foreach (var key in _table.Keys.ToList())
            {
                var at = key.IndexOf('@');
                if ((at < 0 || !isThere(key[..at], key[(at + 1)..])) && _table.Remove(key)) gone++;
            }
        }

        if (gone > 0) Changed?.Invoke();
    }

    public byte[] ToJson()
    {
        var json = new FastJsonWriter(quoteKeys: true);
        lock (_gate)
        {
            json.StartObject();
            json.Key("table");
            json.StartObject();
            foreach (var (key, queues) in _table)
            {
                json.Key(key);
                json.StartObject();
                foreach (var (queueId, info) in queues)
                {
                    json.Key(queueId.ToString(CultureInfo.InvariantCulture));
                    info.Write(json);
                }

                json.EndObject();
            }

            json.EndObject();
            json.EndObject();
        }

        return json.ToArray();
    }

    public void ReplaceFromJson(ReadOnlySpan<byte> json)
    {
        var table = FastJson.Parse(json)["table"];
        lock (_gate)
        {
            _table.Clear();
            foreach (var (key, queues) in table.Properties)
            {
                var name = key.AsString() ?? "";
                var at = name.IndexOf('@');
                if (at < 0) continue;
                var infos = _table[name] = [];
                foreach (var (queueId, value) in queues.Properties)
                {
                    if (OrderInfo.Read(value) is not { } info) continue;
                    infos[queueId.AsInt32()] = info;
                    _free.Enqueue((name[..at], name[(at + 1)..], queueId.AsInt32()), info.FreeAt);
                }
            }
        }
    }

    private static string Key(string topic, string group) => topic + "@" + group;

    private OrderInfo? Find(string topic, string group, int queueId) =>
        _table.TryGetValue(Key(topic, group), out var queues) && queues.TryGetValue(queueId, out var info) ? info : null;
}
