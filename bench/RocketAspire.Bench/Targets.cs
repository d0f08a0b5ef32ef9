using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using MessageQueue = RocketAspire.Client.MessageQueue;

namespace RocketAspire.Bench;

/// <summary>A queue and the node to ask for it.</summary>
internal sealed record Target(string Address, MessageQueue Queue);

/// <summary>The topic's queues, each with its group's node of the moment. After a failure the route is asked for anew at once.</summary>
internal sealed class Targets(RocketMQConnection connection, string topic)
{
    /// <summary>How long a failing sender leaves the cluster alone: short beside any failover, long beside a refused connection.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly RouteCache _routes = new(connection);
    private volatile Target[] _writable = [];
    private volatile Target[] _readable = [];
    private int _turn;

    /// <summary>Queues that take messages, at their masters.</summary>
    public IReadOnlyList<Target> Writable => _writable;

    /// <summary>Queues to read, at their masters or, while a group has none, at its first slave.</summary>
    public IReadOnlyList<Target> Readable => _readable;

    /// <summary>The next queue in turn; null while no group has a master.</summary>
    public Target? Next()
    {
        var queues = _writable;
        return queues.Length == 0 ? null : queues[(int)((uint)Interlocked.Increment(ref _turn) % (uint)queues.Length)];
    }

    /// <summary>False when no name server knows the topic.</summary>
    /// <exception cref="RocketMQException">No name server answers.</exception>
    public async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        var route = await _routes.RefreshAsync(topic, cancellationToken).ConfigureAwait(false);
        if (route is null) return false;
        _writable = [.. Spread(route, static queue => (queue.Perm & PermName.Write) != 0 ? queue.WriteQueueNums : 0, static broker => broker.MasterAddress)];
        _readable = [.. Spread(route, static queue => (queue.Perm & PermName.Read) != 0 ? queue.ReadQueueNums : 0, static broker => broker.BrokerAddrs.Values.FirstOrDefault())];
        return true;
    }

    /// <summary>After a failure: asks for the route, then waits a moment.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RocketMQException)
        {
            // The name servers are away too: the old route has to do.
        }

        await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Queue 0 of each group, then queue 1 of each: neighbours in turn are on different brokers.</summary>
    private IEnumerable<Target> Spread(TopicRouteData route, Func<QueueData, int> queues, Func<BrokerData, string?> address) =>
        from data in route.QueueDatas
        let node = route.BrokerDatas.FirstOrDefault(broker => broker.BrokerName == data.BrokerName) is { } broker ? address(broker) : null
        where node is not null
        from id in Enumerable.Range(0, queues(data))
        orderby id, data.BrokerName
        select new Target(node, new MessageQueue(topic, data.BrokerName, id));
}
