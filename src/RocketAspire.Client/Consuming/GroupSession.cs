using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>What a <see cref="GroupSession"/> is told. Names are with namespace.</summary>
internal sealed record SessionSettings
{
    public required string Group { get; init; }

    public required MessageModel Model { get; init; }

    public bool Orderly { get; init; }

    /// <summary>CONSUME_PASSIVELY or CONSUME_ACTIVELY.</summary>
    public required string ConsumeType { get; init; }

    public required IReadOnlyList<SubscriptionData> Subscriptions { get; init; }

    public required FetchSettings Fetch { get; init; }

    /// <summary>Null: the application says itself which queues it wants.</summary>
    public RebalanceSettings? Rebalance { get; init; }

    public required TimeSpan PersistInterval { get; init; }

    public int Concurrency { get; init; } = 1;

    /// <summary>Progress is kept in memory or in this file; only when broadcasting.</summary>
    public string? OffsetFile { get; init; }
}

/// <summary>
/// A consumer's membership in its group: subscriptions, the queues that are its own, their fetching and locks, and its progress. What is done with
/// messages is its owner's affair.
/// </summary>
internal sealed class GroupSession
{
    private readonly ConcurrentDictionary<string, SubscriptionData> _subscriptions = new(StringComparer.Ordinal);
    private readonly bool _ownsClient;
    private readonly ILogger _logger;
    private readonly Rebalancer? _rebalancer;
    private readonly WakeableLoop _persist;
    private readonly WakeableLoop? _renew;
    private readonly SessionMember _member;
    private readonly Action<ConsumerQueue> _arrived;

    public GroupSession(RocketMQClient client, bool ownsClient, SessionSettings settings, Action<ConsumerQueue> arrived, DirectHandler? direct, ILogger logger)
    {
        Client = client;
        _ownsClient = ownsClient;
        Settings = settings;
        _arrived = arrived;
        _logger = logger;
        foreach (var subscription in settings.Subscriptions) _subscriptions[subscription.Topic] = subscription;
        Calls = new GroupCalls(client, settings.Group);
        Counters = new ConsumerCounters(client.Time);
        Offsets = settings.Model == MessageModel.Broadcasting ? new LocalOffsetStore(settings.OffsetFile) : new RemoteOffsetStore(Calls, logger);
        Locks = settings is { Orderly: true, Model: MessageModel.Clustering } ? new QueueLocks(Calls, client.Time, logger) : null;
        if (settings.Rebalance is { } rebalance) _rebalancer = new Rebalancer(client, rebalance, () => [.. _subscriptions.Values], Calls, logger);
        Queues = new AssignedQueues(Offsets, Locks, FetchAsync, Rebalance, logger);
        if (_rebalancer is not null) _rebalancer.Queues = Queues;
        _persist = new WakeableLoop("keeping progress", PersistAsync, client.Time, logger);
        if (Locks is not null) _renew = new WakeableLoop("renewing locks", RenewAsync, client.Time, logger);
        _member = new SessionMember(this, direct, logger);
    }

    public RocketMQClient Client { get; }

    public SessionSettings Settings { get; }

    public GroupCalls Calls { get; }

    public ConsumerCounters Counters { get; }

    public IOffsetStore Offsets { get; }

    public QueueLocks? Locks { get; }

    public AssignedQueues Queues { get; }

    public ICollection<SubscriptionData> Subscriptions => _subscriptions.Values;

    /// <summary>Joins the group.</summary>
    /// <exception cref="RocketMQNameServersUnavailableException">No name server answers.</exception>
    /// <exception cref="RocketMQResponseException">A broker doesn't filter so.</exception>
    /// <exception cref="InvalidOperationException">The client has a consumer of this group already.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        foreach (var subscription in Subscriptions)
        {
            var queues = await Client.Routes.RefreshAsync(subscription.Topic, cancellationToken).ConfigureAwait(false);
            if (queues is not null && !subscription.IsTagType) await Calls.CheckAsync(queues, subscription, cancellationToken).ConfigureAwait(false);
        }

        Client.Groups.Add(_member);
        try
        {
            await Client.Heartbeats.BeatAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Client.Groups.Remove(_member);
            throw;
        }

        ClientTelemetry.Add(this);
        _rebalancer?.Start();
        _persist.Start(Settings.PersistInterval);
        _renew?.Start(QueueLocks.RenewInterval);
    }

    /// <summary>The application wants another topic too.</summary>
    public async ValueTask SubscribeAsync(SubscriptionData subscription, CancellationToken cancellationToken)
    {
        _subscriptions[subscription.Topic] = subscription;
        await Client.Routes.RefreshAsync(subscription.Topic, cancellationToken).ConfigureAwait(false);
        await Client.Heartbeats.BeatAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Rebalance() => _rebalancer?.Wake();

    /// <summary>Takes on and fetches nothing more; what was fetched stays.</summary>
    public async ValueTask StopFetchingAsync()
    {
        if (_rebalancer is not null) await _rebalancer.DisposeAsync().ConfigureAwait(false);
        if (_renew is not null) await _renew.DisposeAsync().ConfigureAwait(false);
        Queues.StopFetching();
    }

    /// <summary>Tells progress, gives up all queues and leaves the group.</summary>
    public async ValueTask LeaveAsync()
    {
        ClientTelemetry.Remove(this);
        await _persist.DisposeAsync().ConfigureAwait(false);
        await PersistAsync(CancellationToken.None).ConfigureAwait(false);
        Client.Groups.Remove(_member);
        await Queues.DropAllAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        await Client.Heartbeats.UnregisterAsync(null, Settings.Group, CancellationToken.None).ConfigureAwait(false);
        if (_ownsClient) await Client.DisposeAsync().ConfigureAwait(false);
    }

    public async Task<TimeSpan> PersistAsync(CancellationToken cancellationToken)
    {
        await Offsets.PersistAsync([.. Queues.All.Select(static queue => queue.Queue)], cancellationToken).ConfigureAwait(false);
        return Settings.PersistInterval;
    }

    /// <summary>The queue goes on there, whoever has it next.</summary>
    public async ValueTask MoveAsync(ConsumerQueue queue, long offset, CancellationToken cancellationToken)
    {
        queue.Drop();
        Offsets.Note(queue.Queue, offset);
        await Offsets.PersistAsync([queue.Queue], cancellationToken).ConfigureAwait(false);
        Queues.Abandon(queue);
    }

    private async Task<TimeSpan> RenewAsync(CancellationToken cancellationToken)
    {
        var held = Queues.All.Where(static queue => queue.LockedAt != 0).ToList();
        foreach (var lost in await Locks!.TryLockAsync(held, cancellationToken).ConfigureAwait(false))
        {
            Log.LockLost(_logger, lost.Queue);
            Queues.Abandon(lost);
        }

        foreach (var queue in Queues.All) _arrived(queue);
        return held.All(Locks.IsHeld) ? QueueLocks.RenewInterval : TimeSpan.FromSeconds(1);
    }

    private Task FetchAsync(ConsumerQueue queue)
    {
        var subscription = _subscriptions.GetValueOrDefault(queue.Queue.Topic) ?? new SubscriptionData { Topic = queue.Queue.Topic };
        Func<ConsumerQueue, bool> mayFetch = Locks is { } locks ? locks.IsHeld : static _ => true;
        return new QueueFetcher(Client, Settings.Fetch, subscription, Offsets, Calls, queue, mayFetch, _arrived, Counters, _logger).RunAsync();
    }
}
