using System.Net;
using Microsoft.Extensions.Logging;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Raft;

/// <summary>
/// The group's one address, open only here while this node leads, so that clients which don't look at the route for a while
/// find the next leader where the last one was. Where it is not to be had the leader goes by its own address and tries on.
/// </summary>
internal sealed class LeaderAddress : IAsyncDisposable
{
    // Where old clients with the fast channel on go.
    private const int VipPortDistance = 2;
    private const int FirstRetries = 20;
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);

    // The last leader may hold it until it knows that it leads no more, which takes it less than a second.
    private static readonly TimeSpan FirstRetryEvery = TimeSpan.FromMilliseconds(100);

    private readonly IPEndPoint _endpoint;
    private readonly Func<IPEndPoint, bool, Task<RemotingServer>> _listen;
    private readonly ILogger _logger;
    private readonly ITimer _retry;
    private readonly Lock _gate = new();
    private RemotingServer? _server;
    private RemotingServer? _vip;
    private Task _closing = Task.CompletedTask;

    // Guarded by _gate: the term it is to be open for (0: none), and the last one that ended.
    private int _term;
    private int _endedTerm;
    private bool _told;
    private int _retries;

    /// <param name="endpoint">The address.</param>
    /// <param name="listen">Opens a listener that answers all that the broker answers, or what its VIP port does.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public LeaderAddress(IPEndPoint endpoint, Func<IPEndPoint, bool, Task<RemotingServer>> listen, TimeProvider time, ILogger logger)
    {
        _endpoint = endpoint;
        _listen = listen;
        _logger = logger;
        _retry = time.CreateTimer(static self => ((LeaderAddress)self!).Retry(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It opened after the leader had begun to go by its own address.</summary>
    public event Action? OpenedLate;

    public bool IsOpen
    {
        get
        {
            lock (_gate) return _server is not null;
        }
    }

    /// <summary>This node serves as leader of that term.</summary>
    public void Open(int term)
    {
        lock (_gate)
        {
            if (term <= _endedTerm) return;
            _term = term;
            _retries = 0;
            TryOpen();
            if (_server is null) _retry.Change(FirstRetryEvery, FirstRetryEvery);
        }
    }

    /// <summary>It leads that term no more: the listener and all its connections are gone when this returns.</summary>
    public void Close(int term)
    {
        lock (_gate)
        {
            _endedTerm = Math.Max(_endedTerm, term);
            _term = 0;
            _told = false;
            _retry.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            foreach (var server in (RemotingServer?[])[_server, _vip])
            {
                if (server is null) continue;
                server.Abort();
                _closing = Task.WhenAll(_closing, server.DisposeAsync().AsTask());
            }

            _server = _vip = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close(int.MaxValue);
        await _retry.DisposeAsync().ConfigureAwait(false);
        await _closing.ConfigureAwait(false);
    }

    private void Retry()
    {
        lock (_gate)
        {
            if (_term == 0 || _server is not null) return;
            TryOpen();
            if (_server is null)
            {
                if (++_retries == FirstRetries) _retry.Change(RetryEvery, RetryEvery);
                return;
            }

            _retry.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        OpenedLate?.Invoke();
    }

    private void TryOpen()
    {
        try
        {
            // Binding completes at once.
            _server = _listen(_endpoint, false).GetAwaiter().GetResult();
        }
        catch (RemotingBindException e)
        {
            if (!_told) RaftLog.LeaderAddressTaken(_logger, _endpoint.ToString(), e.Message);
            _told = true;
            return;
        }

        RaftLog.LeaderAddressOpen(_logger, _endpoint.ToString());
        try
        {
            if (_endpoint.Port > VipPortDistance) _vip = _listen(new IPEndPoint(_endpoint.Address, _endpoint.Port - VipPortDistance), true).GetAwaiter().GetResult();
        }
        catch (RemotingBindException)
        {
            // Somebody's else: those few clients find the leader by its route.
        }
    }
}
