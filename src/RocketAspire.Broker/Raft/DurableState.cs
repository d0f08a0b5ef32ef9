namespace RocketAspire.Broker.Raft;

/// <summary>Owns what must survive a restart, and notices when it has to be written.</summary>
internal sealed class DurableState(RaftState state)
{
    private const int FloorIntervalMs = 1000;

    private bool _changed;
    private bool _floorMoved;
    private long _floorTakenMs = long.MinValue / 2;

    public RaftState Current { get; private set; } = state;

    public int Term => Current.Term;

    public string Incarnation => Current.Incarnation;

    public MemberState Member => Current.Member;

    /// <summary>May vote at all.</summary>
    public bool Votes => Current.Member is MemberState.Voter or MemberState.Suspect;

    public bool IsChanged => _changed || _floorMoved;

    /// <summary>At the start: a new incarnation must be on the disk before anybody hears of it.</summary>
    public void Touch() => _changed = true;

    public void Enter(int term, string? votedFor) => Set(Current with { Term = term, VotedFor = votedFor });

    public void VoteFor(string candidate) => Set(Current with { VotedFor = candidate });

    public void Become(MemberState member) => Set(Current with { Member = member });

    public void Join(GroupRecord group, MemberState member) => Set(Current with { Group = group, Member = member });

    /// <summary>Elected with the log as it is: what was missing from it before is no loss any more.</summary>
    public void Lead(bool hasLog) => Set(Current with { Member = MemberState.Voter, HasLog = hasLog });

    /// <summary>Bytes may be acknowledged from now on; or the log is emptied by a leader's order, which is no loss.</summary>
    public void HasLog(bool hasLog) => Set(Current with { HasLog = hasLog });

    public void LostBytes(Random random) => Set(Current.AfterLostBytes(random));

    /// <param name="floor">Committed and durable here.</param>
    /// <param name="nowMs">Keeps the writing down.</param>
    public void RaiseFloor(long floor, long nowMs)
    {
        if (floor <= Current.CommitFloor) return;
        // The first one is what tells a voter that its log was taken away, so it doesn't wait.
        if (Current.CommitFloor > 0 && nowMs - _floorTakenMs < FloorIntervalMs && !_changed) return;
        if (Current.CommitFloor == 0) _changed = true;
        Current = Current with { CommitFloor = floor };
        _floorMoved = true;
        _floorTakenMs = nowMs;
    }

    public void Take(RaftOutput output)
    {
        output.State = Current;
        output.StateCanWait = !_changed;
        _changed = _floorMoved = false;
    }

    private void Set(RaftState next)
    {
        if (next == Current) return;
        Current = next;
        _changed = true;
    }
}
