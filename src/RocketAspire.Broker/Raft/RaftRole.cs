namespace RocketAspire.Broker.Raft;

public enum RaftRole
{
    /// <summary>Has no vote: a new node whose group isn't formed yet, or one that lost its data and copies it.</summary>
    Learner,
    Follower,
    PreCandidate,
    Candidate,
    Leader,
}

/// <summary>What a node's word is worth. The numbers are on the disk and on the wire.</summary>
public enum MemberState
{
    /// <summary>New: neither voted nor stored anything, and doesn't know yet whether its group is new too.</summary>
    Blank = 0,

    /// <summary>Lost what it promised (its votes or its whole log): no vote, not counted, until a leader's confirmation.</summary>
    Learner = 1,

    /// <summary>Remembers its votes but may have lost the log's tail: it votes, yet its vote counts only when every configured node votes alike.</summary>
    Suspect = 2,

    Voter = 3,
}
