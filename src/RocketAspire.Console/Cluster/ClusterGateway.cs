using RocketAspire.Client;

namespace RocketAspire.Console.Cluster;

/// <summary>The way to the cluster. It may be changed while pages are open.</summary>
public sealed class ClusterGateway : IAsyncDisposable
{
    /// <summary>What is under way when the way is changed ends on the old one; by then it has.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly ILoggerFactory _loggers;
    private readonly Lock _lock = new();
    private readonly HashSet<RocketMQConnection> _former = [];
    private (ClusterTarget Target, RocketMQConnection Connection, RocketMQAdmin Admin) _current;

    public ClusterGateway(ConsoleOptions options, ILoggerFactory loggers)
    {
        _loggers = loggers;
        _current = Open(ClusterTarget.Of(options));
    }

    public RocketMQAdmin Admin => Current.Admin;

    public RocketMQConnection Connection => Current.Connection;

    public ClusterTarget Target => Current.Target;

    public IReadOnlyList<string> NameServers => Connection.NameServers;

    private (ClusterTarget Target, RocketMQConnection Connection, RocketMQAdmin Admin) Current
    {
        get
        {
            lock (_lock) return _current;
        }
    }

    /// <summary>Asks these from now on.</summary>
    /// <exception cref="FormatException">An address is wrong; one line says how.</exception>
    public void Switch(ClusterTarget target)
    {
        var next = Open(target with { NameServers = NameServerList.Parse(string.Join(';', target.NameServers)) });
        RocketMQConnection former;
        lock (_lock)
        {
            former = _current.Connection;
            _former.Add(former);
            _current = next;
        }

        _ = Task.Delay(Grace).ContinueWith(_ => EndAsync(former), TaskScheduler.Default);
    }

    /// <summary>Whether the cluster answers when asked so, before it is asked so by everybody: name servers, then a broker.</summary>
    /// <exception cref="RocketMQException">It doesn't.</exception>
    public async Task TestAsync(ClusterTarget target)
    {
        await using var connection = target.Connect(_loggers);
        var admin = new RocketMQAdmin(connection);
        var brokers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var address in target.NameServers)
        {
            var info = await admin.GetClusterInfoAsync(address).ConfigureAwait(false);
            brokers.UnionWith(info.BrokerAddrTable.Values.SelectMany(static group => group.BrokerAddrs.Values));
        }

        // One that is dead says nothing about the way; one that answers is enough, and one that refuses is told.
        Exception? failure = null;
        foreach (var broker in brokers)
        {
            try
            {
                await admin.Brokers.GetRuntimeInfoAsync(broker).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (ClusterReader.IsClusterFault(e))
            {
                failure = failure is RocketMQResponseException ? failure : e;
            }
        }

        if (failure is not null) throw new NotTakenException(failure);
    }

    public async ValueTask DisposeAsync()
    {
        List<RocketMQConnection> all;
        lock (_lock) all = [.. _former, _current.Connection];
        foreach (var connection in all) await connection.DisposeAsync().ConfigureAwait(false);
    }

    private (ClusterTarget Target, RocketMQConnection Connection, RocketMQAdmin Admin) Open(ClusterTarget target)
    {
        var connection = target.Connect(_loggers);
        return (target, connection, new RocketMQAdmin(connection));
    }

    private async Task EndAsync(RocketMQConnection former)
    {
        lock (_lock)
        {
            if (!_former.Remove(former)) return;
        }

        await former.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>The name servers answer, but no broker does; nothing was changed.</summary>
public sealed class NotTakenException(Exception reason) : RocketMQException($"nothing was changed, for no broker answers when asked so: {AclRefusal.Of(reason)?.Text ?? reason.Message}", reason)
{
    public override string? Advice => AclRefusal.Of(InnerException!)?.Advice ?? (InnerException as RocketMQException)?.Advice ?? "check the address that brokers advertise, their VIP ports, and whether both sides or none speak TLS";
}
