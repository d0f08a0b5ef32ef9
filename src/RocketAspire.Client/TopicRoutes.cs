using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>
/// The routes of the topics that a client deals with: asked for again every 30 s, and at once when somebody met a failure. A topic that no name
/// server knows any more keeps its last route, as at Apache: its brokers may be away for a moment only.
/// </summary>
internal sealed class TopicRoutes : IAsyncDisposable
{
    // A storm of failures asks a name server no more often than this.
    private static readonly TimeSpan MinRefresh = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, Known> _topics = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly RouteCache _cache;
    private readonly TimeProvider _time;
    private readonly WakeableLoop _poll;

    // Written under _gate, whole.
    private Dictionary<string, BrokerData> _brokers = new(StringComparer.Ordinal);
    private long _sequence;

    public TopicRoutes(RocketMQConnection connection, ILogger logger)
    {
        _cache = new RouteCache(connection);
        _time = connection.Options.Time;
        _cache.Answered += Learn;
        _poll = new WakeableLoop("asking for routes", PollAsync, _time, logger);
        _poll.Start(connection.Options.RouteMaxAge);
        Interval = connection.Options.RouteMaxAge;
    }

    /// <summary>Raised when queues or addresses have changed.</summary>
    public event Action? Changed;

    /// <summary>How old a route may grow.</summary>
    public TimeSpan Interval { get; }

    /// <summary>Every broker that a route names.</summary>
    public IReadOnlyDictionary<string, BrokerData> Brokers => Volatile.Read(ref _brokers);

    public bool IsKnown(string topic) => _topics.ContainsKey(topic);

    /// <summary>The topic's queues; null when no name server knows it. Answers without waiting when they are known.</summary>
    /// <exception cref="RocketMQNameServersUnavailableException">None answers, and nothing is known of the topic.</exception>
    public ValueTask<TopicQueues?> GetAsync(string topic, CancellationToken cancellationToken) =>
        _topics.TryGetValue(topic, out var known) ? new(known.Queues) : RefreshAsync(topic, cancellationToken);

    /// <summary>As the other; for a topic that is made by its first message the queues that it will have, as its template says.</summary>
    /// <exception cref="RocketMQNameServersUnavailableException">None answers, and nothing is known of the topic.</exception>
    /// <exception cref="RocketMQTopicNotFoundException">Nobody knows the topic, nor makes it.</exception>
    public async ValueTask<TopicQueues> GetOrTemplateAsync(string topic, int queuesPerBroker, CancellationToken cancellationToken)
    {
        if (await GetAsync(topic, cancellationToken).ConfigureAwait(false) is { } known) return known;
        if (await _cache.GetAsync(TopicNames.SystemDefault, cancellationToken).ConfigureAwait(false) is not { } template) throw new RocketMQTopicNotFoundException(topic);
        return TopicQueues.Of(topic, template, queuesPerBroker);
    }

    /// <summary>Asks a name server now, unless it was asked a moment ago.</summary>
    /// <exception cref="RocketMQNameServersUnavailableException">None answers, and nothing is known of the topic.</exception>
    public async ValueTask<TopicQueues?> RefreshAsync(string topic, CancellationToken cancellationToken)
    {
        if (_topics.TryGetValue(topic, out var known) && _time.GetElapsedTime(known.AskedAt) < MinRefresh) return known.Queues;
        await _cache.RefreshAsync(topic, cancellationToken).ConfigureAwait(false);
        return _topics.TryGetValue(topic, out known) ? known.Queues : null;
    }

    /// <summary>All topics are asked for soon: a broker came or went.</summary>
    public void RefreshSoon() => _poll.Wake();

    /// <summary>Nobody here deals with the topic any more.</summary>
    public void Forget(string topic)
    {
        lock (_gate)
        {
            if (_topics.TryRemove(topic, out _)) RebuildBrokers();
        }
    }

    /// <summary>The group's master as <c>ip:port</c>, or null.</summary>
    public string? MasterOf(string brokerName) => Brokers.GetValueOrDefault(brokerName)?.MasterAddress;

    /// <summary>A node of the group to read from: the one wanted, else its master, else any.</summary>
    /// <param name="brokerName">The group.</param>
    /// <param name="brokerId">Wanted: 0 the master, or a slave that the master suggested.</param>
    /// <param name="without">Address of a node that was found dead: only taken when there is no other. A number wouldn't do: whoever becomes the next leader takes it over.</param>
    public (string Address, long BrokerId)? ReaderOf(string brokerName, long brokerId, string? without = null)
    {
        if (!Brokers.TryGetValue(brokerName, out var broker) || broker.BrokerAddrs.Count == 0) return null;
        if (broker.BrokerAddrs.TryGetValue(brokerId, out var wanted) && wanted != without) return (wanted, brokerId);
        foreach (var (id, address) in broker.BrokerAddrs)
        {
            if (address != without) return (address, id);
        }

        var last = broker.BrokerAddrs.First();
        return (last.Value, last.Key);
    }

    public ValueTask DisposeAsync() => _poll.DisposeAsync();

    private async Task<TimeSpan> PollAsync(CancellationToken cancellationToken)
    {
        foreach (var topic in _topics.Keys)
        {
            try
            {
                await _cache.RefreshAsync(topic, cancellationToken).ConfigureAwait(false);
            }
            catch (RocketMQException)
            {
                // The last known route goes on serving; the next round asks again.
            }
        }

        return Interval;
    }

    private void Learn(string topic, TopicRouteData? route)
    {
        bool changed;
        lock (_gate)
        {
            var old = _topics.GetValueOrDefault(topic);
            if (route is null)
            {
                if (old is not null) _topics[topic] = old with { AskedAt = _time.GetTimestamp() };
                return;
            }

            changed = old is null || !IsSame(old.Queues.Route, route);
            var queues = changed ? TopicQueues.Of(topic, route) : old!.Queues;
            _topics[topic] = new(queues, _time.GetTimestamp(), ++_sequence);
            if (changed) RebuildBrokers();
        }

        if (changed) Changed?.Invoke();
    }

    /// <summary>What was told last counts: routes of different topics differ in age.</summary>
    private void RebuildBrokers()
    {
        var brokers = new Dictionary<string, BrokerData>(StringComparer.Ordinal);
        foreach (var known in _topics.Values.OrderBy(static known => known.Sequence))
        {
            foreach (var broker in known.Queues.Route.BrokerDatas) brokers[broker.BrokerName] = broker;
        }

        Volatile.Write(ref _brokers, brokers);
    }

    private static bool IsSame(TopicRouteData a, TopicRouteData b) =>
        a.OrderTopicConf == b.OrderTopicConf
        && a.QueueDatas.OrderBy(static data => data.BrokerName, StringComparer.Ordinal).SequenceEqual(b.QueueDatas.OrderBy(static data => data.BrokerName, StringComparer.Ordinal))
        && a.BrokerDatas.OrderBy(static data => data.BrokerName, StringComparer.Ordinal).SequenceEqual(b.BrokerDatas.OrderBy(static data => data.BrokerName, StringComparer.Ordinal));

    private sealed record Known(TopicQueues Queues, long AskedAt, long Sequence);
}
