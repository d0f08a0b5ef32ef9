using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RocketAspire.Remoting;

/// <summary>Listens and answers. Kestrel's socket transport is used by itself: no host and no container to start.</summary>
public sealed class RemotingServer : IAsyncDisposable
{
    private readonly List<IConnectionListener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly RequestDispatcher _dispatcher;
    private readonly RemotingServerOptions _options;
    private readonly ConnectionSet _connections;
    private readonly ILogger _logger;
    private int _stopped;

    private RemotingServer(RequestDispatcher dispatcher, RemotingServerOptions options, ILogger logger)
    {
        _dispatcher = dispatcher;
        _options = options;
        _logger = logger;
        _connections = new ConnectionSet(options);
    }

    /// <summary>Raised once for each connection that ended, after its calls have failed.</summary>
    public event Action<RemotingConnection>? Closed;

    /// <summary>Where it listens, in the order asked for; port 0 has become a real one.</summary>
    public IReadOnlyList<IPEndPoint> BoundEndpoints { get; private set; } = [];

    public ICollection<RemotingConnection> Connections => _connections.Connections;

    /// <summary>Binds all endpoints, then accepts.</summary>
    /// <exception cref="RemotingBindException">One of the endpoints can't be had; none is bound then.</exception>
    public static async Task<RemotingServer> StartAsync(
        IReadOnlyList<IPEndPoint> listen,
        RequestDispatcher dispatcher,
        RemotingServerOptions options,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken)
    {
        var server = new RemotingServer(dispatcher, options, loggerFactory.CreateLogger<RemotingServer>());
        try
        {
            await server.BindAsync(listen, loggerFactory, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return server;
    }

    /// <summary>Stops accepting, waits up to the grace for requests in work, sends their answers and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        foreach (var listener in _listeners) await listener.UnbindAsync().ConfigureAwait(false);
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        await _connections.StopAsync(_options.StopGrace).ConfigureAwait(false);
        foreach (var listener in _listeners) await listener.DisposeAsync().ConfigureAwait(false);
        _connections.Dispose();
    }

    private async Task BindAsync(IReadOnlyList<IPEndPoint> listen, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var factory = new SocketTransportFactory(Options.Create(TransportOptions.ForServer()), loggerFactory);
        var bound = new List<IPEndPoint>();
        foreach (var endpoint in listen)
        {
            var listener = await BindAsync(factory, endpoint, cancellationToken).ConfigureAwait(false);
            _listeners.Add(listener);
            bound.Add((IPEndPoint)listener.EndPoint);
            Log.Listening(_logger, listener.EndPoint.ToString()!);
        }

        BoundEndpoints = bound;
        foreach (var listener in _listeners) _accepting.Add(AcceptAsync(listener));
    }

    private static async Task<IConnectionListener> BindAsync(SocketTransportFactory factory, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await factory.BindAsync(endpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (AddressInUseException e)
        {
            var holder = PortHolder.Describe(endpoint.Port);
            throw new RemotingBindException(endpoint, holder is null ? "the address is in use" : $"the address is in use by {holder}", e);
        }
        catch (SocketException e)
        {
            throw new RemotingBindException(endpoint, e.Message, e);
        }
    }

    private async Task AcceptAsync(IConnectionListener listener)
    {
        while (true)
        {
            try
            {
                if (await listener.AcceptAsync().ConfigureAwait(false) is not { } transport) return;
                var connection = new RemotingConnection(transport, _dispatcher, _options, _logger);
                connection.Closed += ended => Closed?.Invoke(ended);
                _connections.Run(connection);
            }
            catch (Exception e) when (Volatile.Read(ref _stopped) == 0)
            {
                // Out of descriptors, mostly: others may end meanwhile.
                Log.AcceptFailed(_logger, listener.EndPoint.ToString()!, e.Message.ReplaceLineEndings(" "));
                await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            }
            catch (Exception)
            {
                return;
            }
        }
    }
}
