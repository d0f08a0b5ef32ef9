using System.Collections.Concurrent;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>Counters by topic and by group, under the names that mqadmin statsAll, exportMetrics and consumerProgress ask for.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/stats/BrokerStatsManager.java</remarks>
public sealed class BrokerStats : IAsyncDisposable
{
    public const string TopicPutNums = "TOPIC_PUT_NUMS";
    public const string TopicPutSize = "TOPIC_PUT_SIZE";
    public const string GroupGetNums = "GROUP_GET_NUMS";
    public const string GroupGetSize = "GROUP_GET_SIZE";
    public const string SendBackNums = "SNDBCK_PUT_NUMS";
    public const string BrokerPutNums = "BROKER_PUT_NUMS";
    public const string BrokerGetNums = "BROKER_GET_NUMS";

    private readonly string _clusterName;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    // By topic, and by (topic, group): one look-up counts both messages and bytes.
    private readonly ConcurrentDictionary<string, Pair> _topics = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Topic, string Group), Pair> _gets = new();
    private readonly ConcurrentDictionary<(string Topic, string Group), StatsItem> _sendBacks = new();
    private readonly Pair _broker;

    public BrokerStats(string clusterName, TimeProvider time)
    {
        _clusterName = clusterName;
        _time = time;
        _broker = new Pair(Now);
        _timer = time.CreateTimer(static stats => ((BrokerStats)stats!).TakeSamples(), this, StatsItem.SampleInterval, StatsItem.SampleInterval);
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Put(string topic, int messages, long bytes)
    {
        _topics.GetOrAdd(topic, static (_, now) => new Pair(now), Now).Add(messages, bytes);
        _broker.First.Add(messages);
    }

    public void Got(string group, string topic, int messages, long bytes)
    {
        if (messages == 0) return;
        _gets.GetOrAdd((topic, group), static (_, now) => new Pair(now), Now).Add(messages, bytes);
        _broker.Second.Add(messages);
    }

    public void SentBack(string group, string topic) => _sendBacks.GetOrAdd((topic, group), static (_, now) => new StatsItem(now), Now).Add(1);

    /// <summary>Messages a second that the group got of the topic in the last minute.</summary>
    public double GroupGetTps(string group, string topic) => _gets.TryGetValue((topic, group), out var pair) ? pair.First.MinuteTps : 0;

    /// <param name="name">One of the constants.</param>
    /// <param name="key">The topic, topic@group, or the cluster's name.</param>
    /// <returns>Null when nothing was counted under that name and key.</returns>
    public BrokerStatsData? Find(string name, string key) => name switch
    {
        TopicPutNums => _topics.GetValueOrDefault(key)?.First.Data,
        TopicPutSize => _topics.GetValueOrDefault(key)?.Second.Data,
        GroupGetNums => _gets.GetValueOrDefault(TopicAndGroup(key))?.First.Data,
        GroupGetSize => _gets.GetValueOrDefault(TopicAndGroup(key))?.Second.Data,
        SendBackNums => _sendBacks.GetValueOrDefault(TopicAndGroup(key))?.Data,
        BrokerPutNums => key == _clusterName ? _broker.First.Data : null,
        BrokerGetNums => key == _clusterName ? _broker.Second.Data : null,
        _ => null,
    };

    /// <summary>Messages and bytes stored, by topic.</summary>
    public IEnumerable<(string Topic, long Messages, long Bytes)> Stored() => _topics.Select(static pair => (pair.Key, pair.Value.First.Total, pair.Value.Second.Total));

    /// <summary>Messages and bytes read, by topic and group.</summary>
    public IEnumerable<(string Topic, string Group, long Messages, long Bytes)> Read() =>
        _gets.Select(static pair => (pair.Key.Topic, pair.Key.Group, pair.Value.First.Total, pair.Value.Second.Total));

    /// <summary>One round of sampling; public so that a test need not wait for it. What was idle for a day is forgotten.</summary>
    public void TakeSamples()
    {
        var now = Now;
        _broker.TakeSample(now);
        foreach (var (key, pair) in _topics)
        {
            pair.TakeSample(now);
            if (pair.First.IsIdle) _topics.TryRemove(key, out _);
        }

        foreach (var (key, pair) in _gets)
        {
            pair.TakeSample(now);
            if (pair.First.IsIdle) _gets.TryRemove(key, out _);
        }

        foreach (var (key, item) in _sendBacks)
        {
            item.TakeSample(now);
            if (item.IsIdle) _sendBacks.TryRemove(key, out _);
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>A topic holds no @, a group may.</summary>
    private static (string Topic, string Group) TopicAndGroup(string key)
    {
        var at = key.IndexOf('@');
        return at < 0 ? (key, "") : (key[..at], key[(at + 1)..]);
    }

    private sealed class Pair(long nowMs)
    {
        public StatsItem First { get; } = new(nowMs);

        public StatsItem Second { get; } = new(nowMs);

        public void Add(long first, long second)
        {
            First.Add(first);
            Second.Add(second);
        }

        public void TakeSample(long nowMs)
        {
            First.TakeSample(nowMs);
            Second.TakeSample(nowMs);
        }
    }
}
