using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>
/// Drives the core: one thread takes what comes in (peers' messages, time, news of the log), asks the core, and carries out
/// its answer before it asks again.
/// </summary>
/// <remarks>
/// No timer stands between an append and its way to the peers: the append wakes the loop, which reads what has gathered in the
/// log since it last looked. While the loop works, more gathers; so many appends share one message, as they share one sync.
/// </remarks>
internal sealed class RaftNode : IAsyncDisposable
{
    private const int TickMs = 10;

    // Beyond it messages are lost, which the core bears: a sender keeps far less on its way.
    private const int MaxInbox = 100_000;

    // So long without a leader is told of.
    private const int LeaderlessMs = 3000;

    private readonly RaftGroupOptions _options;
    private readonly RaftCore _core;
    private readonly RaftOutputs _outputs;
    private readonly PeerTransport _transport;
    private readonly LogScrubber _scrubber;
    private readonly RaftStateSaver _states;
    private readonly MessageStore _store;
    private readonly IRaftOwner _owner;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _started;
    private readonly ConcurrentQueue<Action<RaftCore, long>> _inbox = new();
    private readonly Wakeup _wakeup = new();
    private readonly Thread _thread;
    private int _inboxCount;
    private int _logMoved = 1;
    private long _lastTickMs = -TickMs;
    private long _lastTurn;
    private long _leaderlessSinceMs;
    private string _toldReason = "";
    private volatile bool _stopping;

    public RaftNode(RaftGroupOptions options, RaftState state, RaftNodeParts parts, IRaftOwner owner, TimeProvider time, ILogger logger)
    {
        _options = options;
        _transport = parts.Transport;
        _scrubber = parts.Scrubber;
        _states = parts.States;
        _store = parts.Store;
        _owner = owner;
        _time = time;
        _logger = logger;
        _started = time.GetTimestamp();
        _lastTurn = _started;
        _core = new RaftCore(CoreOptions(options), state, parts.Log, new Random(), 0);
        if (options.ForceNewGroup) _core.BecomeNewGroupForced();
        _outputs = new RaftOutputs(options.SelfId, _core, parts, owner, OnLogMoved, Publish, () => _stopping, logger);
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "raft-" + options.SelfId };
        Status = StatusNow();
    }

    /// <summary>As of the loop's last turn.</summary>
    public RaftStatus Status { get; private set; }

    /// <summary>How long the loop was not seen to turn: more than a moment means that this process was stopped, and what it knows is old.</summary>
    public TimeSpan SinceLastTurn => _time.GetElapsedTime(Volatile.Read(ref _lastTurn));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _store.Appended += OnLogMoved;
        _store.Flushed += OnLogMoved;
        _transport.Received = OnReceived;
        _transport.Refused = peer => Post((core, now) => core.PeerDown(peer, now));
        await _transport.StartAsync(cancellationToken).ConfigureAwait(false);
        _thread.Start();
        _scrubber.Start();
    }

    /// <summary>Hands the lead to a peer, the one that has most when none is named. It may fail; watch <see cref="Status"/>.</summary>
    public void TransferLeadership(string? to) => Post((core, now) => core.TransferLeadership(to, now));

    /// <summary>Gives up the lead, since this node can't serve, and doesn't ask for it as long as it is so.</summary>
    public void Resign(string reason) => Post((core, now) =>
    {
        if (core.Role == RaftRole.Leader) RaftLog.Resigns(_logger, _options.SelfId, reason);
        core.CanLead = false;
        core.Resign(reason, now);
    });

    /// <summary>What <see cref="Resign"/> was for is over.</summary>
    public void MayLeadAgain() => Post(static (core, _) => core.CanLead = true);

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _wakeup.Set();
        _store.Appended -= OnLogMoved;
        _store.Flushed -= OnLogMoved;
        if (_thread.IsAlive) await Task.Run(_thread.Join).ConfigureAwait(false);
        await _scrubber.DisposeAsync().ConfigureAwait(false);
        await _states.FinishAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    private static RaftOptions CoreOptions(RaftGroupOptions options) => new()
    {
        Group = options.Group,
        SelfId = options.SelfId,
        PeerIds = [.. options.Peers.Select(static peer => peer.Id)],
        ElectionTimeoutMinMs = options.ElectionTimeoutMs.MinMs,
        ElectionTimeoutMaxMs = options.ElectionTimeoutMs.MaxMs,
        HeartbeatMs = options.HeartbeatMs,
        PreferredLeaderId = options.PreferredLeaderId,
    };

    private long NowMs => (long)_time.GetElapsedTime(_started).TotalMilliseconds;

    private void OnLogMoved()
    {
        Volatile.Write(ref _logMoved, 1);
        _wakeup.Set();
    }

    private void OnReceived(string peer, ReadOnlyMemory<byte> bytes)
    {
        RaftMessage message;
        try
        {
            message = RaftMessageCodec.Decode(bytes.Span);
        }
        catch (FormatException e)
        {
            RaftLog.MessageDropped(_logger, peer, e.Message);
            return;
        }

        if (message.Header.From == peer && message.Header.To == _options.SelfId) Post((core, now) => core.Step(message, now));
    }

    private void Post(Action<RaftCore, long> step)
    {
        if (Volatile.Read(ref _inboxCount) >= MaxInbox) return;
        Interlocked.Increment(ref _inboxCount);
        _inbox.Enqueue(step);
        _wakeup.Set();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                Turn();
                _wakeup.Wait(TickMs);
            }
        }
        catch (RaftStoppedException e)
        {
            Stop(e.Message);
        }
        catch (Exception e) when (!_stopping)
        {
            RaftLog.OutputFailed(_logger, _options.SelfId, e.Message, e);
            Stop($"{e.GetType().Name}: {e.Message}");
        }
        catch (Exception)
        {
            // The store was closed under it while stopping.
        }
    }

    private void Stop(string reason)
    {
        _store.CloseAppends();
        RaftLog.Stopped(_logger, reason);
        Status = Status with { Role = RaftRole.Learner, LeaderId = null, Reason = reason };
        _owner.OnLeadershipLost();
        _owner.OnStopped(reason);
    }

    private void Turn()
    {
        // A leader that was stopped for long must not take the answers that waited meanwhile for signs of life.
        if (_core.Role == RaftRole.Leader) Tick();
        Volatile.Write(ref _lastTurn, _time.GetTimestamp());
        var now = NowMs;
        for (var i = 0; i < 256 && _inbox.TryDequeue(out var step); i++)
        {
            Interlocked.Decrement(ref _inboxCount);
            step(_core, now);
            _outputs.CarryOut(now);
        }

        if (!_inbox.IsEmpty) _wakeup.Set();
        if (Interlocked.Exchange(ref _logMoved, 0) != 0)
        {
            _core.LogChanged(now);
            _outputs.CarryOut(now);
        }

        Tick();
        if (_store.IsPoisoned && _core.CanLead)
        {
            _core.CanLead = false;
            _core.Resign("its log can't be synced", NowMs);
            _outputs.CarryOut(NowMs);
        }

        Publish();
    }

    private void Tick()
    {
        var now = NowMs;
        if (now - _lastTickMs < TickMs) return;
        _lastTickMs = now;
        _core.Tick(now);
        _outputs.CarryOut(now);
    }

    private void Publish()
    {
        var before = Status;
        if (before.Role == _core.Role && before.Term == _core.Term && before.LeaderId == _core.LeaderId && before.Member == _core.State.Member && (before.LeaderId is not null || before.Reason == _core.Reason))
        {
            TellWhyLeaderless();
            return;
        }

        Status = StatusNow();
        if (Status.LeaderId is not null || before.LeaderId is not null) _leaderlessSinceMs = NowMs;
        if (before with { Reason = "", Commit = 0 } != Status with { Reason = "", Commit = 0 }) RaftLog.Role(_logger, _options.SelfId, Status.Role, Status.Term, Status.LeaderId ?? "none");
        TellWhyLeaderless();
    }

    /// <summary>Each reason once, when it lasts: an election under way is none.</summary>
    private void TellWhyLeaderless()
    {
        if (Status.LeaderId is not null) _toldReason = "";
        else if (Status.Reason != _toldReason && NowMs - _leaderlessSinceMs >= LeaderlessMs) RaftLog.NoLeader(_logger, _toldReason = Status.Reason);
    }

    private RaftStatus StatusNow() => new(_core.Role, _core.Term, _core.LeaderId, _core.Commit, _core.State.Member, _core.Reason);
}
