namespace RocketAspire.Broker.Raft;

/// <summary>The decisions of one node. Pure: no I/O, no clock, no randomness but what is handed in. One thread at a time.</summary>
/// <remarks>After each call the driver takes the output and carries it out before the next call.</remarks>
public sealed class RaftCore
{
    /// <param name="options">Validated here.</param>
    /// <param name="state">As loaded; see <see cref="RaftState"/> for one that is missing or damaged.</param>
    /// <param name="log">After its recovery.</param>
    /// <param name="random">For timeouts and incarnations.</param>
    /// <param name="nowMs">Monotonic milliseconds; those of later calls never go back.</param>
    public RaftCore(RaftOptions options, RaftState state, IRaftLog log, Random random, long nowMs) => throw new NotImplementedException();

    public RaftRole Role => throw new NotImplementedException();

    public int Term => throw new NotImplementedException();

    /// <summary>The leader of <see cref="Term"/>, as far as this node knows.</summary>
    public string? LeaderId => throw new NotImplementedException();

    /// <summary>Bytes before it never change.</summary>
    public long Commit => throw new NotImplementedException();

    /// <summary>As last put out.</summary>
    public RaftState State => throw new NotImplementedException();

    public IReadOnlyList<PeerStatus> Peers => throw new NotImplementedException();

    /// <summary>Why there is no leader, in words for people; empty when there is one.</summary>
    public string Reason => throw new NotImplementedException();

    /// <summary>False keeps this node from asking for votes: its disk is full, or its metadata can't be read. It still follows and votes.</summary>
    public bool CanLead { get; set; } = true;

    /// <summary>Time passes; to be called every 10 to 20 ms.</summary>
    public void Tick(long nowMs) => throw new NotImplementedException();

    /// <summary>A message came from a peer.</summary>
    public void Step(RaftMessage message, long nowMs) => throw new NotImplementedException();

    /// <summary>The log's end or its durable part moved: by producers, by a sync, by the driver's own writing.</summary>
    public void LogChanged(long nowMs) => throw new NotImplementedException();

    /// <summary>A peer's connection broke and a new one was refused: a hint that its process is gone.</summary>
    public void PeerDown(string peer, long nowMs) => throw new NotImplementedException();

    /// <summary>A leader hands over, to the peer that is most caught up when none is named. It may fail; then it goes on leading.</summary>
    public void TransferLeadership(string? to, long nowMs) => throw new NotImplementedException();

    /// <summary>A leader gives up at once, since it can't serve (its disk fails), and lets others go first.</summary>
    public void Resign(string reason, long nowMs) => throw new NotImplementedException();

    /// <summary>For --force-new-group on one node: with a majority at hand, everything that others may have acknowledged before is given up, and this node's log counts.</summary>
    public void BecomeNewGroupForced() => throw new NotImplementedException();

    /// <summary>What is to be done now.</summary>
    public RaftOutput TakeOutput() => throw new NotImplementedException();
}
