namespace RocketAspire.Broker.Raft;

/// <summary>The decisions of one node. Pure: no I/O, no clock, no randomness but what is handed in. One thread at a time.</summary>
/// <remarks>
/// After each call the driver takes the output and carries it out before the next call.
/// The algorithm is Raft (https://raft.github.io/raft.pdf) with pre-vote, leader check and leadership transfer (Ongaro's
/// dissertation, https://github.com/ongardie/dissertation, 3.10, 6.4.1 and 9.6). Instead of an index stands a byte offset.
/// </remarks>
public sealed class RaftCore
{
    private readonly RaftOptions _options;
    private readonly IRaftLog _log;
    private readonly DurableState _state;
    private readonly PeerTable _peers;
    private readonly Outbox _outbox;
    private readonly FollowerLog _followerLog;
    private readonly Membership _membership;
    private readonly ElectionTimer _timer;
    private readonly Election _election;
    private Leadership? _leadership;
    private long _nowMs;
    private bool _broken;
    private string? _resigned;

    /// <param name="options">Validated here.</param>
    /// <param name="state">As loaded; see <see cref="RaftState"/> for one that is missing or damaged.</param>
    /// <param name="log">After its recovery.</param>
    /// <param name="random">For timeouts and incarnations.</param>
    /// <param name="nowMs">Monotonic milliseconds.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public RaftCore(RaftOptions options, RaftState state, IRaftLog log, Random random, long nowMs)
    {
        options.Validate();
        (_options, _log, _nowMs) = (options, log, nowMs);
        _state = new DurableState(state);
        _peers = new PeerTable(options);
        _outbox = new Outbox(options.SelfId, _state);
        _followerLog = new FollowerLog(log, _outbox);
        _membership = new Membership(options, _state, log, _peers, _outbox, random);
        _timer = new ElectionTimer(options, random);
        _election = new Election(options, _state, _followerLog, _peers, _outbox, _timer);
        _state.Touch();
        if (state.Member == MemberState.Blank && (log.End > 0 || log.Terms.Count > 0)) _state.Become(MemberState.Learner);
        if (state.Member == MemberState.Voter && state.LacksBytes(log.End)) _state.LostBytes(random);
        // A state that could not be read: a leader of an older term than the log knows is none.
        if (log.Terms is [.., var last] && last.Term > state.Term) _state.Enter(last.Term, null);
        _followerLog.Restore(Math.Min(state.CommitFloor, log.End));
        if (_state.Votes) _election.GotVote(nowMs);
    }

    public RaftRole Role => _election.Role;

    public int Term => _state.Term;

    /// <summary>The leader of <see cref="Term"/>, as far as this node knows.</summary>
    public string? LeaderId => _election.LeaderId;

    /// <summary>Bytes before it never change.</summary>
    public long Commit => _followerLog.Commit;

    /// <summary>As it was, or is, put out.</summary>
    public RaftState State => _state.Current;

    public IReadOnlyList<PeerStatus> Peers => Explanation.Peers(_options, _state, _peers, _leadership, _log, _nowMs);

    /// <summary>Why there is no leader, in words for people; empty when there is one.</summary>
    public string Reason => Explanation.WhyNoLeader(_options, _state, _peers, LeaderId, CanLead, _resigned, _nowMs);

    /// <summary>False keeps this node from asking for votes: its disk is full, or its metadata can't be read. It still follows and votes.</summary>
    public bool CanLead { get; set; } = true;

    /// <summary>Time passes; to be called every 10 to 20 ms.</summary>
    public void Tick(long nowMs)
    {
        if (!Begin(nowMs)) return;
        if (_membership.Tick(Role, LeaderId, _nowMs)) _election.GotVote(_nowMs);
        if (_leadership?.CannotWrite(_nowMs) == true) _election.StandBack(_nowMs);
        else if (_leadership?.Tick(_nowMs) == false) _election.StepDown(_nowMs);
        _election.Tick(CanLead, _nowMs);
        _state.RaiseFloor(Math.Min(Commit, _log.Durable), _nowMs);
        Settle();
    }

    /// <summary>A message came from a peer.</summary>
    public void Step(RaftMessage message, long nowMs)
    {
        if (!Begin(nowMs)) return;
        var header = message.Header;
        if (header.To != _options.SelfId || _peers.Find(header.From) is not { } peer) return;
        if (message is Hello hello)
        {
            OnHello(peer, hello);
        }
        else if (header.ToIncarnation != _state.Incarnation)
        {
            // It was sent to an earlier life of this node: the peer doesn't know this one yet, and asks back.
            _membership.Ask(peer, _nowMs);
        }
        else
        {
            var isKnown = peer.Incarnation == header.Incarnation;
            if (isKnown) peer.LastHeardMs = _nowMs;
            else _membership.Ask(peer, _nowMs);
            Dispatch(peer, message, isKnown);
        }

        Settle();
    }

    /// <summary>The log's end or its durable part moved: by producers, by a sync, by the driver's own writing.</summary>
    public void LogChanged(long nowMs)
    {
        if (!Begin(nowMs)) return;
        if (_leadership is not null) _leadership.LogChanged(_nowMs);
        else if (LeaderId is { } leader && _peers.Find(leader) is { } peer) _followerLog.Changed(peer, _state.Member);
    }

    /// <summary>A peer's connection broke and a new one was refused: a hint that its process is gone.</summary>
    public void PeerDown(string peer, long nowMs)
    {
        if (!Begin(nowMs) || _peers.Find(peer) is not { } known) return;
        if (_leadership?.Of(known) is { } follower) _leadership.Disconnected(follower);
        else _election.PeerDown(peer, _nowMs);
    }

    /// <summary>A leader hands over, to the peer that is most caught up when none is named. It may fail; then it goes on leading.</summary>
    public void TransferLeadership(string? to, long nowMs)
    {
        if (Begin(nowMs)) _leadership?.HandOver(to, _nowMs);
    }

    /// <summary>A leader gives up at once, since it can't serve (its disk fails), and lets others go first.</summary>
    /// <param name="reason">For people, until there is another leader.</param>
    /// <param name="nowMs">Monotonic milliseconds.</param>
    public void Resign(string reason, long nowMs)
    {
        if (!Begin(nowMs) || _leadership is null) return;
        _resigned = reason;
        _election.StandBack(_nowMs);
        Settle();
    }

    /// <summary>For --force-new-group on one node: with a majority at hand, everything that others may have acknowledged before is given up, and this node's log counts.</summary>
    public void BecomeNewGroupForced() => _membership.Force();

    /// <summary>What is to be done now.</summary>
    public RaftOutput TakeOutput()
    {
        if (_log.Durable > 0) _state.HasLog(!_outbox.EmptiesLog);
        if (_state.IsChanged) _state.Take(_outbox.Output);
        var output = _outbox.Take();
        if (output.Violation is not null) _broken = true;
        return output;
    }

    private bool Begin(long nowMs)
    {
        _nowMs = Math.Max(_nowMs, nowMs);
        return !_broken;
    }

    private void OnHello(Peer peer, Hello hello)
    {
        var before = peer.Incarnation;
        if (_membership.Heard(peer, hello, _nowMs)) _election.GotVote(_nowMs);
        if (peer.Incarnation != before) _election.PeerKnown(peer);
    }

    private void Dispatch(Peer peer, RaftMessage message, bool isKnown)
    {
        switch (message)
        {
            case PreVote asked:
                _election.On(asked, _nowMs);
                return;
            case Vote asked:
                _election.On(asked, _nowMs);
                return;
        }

        var term = message.Header.Term;
        if (_state.Member == MemberState.Blank) return;
        if (term > _state.Term) _election.Follow(term, message is Append or InstallBase ? peer.Id : null, _nowMs);
        Settle();
        if (isKnown) peer.Member = MemberOf(message) ?? peer.Member;
        switch (message)
        {
            case PreVoteAnswer answer when isKnown:
                _election.On(answer, _nowMs);
                break;
            case VoteAnswer answer when isKnown:
                _election.On(answer);
                break;
            case AppendAnswer answer when isKnown && term == _state.Term && _leadership?.Of(peer) is { } follower:
                _leadership.Answered(follower, answer, _nowMs);
                break;
            case Append or InstallBase:
                OnLeader(peer, message, term);
                break;
            case JoinConfirm confirm when term == _state.Term && LeaderId == peer.Id && _state.Member != MemberState.Voter:
                OnJoinConfirm(peer, confirm);
                break;
            case TimeoutNow when term == _state.Term && LeaderId == peer.Id && _state.Member == MemberState.Voter && CanLead:
                _election.TakeOver(_nowMs);
                break;
        }
    }

    private static MemberState? MemberOf(RaftMessage message) => message switch
    {
        PreVoteAnswer answer => answer.Member,
        VoteAnswer answer => answer.Member,
        AppendAnswer answer => answer.Member,
        _ => null,
    };

    private void OnLeader(Peer peer, RaftMessage message, int term)
    {
        if (term < _state.Term)
        {
            // Tells the stale leader of the newer term.
            _outbox.Send(new AppendAnswer(_outbox.Answer(message.Header), 0, true, 0, 0, _log.End, [], false, _state.Member));
            return;
        }

        _election.Follow(term, peer.Id, _nowMs);
        // Producers may still be moving the end of a log that this node led until now: the leader sends it again.
        if (_outbox.LostLeadership) return;
        if (message is Append append) _followerLog.Take(append, _state.Member);
        else _followerLog.Take((InstallBase)message, _state.Member);
    }

    private void OnJoinConfirm(Peer leader, JoinConfirm confirm)
    {
        if (_followerLog.Match < confirm.Barrier) return;
        // Somebody may hold a vote of this node's earlier life for this very term; the term is led, so no other is needed.
        _state.Become(MemberState.Voter);
        if (_state.Current.VotedFor is null) _state.VoteFor(leader.Id);
        _election.Follow(_state.Term, leader.Id, _nowMs);
        _followerLog.Acknowledge(leader, _state.Member);
    }

    /// <summary>Takes up or lays down the leader's part as the election went.</summary>
    private void Settle()
    {
        if (Role == RaftRole.Leader == (_leadership is not null)) return;
        if (_leadership is null)
        {
            _resigned = null;
            _leadership = new Leadership(_options, _log, _peers, _outbox, _followerLog, Term, _election.Ballot, _nowMs);
            _outbox.Output.BecameLeader = Term;
        }
        else
        {
            _leadership = null;
            _outbox.Output.LostLeadership = true;
        }
    }
}
