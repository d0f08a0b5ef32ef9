namespace RocketAspire.Broker.Raft;

/// <summary>Owns the role and who leads: asks for votes, gives them, and follows whoever won.</summary>
internal sealed class Election(RaftOptions options, DurableState state, FollowerLog log, PeerTable peers, Outbox outbox, ElectionTimer timer)
{
    public RaftRole Role { get; private set; } = RaftRole.Learner;

    public string? LeaderId { get; private set; }

    public Ballot Ballot { get; } = new(peers);

    // The one campaign that the present or next Vote messages belong to was ordered by the leader.
    private bool _transfer;

    /// <summary>At the start, or when the node got its vote.</summary>
    public void GotVote(long nowMs)
    {
        if (Role == RaftRole.Learner) Role = RaftRole.Follower;
        timer.Start(nowMs);
    }

    public void Tick(bool canLead, long nowMs)
    {
        if (Role is RaftRole.Learner or RaftRole.Leader || !timer.IsDue(nowMs)) return;
        if (canLead && log.Last.Offset >= state.Current.CommitFloor)
        {
            AskForPreVotes(nowMs);
            return;
        }

        Role = RaftRole.Follower;
        LeaderId = null;
        timer.Restart(nowMs);
    }

    /// <summary>Goes on as a follower; in a higher term with no vote given yet, but to its leader.</summary>
    public void Follow(int term, string? leader, long nowMs)
    {
        if (term > state.Term)
        {
            state.Enter(term, leader);
            log.NewLeader();
        }

        Role = state.Votes ? RaftRole.Follower : RaftRole.Learner;
        LeaderId = leader;
        if (leader is null) timer.LeaderGone();
        else timer.LeaderHeard(nowMs);
    }

    /// <summary>A leader that isn't one any more, in its own term.</summary>
    public void StepDown(long nowMs)
    {
        Follow(state.Term, null, nowMs);
        timer.Restart(nowMs);
    }

    public void StandBack(long nowMs)
    {
        Follow(state.Term, null, nowMs);
        timer.StandBack(nowMs);
    }

    /// <summary>Its process is gone, most likely.</summary>
    public void PeerDown(string peer, long nowMs)
    {
        if (LeaderId != peer || Role == RaftRole.Leader) return;
        LeaderId = null;
        timer.LeaderGone();
        timer.Hurry(nowMs);
    }

    /// <summary>The leader hands over to this node.</summary>
    public void TakeOver(long nowMs) => AskForVotes(nowMs, transfer: true);

    /// <summary>A peer is known only now: it is asked too.</summary>
    public void PeerKnown(Peer peer)
    {
        if (Role == RaftRole.PreCandidate) SendPreVote(peer);
        else if (Role == RaftRole.Candidate && !Ballot.Has(peer.Id)) SendVote(peer);
    }

    public void On(PreVote asked, long nowMs)
    {
        if (!state.Votes) return;
        var next = asked.Header.Term + 1;
        var granted = next > state.Term && !HasLeader(nowMs) && MayLead(asked.LastTerm, asked.LastOffset);
        outbox.Send(new PreVoteAnswer(outbox.Answer(asked.Header), next, granted, state.Member));
    }

    public void On(PreVoteAnswer answer, long nowMs)
    {
        if (Role != RaftRole.PreCandidate || !answer.Granted || answer.NextTerm != state.Term + 1) return;
        Ballot.Count(answer.Header.From, answer.Member);
        if (Ballot.IsWon) AskForVotes(nowMs, transfer: false);
    }

    public void On(Vote asked, long nowMs)
    {
        if (!state.Votes) return;
        var term = asked.Header.Term;
        // Who hears the leader doesn't let a stranger into a new term; only the leader itself can ask for that.
        if (term > state.Term && HasLeader(nowMs) && !asked.Transfer) return;
        if (term > state.Term) Follow(term, null, nowMs);
        var candidate = asked.Header.From;
        var granted = term == state.Term && (state.Current.VotedFor is not { } voted || voted == candidate) && MayLead(asked.LastTerm, asked.LastOffset);
        if (granted)
        {
            state.VoteFor(candidate);
            timer.Restart(nowMs);
        }

        outbox.Send(new VoteAnswer(outbox.Answer(asked.Header), granted, state.Member));
    }

    public void On(VoteAnswer answer)
    {
        if (Role != RaftRole.Candidate || !answer.Granted || answer.Header.Term != state.Term) return;
        Ballot.Count(answer.Header.From, answer.Member);
        if (Ballot.IsWon) Win();
    }

    private bool HasLeader(long nowMs) => Role == RaftRole.Leader || (LeaderId is not null && timer.LeaderLives(nowMs));

    private bool MayLead(int lastTerm, long lastOffset) => log.IsAtLeast(lastTerm, lastOffset) && lastOffset >= state.Current.CommitFloor;

    private void AskForPreVotes(long nowMs)
    {
        Role = RaftRole.PreCandidate;
        LeaderId = null;
        timer.PreVoteAsked(nowMs);
        Ballot.Open(options.SelfId, state.Member);
        if (Ballot.IsWon)
        {
            AskForVotes(nowMs, transfer: false);
            return;
        }

        foreach (var peer in peers.Others) SendPreVote(peer);
    }

    private void AskForVotes(long nowMs, bool transfer)
    {
        Role = RaftRole.Candidate;
        LeaderId = null;
        _transfer = transfer;
        state.Enter(state.Term + 1, options.SelfId);
        log.NewLeader();
        timer.VoteAsked(nowMs);
        Ballot.Open(options.SelfId, state.Member);
        if (Ballot.IsWon)
        {
            Win();
            return;
        }

        foreach (var peer in peers.Others) SendVote(peer);
    }

    private void Win()
    {
        Role = RaftRole.Leader;
        LeaderId = options.SelfId;
        // Its log now counts as the group's, so nothing that it may have lost before is missing to anybody.
        state.Lead(log.Last.Offset > 0);
    }

    private void SendPreVote(Peer peer)
    {
        var (term, offset) = log.Last;
        if (peer.IsKnown) outbox.Send(new PreVote(outbox.To(peer), term, offset));
    }

    private void SendVote(Peer peer)
    {
        var (term, offset) = log.Last;
        if (peer.IsKnown) outbox.Send(new Vote(outbox.To(peer), term, offset, _transfer));
    }
}
