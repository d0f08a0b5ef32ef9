using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>
/// Asks servers: one connection an address, made on first use and again after a loss; callers that come together share one attempt.
/// </summary>
public sealed class RemotingClient : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly RemotingClientOptions _options;
    private readonly RequestDispatcher _dispatcher;
    private readonly ConnectionSet _connections;
    private readonly ILogger _logger;
    private int _disposed;

    /// <param name="options">Limits and times.</param>
    /// <param name="loggerFactory">Where to log.</param>
    /// <param name="callbacks">What servers may ask of this side (group changed, check transaction…).</param>
    public RemotingClient(RemotingClientOptions options, ILoggerFactory loggerFactory, IEnumerable<IRequestProcessor>? callbacks = null)
    {
        _options = options;
        _logger = loggerFactory.CreateLogger<RemotingClient>();
        _dispatcher = new RequestDispatcher(callbacks ?? [], _logger);
        _connections = new ConnectionSet(options);
    }

    /// <summary>Raised once for each connection that ended, with the address it was made for.</summary>
    public event Action<string, RemotingConnection>? ConnectionClosed;

    /// <summary>Addresses with an open connection.</summary>
    public IReadOnlyCollection<string> ConnectedAddresses => [.. _slots.Where(static entry => entry.Value.Open is not null).Select(static entry => entry.Key)];

    /// <summary>Asks the server at <c>ip:port</c>; the timeout covers connecting too.</summary>
    /// <exception cref="RemotingConnectException">No connection; nothing was sent.</exception>
    /// <exception cref="RemotingTimeoutException">No answer in time.</exception>
    /// <exception cref="RemotingSendException">The connection ended before the answer.</exception>
    public async ValueTask<RemotingCommand> InvokeAsync(string address, RemotingCommand request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (Slots(address).Open is { } open) return await open.InvokeAsync(request, timeout, cancellationToken).ConfigureAwait(false);

        var started = _options.Time.GetTimestamp();
        var connection = await ConnectAsync(address, timeout, cancellationToken).ConfigureAwait(false);
        var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - _options.Time.GetElapsedTime(started);
        if (left <= TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan) throw new RemotingTimeoutException(address, request.Code, timeout);
        return await connection.InvokeAsync(request, left, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends without wanting an answer; waits only to connect, or while the peer doesn't read.</summary>
    /// <exception cref="RemotingConnectException">No connection; nothing was sent.</exception>
    /// <exception cref="TimeoutException">The peer took nothing in time.</exception>
    public async ValueTask SendOnewayAsync(string address, RemotingCommand request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var connection = Slots(address).Open ?? await ConnectAsync(address, timeout, cancellationToken).ConfigureAwait(false);
        var writable = connection.WaitUntilWritableAsync();
        if (!writable.IsCompleted) await writable.WaitAsync(timeout, _options.Time, cancellationToken).ConfigureAwait(false);
        connection.SendOneway(request);
    }

    /// <summary>The open connection to that address, made if need be.</summary>
    /// <exception cref="RemotingConnectException">There is none to be had.</exception>
    public async ValueTask<RemotingConnection> ConnectAsync(string address, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        var attempt = Slots(address).Get(() => OpenAsync(address));
        try
        {
            return await attempt.WaitAsync(timeout, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RemotingConnectException(address, $"no connection within {timeout.TotalMilliseconds:0} ms");
        }
    }

    /// <summary>Closes the connection to that address, if there is one; what waits on it fails.</summary>
    public void CloseConnection(string address)
    {
        if (_slots.TryGetValue(address, out var slot)) slot.Open?.Close();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        foreach (var connection in _connections.Connections) connection.Close();
        await _connections.StopAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        _connections.Dispose();
    }

    private Slot Slots(string address) => _slots.GetOrAdd(address, static _ => new Slot());

    private async Task<RemotingConnection> OpenAsync(string address)
    {
        var endpoint = ParseAddress(address);
        var socket = endpoint is IPEndPoint ip
            ? new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            using var limit = new CancellationTokenSource(_options.ConnectTimeout, _options.Time);
            var stream = await _options.Network.ConnectAsync(socket, endpoint, _options.PeerOf(address), limit.Token).ConfigureAwait(false);
            if (_options.Tls is { } tls) stream = await tls.ConnectAsync(stream, Host(address), limit.Token).ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            var connection = new RemotingConnection(socket, stream, _dispatcher, _options, _logger);
            connection.Closed += ended => ConnectionClosed?.Invoke(address, ended);
            Log.Connected(_logger, address);
            _connections.Run(connection);
            return connection;
        }
        catch (OperationCanceledException e)
        {
            socket.Dispose();
            throw new RemotingConnectException(address, $"no connection within {_options.ConnectTimeout.TotalMilliseconds:0} ms", e);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            socket.Dispose();
            throw new RemotingConnectException(address, "TLS: " + (e.InnerException ?? e).Message.ReplaceLineEndings(" "), e);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new RemotingConnectException(address, e.Message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static EndPoint ParseAddress(string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), out var port) || port == 0)
            throw new RemotingConnectException(address, "the address is not of the form ip:port");
        var host = Host(address);
        return IPAddress.TryParse(host, out var ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(host, port);
    }

    private static string Host(string address) => address[..address.LastIndexOf(':')].Trim('[', ']');

    /// <summary>The connection of one address, or the attempt to make it.</summary>
    private sealed class Slot
    {
        private readonly Lock _gate = new();
        private Task<RemotingConnection>? _attempt;

        public RemotingConnection? Open => Volatile.Read(ref _attempt) is { IsCompletedSuccessfully: true } done && done.Result.IsOpen ? done.Result : null;

        public Task<RemotingConnection> Get(Func<Task<RemotingConnection>> open)
        {
            lock (_gate)
            {
                // A finished attempt that failed, or whose connection has ended, is replaced.
                if (_attempt is { } current && (!current.IsCompleted || Open is not null)) return current;
                return _attempt = Task.Run(open);
            }
        }
    }
}
