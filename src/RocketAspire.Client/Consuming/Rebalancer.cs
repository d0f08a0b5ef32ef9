using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Client;

/// <summary>Works out which queues are this member's: every 20 s, and at once when the group or the routes have changed.</summary>
internal sealed class Rebalancer : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly RocketMQClient _client;
    private readonly RebalanceSettings _settings;
    private readonly Func<IReadOnlyCollection<SubscriptionData>> _subscriptions;
    private readonly GroupCalls _calls;
    private readonly ILogger _logger;
    private readonly WakeableLoop _loop;
    private int _inVain;

    public Rebalancer(RocketMQClient client, RebalanceSettings settings, Func<IReadOnlyCollection<SubscriptionData>> subscriptions, GroupCalls calls, ILogger logger)
    {
        _client = client;
        _settings = settings;
        _subscriptions = subscriptions;
        _calls = calls;
        _logger = logger;
        _loop = new WakeableLoop("sharing out queues", RoundAsync, client.Time, logger);
    }

    /// <summary>What it sets; before <see cref="Start"/>.</summary>
    public AssignedQueues? Queues { get; set; }

    public void Start()
    {
        _client.Routes.Changed += _loop.Wake;
        _loop.Start(TimeSpan.Zero);
    }

    public void Wake() => _loop.Wake();

    public ValueTask DisposeAsync()
    {
        _client.Routes.Changed -= _loop.Wake;
        return _loop.DisposeAsync();
    }

    private async Task<TimeSpan> RoundAsync(CancellationToken cancellationToken)
    {
        var complete = true;
        var topics = _subscriptions().Select(static subscription => subscription.Topic).ToHashSet(StringComparer.Ordinal);
        foreach (var topic in topics) complete &= await RebalanceAsync(topic, cancellationToken).ConfigureAwait(false);
        foreach (var topic in Queues!.Topics.Where(topic => !topics.Contains(topic)).ToList()) await Queues.SetAsync(topic, [], cancellationToken).ConfigureAwait(false);
        _inVain = complete ? 0 : Math.Min(_inVain + 1, 10);
        // A topic that may never come is asked for less and less often.
        return complete ? _settings.Interval : Soon * _inVain is var pause && pause < _settings.Interval ? pause : _settings.Interval;
    }

    /// <summary>False: not all is known, or to be had, yet.</summary>
    private async ValueTask<bool> RebalanceAsync(string topic, CancellationToken cancellationToken)
    {
        TopicQueues? queues;
        try
        {
            queues = await _client.Routes.GetAsync(topic, cancellationToken).ConfigureAwait(false);
        }
        catch (RocketMQException e)
        {
            Log.NotRebalanced(_logger, topic, e.Message);
            return false;
        }

        if (queues is null) return false;
        if (_settings.Model == MessageModel.Broadcasting) return await Queues!.SetAsync(topic, queues.Readable, cancellationToken).ConfigureAwait(false);
        var members = await MembersAsync(queues, cancellationToken).ConfigureAwait(false);
        if (members is null)
        {
            Log.NotRebalanced(_logger, topic, "no broker tells the group's members");
            return false;
        }

        // A broker may name a member once for each of its connections; who counts one twice leaves queues to nobody.
        members = [.. members.Distinct(StringComparer.Ordinal)];
        var mine = members.Contains(_client.ClientId) ? _settings.Strategy.Allocate(_client.ClientId, queues.Readable, members) : [];
        return await Queues!.SetAsync(topic, mine, cancellationToken).ConfigureAwait(false) && members.Contains(_client.ClientId);
    }

    /// <summary>A broker that doesn't know us has forgotten us: it is told once more before we give anything up.</summary>
    private async ValueTask<List<string>?> MembersAsync(TopicQueues queues, CancellationToken cancellationToken)
    {
        var members = await _calls.MembersAsync(queues, cancellationToken).ConfigureAwait(false);
        if (members?.Contains(_client.ClientId) == true) return members;
        await _client.Heartbeats.BeatAsync(cancellationToken).ConfigureAwait(false);
        return await _calls.MembersAsync(queues, cancellationToken).ConfigureAwait(false);
    }
}

internal sealed record RebalanceSettings(MessageModel Model, IAllocateStrategy Strategy, TimeSpan Interval);
