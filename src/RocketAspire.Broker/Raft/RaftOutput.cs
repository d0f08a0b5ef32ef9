using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <param name="Offset">Where the log ends when it is written.</param>
/// <param name="Bytes">Whole records of one term.</param>
public readonly record struct RaftWrite(long Offset, ReadOnlyMemory<byte> Bytes);

/// <param name="Start">The log is emptied and begins here, a file's start.</param>
/// <param name="Terms">Terms before it; durable together with the empty log.</param>
/// <param name="Tables">The metadata that belong to it.</param>
public sealed record RaftReset(long Start, IReadOnlyList<TermEntry> Terms, ReadOnlyMemory<byte> Tables);

/// <summary>What the driver has to do, in the order of the members, all of it before it calls the core again (only messages may go later, or be lost).</summary>
public sealed class RaftOutput
{
    public static readonly RaftOutput Nothing = new();

    /// <summary>The core can't go on without breaking a promise: refuse everything, tell people, leave the store as it is. Nothing else is set.</summary>
    public string? Violation { get; internal set; }

    /// <summary>Leadership is over: refuse appends before anything else, close the leader's address, fail all waiting sends.</summary>
    public bool LostLeadership { get; internal set; }

    /// <summary>Leadership is about to be handed over: refuse appends (certainly not stored), and go on as leader.</summary>
    public bool HoldAppends { get; internal set; }

    /// <summary>To be fsynced before all that follows.</summary>
    public RaftState? State { get; internal set; }

    /// <summary>Only <see cref="RaftState.CommitFloor"/> rose: nothing has to wait for the state's fsync. States are still written in their order.</summary>
    public bool StateCanWait { get; internal set; }

    /// <summary>Empty the log and begin anew, durably.</summary>
    public RaftReset? ResetTo { get; internal set; }

    /// <summary>Cut the log's end, durably: what is cut must not come back beside new bytes.</summary>
    public long? TruncateTo { get; internal set; }

    /// <summary>Append the leader's bytes. No need to fsync them here: <see cref="RaftCore.LogChanged"/> tells of it later.</summary>
    public RaftWrite? Write { get; internal set; }

    /// <summary>This node leads the term: append its marker (even if producers are held off for other reasons), let producers in, then <see cref="RaftCore.LogChanged"/>.</summary>
    public int? BecameLeader { get; internal set; }

    /// <summary>Append another marker of this term and let producers in (again), then <see cref="RaftCore.LogChanged"/>: a learner joins, or a handing over failed.</summary>
    public int? AppendMarker { get; internal set; }

    public IReadOnlyList<RaftMessage> Messages => Outgoing;

    /// <summary>The log is committed up to here, never less than before.</summary>
    public long? Commit { get; internal set; }

    internal List<RaftMessage> Outgoing { get; } = [];
}
