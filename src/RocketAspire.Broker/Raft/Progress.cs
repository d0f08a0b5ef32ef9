namespace RocketAspire.Broker.Raft;

/// <summary>A leader's view of one peer.</summary>
/// <remarks>As long as it isn't known where the logs part, one empty append at a time asks (probing); then records go out without waiting.</remarks>
internal sealed class Progress(Peer peer, RaftOptions options)
{
    public Peer Peer => peer;

    /// <summary>The life of the peer that all this is about.</summary>
    public string Incarnation { get; private set; } = "";

    /// <summary>Null until it answered in this term.</summary>
    public MemberState? Member { get; private set; }

    /// <summary>Acknowledged: durable there.</summary>
    public long Match { get; private set; }

    /// <summary>Where the next append begins.</summary>
    public long Next { get; set; }

    public bool Probing { get; private set; } = true;

    public long BaseSentMs { get; set; } = long.MinValue / 2;

    public long LastSentMs { get; set; } = long.MinValue / 2;

    public long LastHeardMs { get; set; }

    public long SentCommit { get; set; }

    /// <summary>Since when it has been answering as a voter without a break.</summary>
    public long SteadySinceMs { get; private set; }

    /// <summary>Where the log ended when the peer, as it lives now, was first heard without a vote; -1 when it has one.</summary>
    public long JoinFloor { get; private set; } = -1;

    /// <summary>Beyond a record that was appended after <see cref="JoinFloor"/> was taken; -1 as long as there is none.</summary>
    public long Barrier { get; set; } = -1;

    /// <summary>This leader was elected by all nodes, the suspects too: their logs are no longer than its own, so nobody has to confirm it.</summary>
    public bool BarrierIsCommitted { get; set; }

    // Bytes that may be on their way. Small after a refusal, and doubled as they arrive: a peer that can't write (its disk
    // is full) isn't flooded again and again.
    private long _window = options.MaxBatchBytes;
    private long _refusedAt = -1;

    // Of the first question from where it probes now; answers to older ones say nothing about where the logs part. Repeated
    // questions don't count: when the answers take longer than a heartbeat, none would ever be the newest one.
    private long _probeSequence = long.MaxValue;
    private long _answered;

    public bool HasRoom => Next - Match < _window;

    public void Meet(string incarnation, long next, long nowMs)
    {
        Incarnation = incarnation;
        Member = null;
        Match = 0;
        JoinFloor = Barrier = -1;
        BarrierIsCommitted = false;
        _answered = 0;
        _refusedAt = -1;
        SteadySinceMs = nowMs;
        Probe(next);
    }

    /// <summary>False when it was sent from there already.</summary>
    public bool ProbeAt(long common)
    {
        Probe(common);
        if (common == _refusedAt) return false;
        _refusedAt = common;
        return true;
    }

    public void Probe(long next)
    {
        Next = next;
        Probing = true;
        _probeSequence = long.MaxValue;
        _window = options.MaxBatchBytes;
    }

    public void Asked(long sequence)
    {
        if (Probing) _probeSequence = Math.Min(_probeSequence, sequence);
    }

    /// <summary>The peer answered what it is.</summary>
    public void IsMember(MemberState member, long end, long nowMs)
    {
        if (Member != member) SteadySinceMs = nowMs;
        Member = member;
        if (member == MemberState.Voter) JoinFloor = Barrier = -1;
        else if (JoinFloor < 0) JoinFloor = end;
    }

    /// <summary>True when the answer tells anew where the logs part.</summary>
    public bool Refused(AppendAnswer answer)
    {
        if (answer.Sequence < _probeSequence || answer.Sequence <= _answered) return false;
        _answered = answer.Sequence;
        SteadySinceMs = LastHeardMs;
        // A peer that lost what it acknowledged is told apart by its incarnation; if not, at least send it again.
        Match = Math.Min(Match, answer.End);
        return true;
    }

    public void Accepted(AppendAnswer answer)
    {
        _answered = Math.Max(_answered, answer.Sequence);
        if (answer.Match > Match)
        {
            Match = answer.Match;
            _window = Math.Min(2 * _window, options.MaxInFlightBytes);
        }

        if (answer.Sequence < _probeSequence) return;
        Next = Probing ? answer.Verified : Math.Max(Next, answer.Verified);
        Probing = false;
    }
}
