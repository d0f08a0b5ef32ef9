namespace RocketAspire.Broker.Raft;

/// <summary>What the node's loop tells the broker around it, on the loop's own thread: each call must return at once.</summary>
internal interface IRaftOwner
{
    /// <summary>Leadership is over, and appends are refused already: close what only a leader has, then fail who waits.</summary>
    void OnLeadershipLost();

    /// <summary>This node leads; it may serve when everything before <paramref name="markerEnd"/> is committed and applied.</summary>
    /// <param name="term">Its term.</param>
    /// <param name="markerStart">Where the term begins.</param>
    /// <param name="markerEnd">Where its marker ends.</param>
    void OnElected(int term, long markerStart, long markerEnd);

    /// <summary>Everything before the offset is committed.</summary>
    void OnCommitted(long offset);

    /// <summary>This node takes no part in its group any more.</summary>
    void OnStopped(string reason);
}

/// <summary>How a node stands in its group.</summary>
/// <param name="Role">Its role.</param>
/// <param name="Term">Highest term seen.</param>
/// <param name="LeaderId">Null when none is known.</param>
/// <param name="Commit">Committed bytes, as of the last change of the other members.</param>
/// <param name="Member">What its word is worth.</param>
/// <param name="Reason">Why there is no leader, for people; else empty.</param>
public sealed record RaftStatus(RaftRole Role, int Term, string? LeaderId, long Commit, MemberState Member, string Reason);

/// <summary>The tables beside the log, as a base carries them to a node that is too far behind.</summary>
internal interface IRaftTables
{
    /// <summary>The tables as of a committed offset at or after <paramref name="start"/>.</summary>
    ReadOnlyMemory<byte> Export(long start);

    /// <summary>Replaces the tables, durably: what follows <paramref name="start"/> in the log is applied to them.</summary>
    void Import(long start, ReadOnlyMemory<byte> tables);
}
