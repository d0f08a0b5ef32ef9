using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>One term as leader: sends the log to the peers, counts what they hold, and keeps in touch.</summary>
internal sealed class Leadership
{
    // A base carries the metadata, so it isn't repeated at each heartbeat.
    private const int BaseIntervalMs = 2000;

    private readonly RaftOptions _options;
    private readonly IRaftLog _log;
    private readonly PeerTable _peers;
    private readonly Outbox _outbox;
    private readonly FollowerLog _committed;
    private readonly int _term;
    private readonly Handover _handover;
    private readonly long _startedMs;
    private long _sequence;
    private long _markerStart = -1;
    private bool _markerAsked;

    public Leadership(RaftOptions options, IRaftLog log, PeerTable peers, Outbox outbox, FollowerLog committed, int term, Ballot ballot, long nowMs)
    {
        (_options, _log, _peers, _outbox, _committed, _term) = (options, log, peers, outbox, committed, term);
        var end = log.End;
        Followers = Array.ConvertAll(peers.Others, peer => new Progress(peer, options));
        foreach (var follower in Followers)
        {
            follower.Meet(follower.Peer.Incarnation, end, nowMs);
            follower.LastHeardMs = nowMs;
            follower.BarrierIsCommitted = ballot.IsUnanimous;
        }

        _startedMs = nowMs;
        _handover = new Handover(options, log, outbox, term, nowMs);
    }

    public Progress[] Followers { get; }

    public Progress? Of(Peer peer) => Array.Find(Followers, follower => follower.Peer == peer);

    public void HandOver(string? to, long nowMs) => _handover.Begin(Followers, to, nowMs);

    /// <summary>Its own log doesn't even take the term's marker.</summary>
    public bool CannotWrite(long nowMs) => _markerStart < 0 && nowMs - _startedMs >= _options.ElectionTimeoutMaxMs;

    /// <summary>False when no majority was heard for too long.</summary>
    public bool Tick(long nowMs)
    {
        var heard = 1;
        foreach (var follower in Followers)
        {
            if (nowMs - follower.LastHeardMs < _options.ElectionTimeoutMaxMs) heard++;
        }

        if (heard < _peers.Majority) return false;
        foreach (var follower in Followers)
        {
            if (nowMs - follower.LastSentMs >= _options.HeartbeatMs) Heartbeat(follower, nowMs);
            else if (follower.SentCommit < _committed.Commit && !follower.Probing) SendEmpty(follower, nowMs);
        }

        if (!_markerAsked && !_handover.IsHolding) AskForBarrier();
        _handover.Tick(Followers, nowMs);
        return true;
    }

    public void LogChanged(long nowMs)
    {
        if (_markerStart < 0)
        {
            _markerStart = TermLookup.StartOf(_log.Terms, _term);
            if (_markerStart < 0) return;
        }

        var end = _log.End;
        foreach (var follower in Followers)
        {
            if (follower.JoinFloor >= 0 && follower.Barrier < 0 && end > Math.Max(follower.JoinFloor, _markerStart)) follower.Barrier = end;
            Replicate(follower, nowMs);
        }

        _markerAsked = false;
        AdvanceCommit();
    }

    public void Answered(Progress follower, AppendAnswer answer, long nowMs)
    {
        if (follower.Incarnation != answer.Header.Incarnation) follower.Meet(answer.Header.Incarnation, _log.End, nowMs);
        follower.LastHeardMs = nowMs;
        follower.IsMember(answer.Member, _log.End, nowMs);
        if (!answer.Rejected)
        {
            follower.Accepted(answer);
            AdvanceCommit();
            ConfirmJoin(follower);
        }
        else if (follower.Refused(answer))
        {
            var common = TermLookup.CommonEnd(_log.Terms, _log.End, answer.Terms, answer.TermsCut, Math.Min(answer.End, follower.Next));
            // Refused there before: what was sent then didn't stay (its disk is full, or messages get lost), so take a breath.
            var isNew = follower.ProbeAt(common);
            if (isNew && (common >= _log.Start || nowMs - follower.BaseSentMs >= BaseIntervalMs)) SendEmpty(follower, nowMs);
        }

        if (!follower.Probing) Replicate(follower, nowMs);
        _handover.Tick(Followers, nowMs);
    }

    /// <summary>What was on its way to it is lost.</summary>
    public void Disconnected(Progress follower) => follower.Probe(Math.Max(follower.Match, Math.Min(follower.Next, _log.End)));

    private void Heartbeat(Progress follower, long nowMs)
    {
        if (follower.Peer.IsKnown && follower.Incarnation != follower.Peer.Incarnation) follower.Meet(follower.Peer.Incarnation, _log.End, nowMs);
        SendEmpty(follower, nowMs);
        ConfirmJoin(follower);
    }

    private void Replicate(Progress follower, long nowMs)
    {
        if (follower.Probing || !follower.Peer.IsKnown) return;
        var end = _log.End;
        while (follower.Next < end && follower.HasRoom)
        {
            if (follower.Next < _log.Start)
            {
                follower.Probe(follower.Next);
                SendEmpty(follower, nowMs);
                return;
            }

            var bytes = _log.Read(follower.Next, _options.MaxBatchBytes);
            if (bytes.IsEmpty) return;
            var terms = _log.Terms;
            Send(follower, terms, TermLookup.At(terms, follower.Next), bytes);
            follower.Next += bytes.Length;
        }
    }

    /// <summary>A heartbeat, which asks whether the prefix is there; or the base when it can't be.</summary>
    private void SendEmpty(Progress follower, long nowMs)
    {
        follower.LastSentMs = nowMs;
        if (!follower.Peer.IsKnown) return;
        var start = _log.Start;
        if (follower.Next < start)
        {
            if (nowMs - follower.BaseSentMs >= BaseIntervalMs)
            {
                follower.BaseSentMs = nowMs;
                follower.Asked(++_sequence);
                var before = _log.Terms.Where(entry => entry.StartOffset < start).ToArray();
                _outbox.Send(new InstallBase(_outbox.To(follower.Peer), start, before, default, _sequence));
                return;
            }

            // Refused for certain, yet it tells the peer that there is a leader.
            follower.Asked(Send(follower, _log.Terms, 0, default, start));
            return;
        }

        follower.Asked(Send(follower, _log.Terms, 0, default));
    }

    private long Send(Progress follower, IReadOnlyList<TermEntry> terms, int entryTerm, ReadOnlyMemory<byte> bytes, long? prev = null)
    {
        var from = prev ?? follower.Next;
        _outbox.Send(new Append(_outbox.To(follower.Peer), from, TermLookup.Before(terms, from), entryTerm, bytes, _committed.Commit, ++_sequence));
        follower.SentCommit = _committed.Commit;
        return _sequence;
    }

    /// <summary>The greatest offset that a majority of the voters hold durably, if it lies in this leader's own term.</summary>
    private void AdvanceCommit()
    {
        if (_markerStart < 0) return;
        Span<long> matches = stackalloc long[Followers.Length + 1];
        var count = 0;
        matches[count++] = _log.Durable;
        foreach (var follower in Followers)
        {
            if (follower.Member == MemberState.Voter) matches[count++] = follower.Match;
        }

        if (count < _peers.Majority) return;
        matches = matches[..count];
        matches.Sort();
        var held = matches[count - _peers.Majority];
        if (held > _markerStart) _committed.CommitTo(held);
    }

    private void AskForBarrier()
    {
        foreach (var follower in Followers)
        {
            if (follower.JoinFloor < 0 || follower.Barrier >= 0 || _markerStart < 0) continue;
            _outbox.Output.AppendMarker = _term;
            _markerAsked = true;
            return;
        }
    }

    private void ConfirmJoin(Progress follower)
    {
        if (follower.Barrier < 0 || follower.Match < follower.Barrier) return;
        if (follower.BarrierIsCommitted || _committed.Commit >= follower.Barrier) _outbox.Send(new JoinConfirm(_outbox.To(follower.Peer), follower.Barrier));
    }
}
