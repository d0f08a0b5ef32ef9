using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Client;

namespace RocketAspire.Bench;

/// <summary>A way into the cluster and out of it.</summary>
internal sealed class Way : IAsyncDisposable
{
    private readonly IReadOnlyList<IAsyncDisposable> _connections;

    private Way(ISendPath send, IReceivePath receive, params IReadOnlyList<IAsyncDisposable> connections)
    {
        Send = send;
        Receive = receive;
        _connections = connections;
    }

    public ISendPath Send { get; }

    public IReceivePath Receive { get; }

    /// <summary>By remoting to the brokers.</summary>
    /// <exception cref="BenchException">The topic can't be had.</exception>
    public static async Task<Way> DirectAsync(BenchOptions options, TextWriter? progress, CancellationToken cancellationToken)
    {
        var client = new RocketMQClientOptions { NameServers = options.NameServers, RequestTimeout = options.Timeout, SerializeType = options.Headers };
        var sending = new RocketMQConnection(client, NullLoggerFactory.Instance);
        // A connection of its own: a pulled batch must not stand before the answers to sends.
        var receiving = new RocketMQConnection(client, NullLoggerFactory.Instance);
        var targets = new Targets(sending, options.Topic);
        var way = new Way(new RemotingSendPath(new MessageSender(sending), targets, options), new RemotingReceivePath(receiving, targets, options), sending, receiving);
        try
        {
            if (await TopicSetup.EnsureAsync(sending, targets, options, cancellationToken).ConfigureAwait(false)) progress?.WriteLine($"topic {options.Topic} created");
            return way;
        }
        catch
        {
            await way.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>By gRPC through a proxy.</summary>
    /// <exception cref="BenchException">The proxy can't be asked, or has no such topic.</exception>
    public static async Task<Way> ThroughAsync(string proxy, BenchOptions options, CancellationToken cancellationToken)
    {
        var sending = new ProxyClient(proxy, options);
        var receiving = new ProxyClient(proxy, options);
        try
        {
            await sending.CheckAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            sending.Dispose();
            receiving.Dispose();
            throw;
        }

        return new Way(new ProxySendPath(sending, options), new ProxyReceivePath(receiving, options), sending, receiving);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync().ConfigureAwait(false);
    }
}
