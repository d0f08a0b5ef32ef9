namespace RocketAspire.Broker.Raft;

/// <summary>Gives the leadership to a peer that is caught up: asked for, or because it is the preferred one.</summary>
internal sealed class Handover(RaftOptions options, IRaftLog log, Outbox outbox, int term, long startedMs)
{
    private const int SteadyMs = 3000;
    private const int RetryMs = 10_000;

    private Progress? _target;
    private long _deadlineMs;
    private long _notBeforeMs = startedMs + SteadyMs;
    private long _lastCallMs;

    /// <summary>Appends are refused, so that the target can hold all of the log.</summary>
    public bool IsHolding { get; private set; }

    public void Begin(Progress[] followers, string? to, long nowMs)
    {
        if (_target is not null) return;
        _target = to is null
            ? followers.Where(static follower => follower.Member == MemberState.Voter).MaxBy(static follower => follower.Match)
            : Array.Find(followers, follower => follower.Peer.Id == to && follower.Member == MemberState.Voter);
        _deadlineMs = nowMs + (2 * options.ElectionTimeoutMaxMs);
    }

    public void Tick(Progress[] followers, long nowMs)
    {
        if (_target is null)
        {
            Prefer(followers, nowMs);
        }
        else if (nowMs >= _deadlineMs || _target.Member != MemberState.Voter)
        {
            GiveUp(nowMs);
        }
        else if (!IsHolding)
        {
            if (_target.Probing || log.End - _target.Match > options.MaxBatchBytes) return;
            IsHolding = true;
            outbox.Output.HoldAppends = true;
            _deadlineMs = nowMs + options.ElectionTimeoutMinMs;
        }
        else if (!outbox.Output.HoldAppends && _target.Match >= log.End && nowMs - _lastCallMs >= options.HeartbeatMs)
        {
            _lastCallMs = nowMs;
            outbox.Send(new TimeoutNow(outbox.To(_target.Peer)));
        }
    }

    private void Prefer(Progress[] followers, long nowMs)
    {
        if (options.PreferredLeaderId is not { } preferred || preferred == options.SelfId || nowMs < _notBeforeMs) return;
        foreach (var follower in followers)
        {
            if (follower.JoinFloor >= 0) return;
            if (follower.Peer.Id != preferred) continue;
            if (follower.Member != MemberState.Voter || follower.Probing || nowMs - follower.SteadySinceMs < SteadyMs || nowMs - follower.LastHeardMs > 2 * options.HeartbeatMs) return;
            if (log.End - follower.Match > options.MaxBatchBytes) return;
        }

        Begin(followers, preferred, nowMs);
    }

    private void GiveUp(long nowMs)
    {
        _target = null;
        _notBeforeMs = nowMs + RetryMs;
        if (!IsHolding) return;
        IsHolding = false;
        outbox.Output.AppendMarker = term;
    }
}
