using RocketAspire.Client;

namespace RocketAspire.Console.Cluster;

/// <summary>The way to the cluster. Name servers may be changed while pages are open.</summary>
public sealed class ClusterGateway(ConsoleOptions options, ILoggerFactory loggers) : IAsyncDisposable
{
    // A page must say soon that a node is silent.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly List<RocketMQConnection> _former = [];
    private (RocketMQConnection Connection, RocketMQAdmin Admin) _current = Open(options.NameServers, loggers);

    public RocketMQAdmin Admin => Current.Admin;

    public RocketMQConnection Connection => Current.Connection;

    public IReadOnlyList<string> NameServers => Connection.NameServers;

    private (RocketMQConnection Connection, RocketMQAdmin Admin) Current
    {
        get
        {
            lock (_lock) return _current;
        }
    }

    /// <summary>Asks these from now on.</summary>
    /// <exception cref="FormatException">An address is wrong; one line says how.</exception>
    public void Switch(IEnumerable<string> nameServers)
    {
        var next = Open(NameServerList.Parse(string.Join(';', nameServers)), loggers);
        lock (_lock)
        {
            // What is under way ends on the connection that it began with.
            _former.Add(_current.Connection);
            _current = next;
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<RocketMQConnection> all;
        lock (_lock) all = [.. _former, _current.Connection];
        foreach (var connection in all) await connection.DisposeAsync().ConfigureAwait(false);
    }

    private static (RocketMQConnection Connection, RocketMQAdmin Admin) Open(IReadOnlyList<string> nameServers, ILoggerFactory loggers)
    {
        var connection = new RocketMQConnection(new RocketMQClientOptions { NameServers = nameServers, RequestTimeout = Timeout, ConnectTimeout = Timeout }, loggers);
        return (connection, new RocketMQAdmin(connection));
    }
}
