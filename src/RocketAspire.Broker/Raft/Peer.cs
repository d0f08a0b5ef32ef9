namespace RocketAspire.Broker.Raft;

/// <summary>What this node knows of another one.</summary>
internal sealed class Peer(string id)
{
    public string Id => id;

    /// <summary>Of its present life; empty as long as it wasn't heard. Only <see cref="Hello"/> sets it.</summary>
    public string Incarnation { get; set; } = "";

    public bool IsKnown => Incarnation.Length > 0;

    public MemberState? Member { get; set; }

    /// <summary>-1 when it wasn't heard.</summary>
    public long LastHeardMs { get; set; } = -1;

    /// <summary>When it was asked who it is; keeps the asking down.</summary>
    public long LastAskedMs { get; set; } = long.MinValue / 2;

    /// <summary>It belongs to another group, or is configured otherwise: why it can't be talked to.</summary>
    public string? Foreign { get; set; }
}

internal sealed class PeerTable
{
    public PeerTable(RaftOptions options)
    {
        Others = [.. options.PeerIds.Where(id => id != options.SelfId).Select(static id => new Peer(id))];
        Count = Others.Length + 1;
        Majority = (Count / 2) + 1;
    }

    /// <summary>All nodes but this one.</summary>
    public Peer[] Others { get; }

    /// <summary>Nodes in the group, this one too.</summary>
    public int Count { get; }

    public int Majority { get; }

    public Peer? Find(string id) => Array.Find(Others, peer => peer.Id == id);
}
