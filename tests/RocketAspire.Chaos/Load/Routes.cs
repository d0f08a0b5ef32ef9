using RocketAspire.Chaos.Cluster;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;

namespace RocketAspire.Chaos.Load;

/// <summary>Where the groups' nodes are, as clients learn it: from the name servers, asked again when something failed.</summary>
internal sealed class Routes(RocketMQConnection connection, TimeProvider time)
{
    private static readonly TimeSpan LeastAge = TimeSpan.FromMilliseconds(50);

    private readonly RouteCache _cache = new(connection);
    private TopicRouteData? _route;
    private long _askedAt;

    /// <summary>The group's master or leader, or null while none is known.</summary>
    public string? MasterOf(string group) => Nodes(group)?.GetValueOrDefault(BrokerData.MasterId);

    /// <summary>All nodes of the group, the master first.</summary>
    public IReadOnlyList<string> AddressesOf(string group) => Nodes(group) is { } nodes ? [.. nodes.Values] : [];

    /// <summary>Asks the name servers, unless that was just done.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_route is not null && time.GetElapsedTime(Volatile.Read(ref _askedAt)) < LeastAge) return;
        try
        {
            // No route at all: all brokers are gone for the name servers. What was known is tried on.
            if (await _cache.RefreshAsync(ChaosTopology.TopicName, cancellationToken).ConfigureAwait(false) is { } route) _route = route;
        }
        catch (Exception e) when (e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException)
        {
            // No name server answers: clients go on with what they know.
        }

        Volatile.Write(ref _askedAt, time.GetTimestamp());
    }

    private SortedDictionary<long, string>? Nodes(string group) => _route?.BrokerDatas.FirstOrDefault(b => b.BrokerName == group)?.BrokerAddrs;
}
