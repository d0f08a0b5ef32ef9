using RocketAspire.Client;

namespace RocketAspire.Console.Cluster;

/// <summary>Puts what each poll found into history. Owned by the poller, which calls it once a poll.</summary>
public sealed class RateRecorder(ClusterGateway gateway, RateHistory history, HistoryKeeper keeper)
{
    /// <summary>Topics are asked for their rates this often; each is a request a broker.</summary>
    private static readonly TimeSpan TopicInterval = TimeSpan.FromSeconds(10);

    /// <summary>Of the topics that are busy, and of the others in turn, so many at once: a cluster of a thousand topics isn't asked a thousand times.</summary>
    private const int BusyTopics = 30;

    private const int OtherTopics = 20;

    /// <summary>A series that lasted that long stays in sight, and in the file, for as long as history goes back.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    private readonly PutTimesReader _putTimes = new();
    private readonly Dictionary<string, double> _busy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Consumed, DateTimeOffset At)> _consumed = new(StringComparer.Ordinal);
    private string _cluster = "";
    private DateTimeOffset _topicsAt;
    private DateTimeOffset _progressAt;
    private int _turn;

    public async Task RecordAsync(ClusterSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (snapshot.Groups.Count == 0) return;
        Follow(snapshot);
        foreach (var node in snapshot.Nodes.Where(static node => node.Health == NodeHealth.Up)) RecordNode(node, snapshot.At);
        RecordProgress(snapshot);
        if (snapshot.At - _topicsAt >= TopicInterval)
        {
            _topicsAt = snapshot.At;
            await RecordTopicsAsync(snapshot, cancellationToken).ConfigureAwait(false);
        }

        history.DropOlderThan(snapshot.At - Kept);
    }

    /// <summary>Another cluster has another history.</summary>
    private void Follow(ClusterSnapshot snapshot)
    {
        var cluster = string.Join(',', snapshot.Groups.Select(static group => group.Cluster).Distinct().Order(StringComparer.Ordinal)) + " at " + string.Join(';', gateway.NameServers.Order(StringComparer.Ordinal));
        if (cluster == _cluster) return;
        _cluster = cluster;
        _putTimes.Clear();
        _busy.Clear();
        _consumed.Clear();
        keeper.Use(cluster);
    }

    private void RecordNode(NodeState node, DateTimeOffset at)
    {
        if (node.IsMaster) history.Add(Series.In + node.Group, at, node.PutRate);
        if (node.IsMaster || node.GetRate > 0) history.Add(Series.Out + (node.IsMaster ? node.Group : node.Address), at, node.GetRate);
        // Only ours tells how many pulls it holds, and ours counts since its start.
        if (!node.IsMaster || _putTimes.Read(node.Address, node.Runtime.GetValueOrDefault("putMessageDistributeTime"), node.Runtime.ContainsKey("heldPulls")) is not { } times) return;
        history.Add(Series.PutMean + node.Group, at, times.Mean);
        history.Add(Series.PutSlow + node.Group, at, times.Slow);
    }

    private void RecordProgress(ClusterSnapshot snapshot)
    {
        if (snapshot.ProgressAt == _progressAt) return;
        _progressAt = snapshot.ProgressAt;
        foreach (var (group, backlog) in snapshot.Backlog.Where(static pair => !ClusterSnapshot.IsOwnGroup(pair.Key)))
            AddUnlessResting(Series.Backlog + group, snapshot.At, backlog);
        foreach (var group in snapshot.Progress.Where(static row => !ClusterSnapshot.IsOwnGroup(row.Group)).GroupBy(static row => row.Group))
            AddUnlessResting(Series.Delay + group.Key, snapshot.At, group.Max(row => row.LastConsumed is { } last ? Math.Max(0, (snapshot.ProgressAt - last).TotalSeconds) : 0));
        foreach (var topic in snapshot.Progress.Where(static row => !ClusterSnapshot.IsOwnGroup(row.Group)).GroupBy(static row => row.Topic))
        {
            var consumed = topic.Sum(static row => row.Consumed);
            if (_consumed.TryGetValue(topic.Key, out var last) && snapshot.ProgressAt > last.At)
                AddUnlessResting(Series.TopicOut + topic.Key, snapshot.At, Math.Max(0, consumed - last.Consumed) / (snapshot.ProgressAt - last.At).TotalSeconds);
            _consumed[topic.Key] = (consumed, snapshot.ProgressAt);
        }
    }

    private async Task RecordTopicsAsync(ClusterSnapshot snapshot, CancellationToken cancellationToken)
    {
        var masters = snapshot.Nodes.Where(static node => node is { IsMaster: true, Health: NodeHealth.Up }).ToList();
        foreach (var topic in Chosen(snapshot.Topics))
        {
            try
            {
                var rates = await Task.WhenAll(masters.Where(node => topic.Configs.ContainsKey(node.Group)).Select(node => gateway.Admin.Brokers.GetStatsAsync(node.Address, "TOPIC_PUT_NUMS", topic.Name, cancellationToken))).ConfigureAwait(false);
                var rate = rates.Sum(static data => data?.Minute.Tps ?? 0);
                AddUnlessResting(Series.Topic + topic.Name, snapshot.At, rate);
                if (rate > 0) _busy[topic.Name] = rate;
                else _busy.Remove(topic.Name);
            }
            catch (Exception e) when (ClusterReader.IsClusterFault(e))
            {
                // A broker that just died leaves a gap in the line; the next poll says that it is gone.
                return;
            }
        }
    }

    private List<TopicSummary> Chosen(IReadOnlyList<TopicSummary> topics)
    {
        var all = topics.Where(static topic => topic.Kind is not (TopicKind.System or TopicKind.Retry)).ToList();
        var busy = _busy.OrderByDescending(static pair => pair.Value).Take(BusyTopics).Select(static pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        var others = Enumerable.Range(_turn, Math.Min(OtherTopics, all.Count)).Select(i => all[i % all.Count]).ToList();
        _turn = all.Count == 0 ? 0 : (_turn + others.Count) % all.Count;
        return [.. all.Where(topic => busy.Contains(topic.Name)).Union(others)];
    }

    /// <summary>Of hundreds that never did anything no line is kept.</summary>
    private void AddUnlessResting(string series, DateTimeOffset at, double value)
    {
        if (value > 0 || history.Has(series)) history.Add(series, at, value);
    }
}

/// <summary>How series are named.</summary>
public static class Series
{
    public const string In = "in/";
    public const string Out = "out/";
    public const string Topic = "topic/";
    public const string TopicOut = "topic-out/";
    public const string Backlog = "backlog/";

    /// <summary>How long brokers took to store messages, in ms: the mean, and what 99 % took at most.</summary>
    public const string PutMean = "put-mean/";
    public const string PutSlow = "put-slow/";

    /// <summary>How old the last message is that a group consumed while others wait, in seconds.</summary>
    public const string Delay = "delay/";
}
