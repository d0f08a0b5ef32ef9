using System.Net;

namespace RocketAspire.Broker.Raft;

/// <summary>A broker's part in a DLedger group: enableDLegerCommitLog and the settings beside it.</summary>
public sealed record RaftGroupOptions
{
    /// <summary>dLegerGroup: nodes of another group are refused.</summary>
    public required string Group { get; init; }

    /// <summary>dLegerSelfId, one of <see cref="Peers"/>.</summary>
    public required string SelfId { get; init; }

    /// <summary>dLegerPeers: all nodes, this one among them, in the same order on each.</summary>
    public required IReadOnlyList<RaftPeer> Peers { get; init; }

    /// <summary>preferredLeaderId: takes over when it has caught up and the group is steady.</summary>
    public string? PreferredLeaderId { get; init; }

    /// <summary>The one address of the group that only its leader listens on; null: clients follow the route alone.</summary>
    public IPEndPoint? LeaderAddress { get; init; }

    /// <summary>This node's log becomes the group's, whatever the others hold.</summary>
    public bool ForceNewGroup { get; init; }

    /// <summary>How long a follower waits for its leader's signs of life before it asks for votes; drawn anew each time.</summary>
    public (int MinMs, int MaxMs) ElectionTimeoutMs { get; init; } = (400, 800);

    public int HeartbeatMs { get; init; } = 75;

    /// <summary>Locks of queues aren't copied: for so long a new leader grants none, since clients may still hold the last leader's.</summary>
    public TimeSpan QueueLockGrace { get; init; } = QueueLockTable.Lifetime;

    public RaftPeer Self => Peers.First(peer => peer.Id == SelfId);
}
