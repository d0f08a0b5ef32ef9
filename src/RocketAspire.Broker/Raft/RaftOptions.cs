namespace RocketAspire.Broker.Raft;

/// <summary>What a node knows of its group. All nodes must have the same <see cref="Group"/> and <see cref="PeerIds"/>.</summary>
public sealed record RaftOptions
{
    /// <summary>Name of the group (dLegerGroup).</summary>
    public required string Group { get; init; }

    /// <summary>This node (dLegerSelfId), one of <see cref="PeerIds"/>.</summary>
    public required string SelfId { get; init; }

    /// <summary>All nodes of the group, this one too, in the order of dLegerPeers.</summary>
    public required IReadOnlyList<string> PeerIds { get; init; }

    /// <summary>Shortest time without a leader before a node asks for votes; until then it also refuses to others.</summary>
    public int ElectionTimeoutMinMs { get; init; } = 400;

    /// <summary>Longest such time, and how long a leader goes on without hearing a majority.</summary>
    public int ElectionTimeoutMaxMs { get; init; } = 800;

    public int HeartbeatMs { get; init; } = 75;

    /// <summary>Bytes of log in one message; a larger record goes alone.</summary>
    public int MaxBatchBytes { get; init; } = 1 << 20;

    /// <summary>Bytes on their way to one peer, sent and not yet acknowledged.</summary>
    public int MaxInFlightBytes { get; init; } = 16 << 20;

    /// <summary>Takes over from any other leader when it is caught up and the group is steady (preferredLeaderId).</summary>
    public string? PreferredLeaderId { get; init; }

    /// <exception cref="ArgumentException">Names what is wrong.</exception>
    public void Validate()
    {
        if (PeerIds.Count == 0 || PeerIds.Distinct(StringComparer.Ordinal).Count() != PeerIds.Count) throw new ArgumentException("PeerIds must name each node once.");
        if (!PeerIds.Contains(SelfId, StringComparer.Ordinal)) throw new ArgumentException($"{SelfId} is not among the peers {string.Join(", ", PeerIds)}.");
        if (HeartbeatMs <= 0 || ElectionTimeoutMinMs < 2 * HeartbeatMs || ElectionTimeoutMaxMs < ElectionTimeoutMinMs) throw new ArgumentException("HeartbeatMs must be at most half of ElectionTimeoutMinMs, and that at most ElectionTimeoutMaxMs.");
        if (MaxBatchBytes <= 0 || MaxInFlightBytes < MaxBatchBytes) throw new ArgumentException("MaxInFlightBytes must hold at least one batch.");
    }
}
