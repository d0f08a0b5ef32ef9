using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Remoting;

/// <summary>Listens and answers. Plain sockets: no host and no container to start.</summary>
public sealed class RemotingServer : IAsyncDisposable
{
    private const int Backlog = 1024;

    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly RequestDispatcher _dispatcher;
    private readonly RemotingServerOptions _options;
    private readonly ConnectionSet _connections;
    private readonly ILogger _logger;
    private bool _aborted;
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
            cancellationToken.ThrowIfCancellationRequested();
            server.Bind(listen);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return server;
    }

    /// <summary>Stops accepting and ends all connections at once; answers that are under way are lost. <see cref="DisposeAsync"/> cleans up.</summary>
    public void Abort()
    {
        Volatile.Write(ref _aborted, true);
        foreach (var listener in _listeners) listener.Dispose();
        foreach (var connection in _connections.Connections) connection.Close();
    }

    /// <summary>Stops accepting, waits up to the grace for requests in work, sends their answers and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        foreach (var listener in _listeners) listener.Dispose();
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        await _connections.StopAsync(_options.StopGrace).ConfigureAwait(false);
        _connections.Dispose();
    }

    private void Bind(IReadOnlyList<IPEndPoint> listen)
    {
        foreach (var endpoint in listen)
        {
            // 0.0.0.0 is IPv4 only, :: is both; either as the caller says.
            var listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _listeners.Add(listener);
            try
            {
                if (endpoint.Address.Equals(IPAddress.IPv6Any)) listener.DualMode = true;
                listener.Bind(endpoint);
                listener.Listen(Backlog);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                var holder = PortHolder.Describe(endpoint.Port);
                throw new RemotingBindException(endpoint, holder is null ? "the address is in use" : $"the address is in use by {holder}", e);
            }
            catch (SocketException e)
            {
                throw new RemotingBindException(endpoint, e.Message, e);
            }
        }

        BoundEndpoints = [.. _listeners.Select(static listener => (IPEndPoint)listener.LocalEndPoint!)];
        for (var i = 0; i < _listeners.Count; i++)
        {
            var endpoint = BoundEndpoints[i].ToString();
            Log.Listening(_logger, endpoint);
            _accepting.Add(AcceptAsync(_listeners[i], endpoint));
        }
    }

    private async Task AcceptAsync(Socket listener, string endpoint)
    {
        while (true)
        {
            Socket? socket = null;
            try
            {
                socket = await listener.AcceptAsync().ConfigureAwait(false);
                socket.NoDelay = true;
                var connection = new RemotingConnection(socket, _options.Network.Accept(socket, peer: null), _dispatcher, _options, _logger);
                connection.Closed += ended => Closed?.Invoke(ended);
                _connections.Run(connection);
                // It came in between: the abort may not have seen it.
                if (Volatile.Read(ref _aborted)) connection.Close();
            }
            catch (Exception e)
            {
                socket?.Dispose();
                if (Volatile.Read(ref _stopped) != 0 || Volatile.Read(ref _aborted)) return;
                // The peer was gone before it was taken, or descriptors have run out: then others may end meanwhile.
                Log.AcceptFailed(_logger, endpoint, e.Message.ReplaceLineEndings(" "));
                if (socket is null) await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            }
        }
    }
}
