using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>A slave's part: finds its master, agrees with it about the log, follows it, and starts over when it is lost.</summary>
internal sealed class SlaveReplication : IReplication
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1);

    private readonly ReplicationOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ReplicationStateFile _state;
    private readonly SlaveSession _session;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private MasterAddresses? _master;
    private TaskCompletionSource _masterChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _following = Task.CompletedTask;

    public SlaveReplication(
        ReplicationOptions options, MessageStore store, IReadOnlyList<IReplicatedTable> tables, ReplicationStateFile state,
        RemotingClient client, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _state = state;
        _session = new(options, store, tables, state, client, time, logger);
        _master = options.HaMasterAddress is { Length: > 0 } configured ? MasterAddresses.FromHa(configured) : null;
    }

    public ReplicationRole Role => ReplicationRole.Slave;

    /// <summary>Never: which node is the master is a matter of settings.</summary>
    public event Action? RoleChanged
    {
        add { }
        remove { }
    }

    public bool CoversDisk => false;

    public string? HaServerAddress => null;

    public string? MasterHaAddress
    {
        get
        {
            lock (_lock)
            {
                return _master?.Ha;
            }
        }
    }

    public bool WantsMaster => MasterHaAddress is null;

    public IReadOnlyList<IRequestProcessor> Processors => [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _state.LoadAsync(cancellationToken).ConfigureAwait(false);
        _following = Task.Run(FollowAsync, cancellationToken);
    }

    public bool AcceptsWrites(out string reason)
    {
        reason = "this broker is a slave";
        return false;
    }

    public ValueTask<ReplicationAck> WaitReplicatedAsync(AppendResult appended, CancellationToken cancellationToken) => new(ReplicationAck.Ok);

    public HaRuntimeInfo HaStatus() => new() { Client = _session.Status(MasterHaAddress) };

    public void OnRegistered(string? masterAddress, string? haServerAddress)
    {
        // A name server that knows no master now (it went down) takes nothing away: the address is tried on.
        if (MasterAddresses.From(masterAddress, haServerAddress) is not { } told || _options.HaMasterAddress is { Length: > 0 })
        {
            return;
        }
        TaskCompletionSource? changed = null;
        lock (_lock)
        {
            if (_master != told)
            {
                _master = told;
                changed = _masterChanged;
                _masterChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
        changed?.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _state.Dispose();
        _stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        var retry = FirstRetry;
        while (!_stopping.IsCancellationRequested)
        {
            var (master, changed) = Current();
            if (master is null)
            {
                await changed.WaitAsync(_stopping.Token).ConfigureAwait(false);
                continue;
            }
            using var moved = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            var outcome = await RunSessionAsync(master, changed, moved).ConfigureAwait(false);
            retry = outcome == SessionOutcome.GotOn ? FirstRetry : retry;
            if (outcome != SessionOutcome.AskAgain)
            {
                await PauseAsync(retry, changed).ConfigureAwait(false);
                retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
            }
        }
    }

    private async Task<SessionOutcome> RunSessionAsync(MasterAddresses master, Task changed, CancellationTokenSource moved)
    {
        var running = _session.RunAsync(master, moved.Token);
        if (await Task.WhenAny(running, changed).ConfigureAwait(false) == changed)
        {
            await moved.CancelAsync().ConfigureAwait(false);
        }
        try
        {
            return await running.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return SessionOutcome.AskAgain;
        }
        catch (Exception e)
        {
            // A store that can't go on (poisoned, full): said each time, and tried again at the slowest pace.
            ReplicationLog.MasterLost(_logger, master.Remoting, e.Message);
            return SessionOutcome.Failed;
        }
    }

    private async Task PauseAsync(TimeSpan pause, Task changed)
    {
        try
        {
            await changed.WaitAsync(pause, _time, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Time to try again, or to stop.
        }
    }

    private (MasterAddresses? Master, Task Changed) Current()
    {
        lock (_lock)
        {
            return (_master, _masterChanged.Task);
        }
    }
}

/// <summary>Where a slave's master listens, both as <c>ip:port</c>.</summary>
internal sealed record MasterAddresses(string Remoting, string Ha)
{
    /// <summary>From a name server's answer: what it doesn't say is one port further, as it is unless haListenPort was set. Null when it says nothing usable.</summary>
    public static MasterAddresses? From(string? masterAddress, string? haServerAddress) => (masterAddress, haServerAddress) switch
    {
        ({ Length: > 0 }, { Length: > 0 }) => new(masterAddress, haServerAddress),
        ({ Length: > 0 }, _) when Shift(masterAddress, 1) is { } ha => new(masterAddress, ha),
        (_, { Length: > 0 }) => FromHa(haServerAddress),
        _ => null,
    };

    public static MasterAddresses? FromHa(string haAddress) => Shift(haAddress, -1) is { } remoting ? new(remoting, haAddress) : null;

    private static string? Shift(string address, int by)
    {
        var colon = address.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), out var port) && port + by is > 0 and <= ushort.MaxValue
            ? $"{address.AsSpan(0, colon)}:{port + by}"
            : null;
    }
}
