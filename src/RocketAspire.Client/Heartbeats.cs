using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>
/// Tells every broker of the known routes which groups live here: each 30 s, when groups or routes change, and at once after a connection was
/// lost, since a broker forgets who was on it. Slaves are told by consumers only: they read there.
/// </summary>
internal sealed class Heartbeats : IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    private readonly RocketMQConnection _connection;
    private readonly TopicRoutes _routes;
    private readonly ClientGroups _groups;
    private readonly string _clientId;
    private readonly ILogger _logger;
    private readonly WakeableLoop _loop;

    public Heartbeats(RocketMQConnection connection, TopicRoutes routes, ClientGroups groups, string clientId, ILogger logger)
    {
        _connection = connection;
        _routes = routes;
        _groups = groups;
        _clientId = clientId;
        _logger = logger;
        _loop = new WakeableLoop("heartbeat", BeatAsync, connection.Options.Time, logger);
        routes.Changed += _loop.Wake;
        connection.ConnectionClosed += OnClosed;
        _loop.Start(connection.Options.HeartbeatInterval);
    }

    /// <summary>Raised when a broker answered, with its group's name.</summary>
    public event Action<string>? Answered;

    public void BeatSoon() => _loop.Wake();

    /// <summary>Tells all brokers now; those that don't answer are told again soon.</summary>
    public async Task<TimeSpan> BeatAsync(CancellationToken cancellationToken)
    {
        if (_groups.IsEmpty) return _connection.Options.HeartbeatInterval;
        var body = _groups.Describe(_clientId).Encode();
        var beats = Targets().Select(target => BeatAsync(target.Broker, target.Address, body, cancellationToken)).ToList();
        var answered = await Task.WhenAll(beats).ConfigureAwait(false);
        if (answered.All(static ok => ok)) return _connection.Options.HeartbeatInterval;
        _routes.RefreshSoon();
        return Again < _connection.Options.HeartbeatInterval ? Again : _connection.Options.HeartbeatInterval;
    }

    /// <summary>A group is gone from here: brokers share its queues out anew at once.</summary>
    public async Task UnregisterAsync(string? producerGroup, string? consumerGroup, CancellationToken cancellationToken)
    {
        var header = new UnregisterClientRequestHeader(_clientId, producerGroup, consumerGroup);
        var calls = Targets(consumerGroup is not null).Select(async target =>
        {
            try
            {
                await _connection.AskAsync(target.Address, RemotingCommand.CreateRequest(RequestCode.UnregisterClient, header.ToExtFields()), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (Failures.IsTransport(e) || e is OperationCanceledException or ObjectDisposedException)
            {
                // A broker that isn't there forgets us by itself.
            }
        });
        await Task.WhenAll(calls).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        _connection.ConnectionClosed -= OnClosed;
        _routes.Changed -= _loop.Wake;
        return _loop.DisposeAsync();
    }

    private IEnumerable<(string Broker, string Address)> Targets(bool? alsoSlaves = null)
    {
        var all = alsoSlaves ?? _groups.HasConsumers;
        return _routes.Brokers.Values.SelectMany(broker => broker.BrokerAddrs
            .Where(node => all || node.Key == BrokerData.MasterId)
            .Select(node => (broker.BrokerName, node.Value)));
    }

    private async Task<bool> BeatAsync(string broker, string address, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _connection.AskAsync(address, RemotingCommand.CreateRequest(RequestCode.HeartBeat, body: body), cancellationToken).ConfigureAwait(false);
            if (answer.Code != ResponseCode.Success) Log.HeartbeatRefused(_logger, address, answer.Code, answer.Remark);
            Answered?.Invoke(broker);
            return true;
        }
        catch (Exception e) when (Failures.IsTransport(e))
        {
            Log.HeartbeatFailed(_logger, address, e.Message);
            return false;
        }
    }

    private void OnClosed(string address)
    {
        if (!_routes.Brokers.Values.Any(broker => broker.BrokerAddrs.ContainsValue(address))) return;
        _routes.RefreshSoon();
        _loop.Wake();
    }
}
