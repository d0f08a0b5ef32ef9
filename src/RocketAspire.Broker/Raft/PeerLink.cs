using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Raft;

/// <summary>The connection by which this node talks to one peer; made again as soon as it can be. The peer answers on its own.</summary>
internal sealed class PeerLink(RaftPeer peer, RemotingClient client, Action<RaftPeer> refused, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private volatile RemotingConnection? _connection;
    private volatile TaskCompletionSource _nudged = NewSource();
    private Task _loop = Task.CompletedTask;
    private bool _told;

    public RaftPeer Peer => peer;

    public bool IsOpen => _connection is { IsOpen: true };

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Lost when there is no connection: the core sends again what matters.</summary>
    public void Send(RemotingCommand message) => _connection?.SendOneway(message);

    /// <summary>The peer was heard: if there is no connection to it, now is the time to make one.</summary>
    public void Nudge()
    {
        if (!IsOpen) _nudged.TrySetResult();
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var retry = FirstRetry;
        while (!_stop.IsCancellationRequested)
        {
            if (await TryConnectAsync().ConfigureAwait(false) is { } connection)
            {
                _connection = connection;
                RaftLog.Connected(logger, peer.Id, peer.Address);
                _told = false;
                var since = time.GetTimestamp();
                await EndOfAsync(connection).ConfigureAwait(false);
                _connection = null;
                // At once: whether it is refused tells a dead process from a broken line. Unless it ends as soon as it is made.
                if (time.GetElapsedTime(since) >= LongestRetry)
                {
                    retry = FirstRetry;
                    continue;
                }
            }

            await PauseAsync(retry).ConfigureAwait(false);
            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }
    }

    private async Task<RemotingConnection?> TryConnectAsync()
    {
        try
        {
            return await client.ConnectAsync(peer.Address, ConnectTimeout, _stop.Token).ConfigureAwait(false);
        }
        catch (RemotingConnectException e)
        {
            if (!_told) RaftLog.Unreachable(logger, peer.Id, peer.Address, e.Message);
            _told = true;
            if (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused }) refused(peer);
            return null;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    private async Task EndOfAsync(RemotingConnection connection)
    {
        var ended = NewSource();
        using var closed = connection.ConnectionClosed.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), ended);
        using var stop = _stop.Token.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), ended);
        await ended.Task.ConfigureAwait(false);
    }

    private async Task PauseAsync(TimeSpan atMost)
    {
        try
        {
            await _nudged.Task.WaitAsync(atMost, time, _stop.Token).ConfigureAwait(false);
            _nudged = NewSource();
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Time to try again, or to end.
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
