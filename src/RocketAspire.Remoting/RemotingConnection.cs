using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Remoting;

/// <summary>One TCP connection that speaks remoting, the same on both sides: either may ask, either may answer.</summary>
public sealed class RemotingConnection
{
    private static readonly TimeSpan LastSendGrace = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly Stream _wire;

    // What is read and written: the wire, or TLS over it.
    private Stream _stream;
    private readonly CancellationTokenSource _closed = new();
    private readonly RemotingOptions _options;
    private readonly ILogger _logger;
    private readonly CallTable _calls;
    private readonly OutputQueue _output;
    private readonly FramePump _pump;
    private readonly TagBag _tags = new();
    private readonly AclCredentials? _credentials;
    private string? _closeReason;
    private long _lastActivity;

    /// <param name="socket">Connected.</param>
    /// <param name="stream">What is read and written: the socket itself, or what the peer network put around it. Owns the socket.</param>
    /// <param name="dispatcher">Answers what the peer asks.</param>
    /// <param name="options">Limits and times.</param>
    /// <param name="logger">Where to log.</param>
    internal RemotingConnection(Socket socket, Stream stream, RequestDispatcher dispatcher, RemotingOptions options, ILogger logger)
    {
        _socket = socket;
        _wire = _stream = stream;
        _options = options;
        _logger = logger;
        _credentials = (options as RemotingClientOptions)?.Credentials;
        RemoteEndPoint = Unmapped(socket.RemoteEndPoint);
        LocalEndPoint = Unmapped(socket.LocalEndPoint);
        RemoteAddress = RemoteEndPoint.ToString();
        _calls = new CallTable(options.Time, RemoteAddress);
        _output = new OutputQueue(_stream, options);
        _pump = new FramePump(this, _stream, _output, _calls, dispatcher, options, logger);
        // Taken now: the source is disposed of at the end, its token stays good.
        ConnectionClosed = _closed.Token;
        Touch();
    }

    /// <summary>Raised once, after the connection has ended and all its calls have failed.</summary>
    public event Action<RemotingConnection>? Closed;

    public IPEndPoint RemoteEndPoint { get; }

    public IPEndPoint LocalEndPoint { get; }

    /// <summary>The peer as <c>ip:port</c>.</summary>
    public string RemoteAddress { get; }

    public bool IsOpen => Volatile.Read(ref _closeReason) is null;

    /// <summary>Cancelled when the connection ends.</summary>
    public CancellationToken ConnectionClosed { get; }

    /// <summary>Requests in work or waiting for an answer.</summary>
    internal int Busy => _pump.InFlight + _calls.Count;

    internal TimeSpan IdleFor => _options.Time.GetElapsedTime(Volatile.Read(ref _lastActivity));

    /// <summary>What this connection carries of that type, or null.</summary>
    public T? GetTag<T>()
        where T : class => _tags.Get<T>();

    /// <summary>The tag of that type, made on first use.</summary>
    public T GetOrAddTag<T>(Func<T> create)
        where T : class => _tags.GetOrAdd(create);

    /// <summary>Puts the tag in the place of one of its type.</summary>
    public void SetTag<T>(T tag)
        where T : class => _tags.Set(tag);

    /// <summary>The other side turned out to be a node, not a client. See <see cref="IPeerNetwork"/> for how it is called and what is waited for.</summary>
    public ValueTask IdentifyPeerAsync(string peer, CancellationToken cancellationToken) => _options.Network.IdentifyAsync(_wire, peer, cancellationToken);

    /// <summary>Sends an answer made after its processor returned null. Never waits; on a closed connection it does nothing.</summary>
    public void Respond(RemotingCommand response)
    {
        response.Flag |= 1;
        try
        {
            Write(response);
        }
        catch (RemotingFrameException e)
        {
            Write(response.CreateResponse(ResponseCode.SystemError, "the answer can't be sent: " + e.Message));
        }
    }

    /// <summary>Asks the peer. The request's opaque is set here.</summary>
    /// <exception cref="RemotingTimeoutException">No answer in time.</exception>
    /// <exception cref="RemotingSendException">The connection ended first.</exception>
    public async ValueTask<RemotingCommand> InvokeAsync(RemotingCommand request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _credentials?.Sign(request);
        var call = _calls.Add(request, timeout);
        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((CallTable.Call)state!).TrySetCanceled(token), call).ConfigureAwait(false);
        try
        {
            // A peer that doesn't read: the call's own clock ends the wait.
            if (_output.IsPaused) await Task.WhenAny(_output.WaitUntilResumedAsync(), call.Task).ConfigureAwait(false);
            if (!call.Task.IsCompleted) Write(request);
            return await call.Task.ConfigureAwait(false);
        }
        finally
        {
            if (!call.Task.IsCompletedSuccessfully) _calls.Remove(call);
        }
    }

    /// <summary>Sends and expects no answer. Never waits; on a closed connection it does nothing.</summary>
    public void SendOneway(RemotingCommand request)
    {
        request.MarkOneway();
        _credentials?.Sign(request);
        Write(request);
    }

    /// <summary>Ends the connection at once; answers not yet sent are lost.</summary>
    public void Close() => Close("closed by this side", null);

    public override string ToString() => RemoteAddress;

    /// <summary>Waits until the peer has taken enough of what was written.</summary>
    internal Task WaitUntilWritableAsync() => _output.IsPaused ? _output.WaitUntilResumedAsync() : Task.CompletedTask;

    internal void Close(string reason, string? warning)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is not null) return;
        if (warning is not null) Log.ClosingForCause(_logger, RemoteAddress, warning);
        _output.Close();
        Volatile.Read(ref _stream).Dispose();
    }

    /// <summary>Lets what was written go out and says that no more comes: the peer then ends the connection.</summary>
    internal async Task FinishAsync(TimeSpan grace)
    {
        await DrainAsync(grace).ConfigureAwait(false);
        try
        {
            if (_stream is SslStream secured) await secured.ShutdownAsync().ConfigureAwait(false);
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>Reads until the end of the connection.</summary>
    internal async Task RunAsync()
    {
        var reason = "closed by the peer";
        try
        {
            if (_options is RemotingServerOptions { Tls: { } tls }) await SecureAsync(tls).ConfigureAwait(false);
            await _pump.RunAsync().ConfigureAwait(false);
        }
        catch (RemotingFrameException e)
        {
            reason = "broken frame: " + e.Message;
            Close(reason, reason);
        }
        catch (AuthenticationException e)
        {
            reason = "TLS: " + (e.InnerException ?? e).Message.ReplaceLineEndings(" ");
            Close(reason, reason);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            reason = e.Message.ReplaceLineEndings(" ");
        }
        finally
        {
            await EndAsync(reason).ConfigureAwait(false);
        }
    }

    private async Task SecureAsync(TlsServer tls)
    {
        var stream = await tls.AcceptAsync(_socket, _wire, CancellationToken.None).ConfigureAwait(false);
        if (ReferenceEquals(stream, _wire)) return;
        _pump.UseStream(stream);
        _output.UseStream(stream);
        Volatile.Write(ref _stream, stream);
        // A close in between has only seen the wire.
        if (!IsOpen) await stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task EndAsync(string reason)
    {
        Interlocked.CompareExchange(ref _closeReason, reason, null);
        _calls.Close(_closeReason!);
        // A peer that has only closed its own side still wants its answers.
        await DrainAsync(LastSendGrace).ConfigureAwait(false);
        _output.Close();
        await _stream.DisposeAsync().ConfigureAwait(false);
        Log.Closed(_logger, RemoteAddress, _closeReason!);
        try
        {
            Closed?.Invoke(this);
            await _closed.CancelAsync().ConfigureAwait(false);
            _closed.Dispose();
        }
        catch (Exception e)
        {
            Log.ClosedHandlerFailed(_logger, RemoteAddress, e);
        }
    }

    private async Task DrainAsync(TimeSpan grace)
    {
        try
        {
            await _output.DrainAsync().WaitAsync(grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The peer doesn't read: it loses the rest.
        }
    }

    internal void Write(RemotingCommand command)
    {
        if (!IsOpen) return;
        Touch();
        if (!_output.Write(command)) Close("the peer does not read", $"{_output.Gathered} bytes wait and the peer does not read");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Touch() => Volatile.Write(ref _lastActivity, _options.Time.GetTimestamp());

    /// <summary>An IPv4 peer on a dual-stack listener shows its IPv4 address.</summary>
    private static IPEndPoint Unmapped(EndPoint? endpoint)
    {
        var ip = endpoint as IPEndPoint ?? new IPEndPoint(IPAddress.None, 0);
        return ip.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port) : ip;
    }
}
