using Microsoft.Extensions.Logging;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>A node's part in a DLedger group: it leads or follows as its group decides, and a leader's writers wait for a majority.</summary>
internal sealed class RaftReplication : IReplication, IRaftOwner
{
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(1);

    // A disk that was full is tried again after so long.
    private static readonly TimeSpan LeadAgainAfter = TimeSpan.FromSeconds(10);

    private readonly RaftGroupOptions _options;
    private readonly RaftNode _node;
    private readonly CommitWaiters _waiters;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _leadAgain;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate: the term that this node leads (0: none), and where it may begin to serve.
    private int _term;
    private long _markerStart;
    private long _markerEnd;
    private bool _appliedAsked;
    private long _electedAt;
    private volatile bool _serving;

    public RaftReplication(RaftGroupOptions options, RaftState state, RaftNodeParts parts, TimeSpan commitTimeout, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _waiters = new CommitWaiters(commitTimeout, time);
        _node = new RaftNode(options, state, parts, this, time, logger);
        _leadAgain = time.CreateTimer(static node => ((RaftNode)node!).MayLeadAgain(), _node, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public event Action? RoleChanged;

    public ReplicationRole Role => _serving ? ReplicationRole.Leader : ReplicationRole.Follower;

    public bool CoversDisk => true;

    public string? HaServerAddress => null;

    public string? MasterHaAddress => null;

    public bool WantsMaster => false;

    public IReadOnlyList<IRequestProcessor> Processors => [];

    /// <summary>How it stands in its group.</summary>
    public RaftStatus Status => _node.Status;

    /// <summary>The term that it serves as leader; 0 when it doesn't.</summary>
    public int ServingTerm
    {
        get
        {
            lock (_gate) return _serving ? _term : 0;
        }
    }

    /// <summary>Completes, with the reason, when this node had to leave its group.</summary>
    public Task<string> Failed => _failed.Task;

    /// <summary>Completes when everything before the offset is applied to the tables that a leader serves from.</summary>
    public Func<long, ValueTask> Applied { get; set; } = static _ => ValueTask.CompletedTask;

    /// <summary>Called with the term and where it begins before a leader serves in it: opens what only a leader has.</summary>
    public Action<int, long>? Serving { get; set; }

    /// <summary>Called at once with the term when leadership is lost: closes what only a leader has.</summary>
    public Action<int>? Ending { get; set; }

    /// <summary>
    /// The leader's word of this moment: not of a process that was stopped for a while, which learns late that it was replaced.
    /// </summary>
    public bool LeadsNow => _serving && _node.SinceLastTurn.TotalMilliseconds < _options.ElectionTimeoutMs.MinMs / 2.0;

    public Task StartAsync(CancellationToken cancellationToken) => _node.StartAsync(cancellationToken);

    public bool AcceptsWrites(out string reason)
    {
        reason = "";
        if (_serving) return true;
        var status = _node.Status;
        reason = status.Role == RaftRole.Leader ? "this broker was just elected and is not ready yet"
            : status.LeaderId is { } leader ? $"this broker follows {leader}"
            : status.Reason.Length > 0 ? "its group has no leader: " + status.Reason
            : "its group has no leader";
        return false;
    }

    public ValueTask<ReplicationAck> WaitReplicatedAsync(AppendResult appended, CancellationToken cancellationToken) => _waiters.WaitAsync(appended, cancellationToken);

    public void OnAppendFailed(AppendStatus status)
    {
        if (status is not (AppendStatus.DiskFull or AppendStatus.WriteFailed) || !_serving) return;
        _node.Resign($"its log can't be written: {status}");
        _leadAgain.Change(LeadAgainAfter, Timeout.InfiniteTimeSpan);
    }

    public void OnRegistered(string? masterAddress, string? haServerAddress)
    {
    }

    /// <summary>Before a clean stop: the lead goes to a peer, so that nobody has to wait for an election. Returns when it has gone, or soon.</summary>
    public async Task HandOverAsync()
    {
        if (_node.Status.Role != RaftRole.Leader) return;
        _node.TransferLeadership(null);
        var started = _time.GetTimestamp();
        while (_node.Status.Role == RaftRole.Leader && _time.GetElapsedTime(started) < HandOverLimit) await Task.Delay(5).ConfigureAwait(false);
    }

    /// <summary>Hands the lead to that peer, or to the one that has most; it may fail.</summary>
    public void TransferLeadership(string? to) => _node.TransferLeadership(to);

    public async ValueTask DisposeAsync()
    {
        await _leadAgain.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        End();
        _waiters.Dispose();
    }

    void IRaftOwner.OnElected(int term, long markerStart, long markerEnd)
    {
        lock (_gate)
        {
            (_term, _markerStart, _markerEnd, _appliedAsked) = (term, markerStart, markerEnd, false);
            _electedAt = _time.GetTimestamp();
        }

        _waiters.Open(term);
    }

    void IRaftOwner.OnCommitted(long offset)
    {
        _waiters.Committed(offset);
        if (_serving) return;
        int term;
        long start, end;
        lock (_gate)
        {
            if (_term == 0 || _appliedAsked || offset < _markerEnd) return;
            _appliedAsked = true;
            (term, start, end) = (_term, _markerStart, _markerEnd);
        }

        _ = Task.Run(() => ServeAsync(term, start, end));
    }

    void IRaftOwner.OnLeadershipLost()
    {
        if (End() is not { } waiting) return;
        RaftLog.LostLead(_logger, _options.SelfId, waiting);
        RoleChanged?.Invoke();
    }

    void IRaftOwner.OnStopped(string reason) => _failed.TrySetResult(reason);

    private async Task ServeAsync(int term, long start, long end)
    {
        try
        {
            await Applied(end).ConfigureAwait(false);
            Serving?.Invoke(term, start);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            _node.Resign("its metadata can't be read: " + e.Message);
            _leadAgain.Change(LeadAgainAfter, Timeout.InfiniteTimeSpan);
            return;
        }

        lock (_gate)
        {
            if (_term != term) return;
            _serving = true;
        }

        RaftLog.Serves(_logger, _options.SelfId, term, (long)_time.GetElapsedTime(_electedAt).TotalMilliseconds);
        RoleChanged?.Invoke();
    }

    /// <summary>How many sends waited; null when this node didn't lead.</summary>
    private int? End()
    {
        int term;
        lock (_gate)
        {
            if (_term == 0) return null;
            term = _term;
            _term = 0;
            _serving = false;
        }

        Ending?.Invoke(term);
        return _waiters.Close();
    }
}
