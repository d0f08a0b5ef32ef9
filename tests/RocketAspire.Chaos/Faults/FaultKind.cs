using System.Collections.Immutable;

namespace RocketAspire.Chaos.Faults;

/// <summary>What can be done to a cluster. The names after <c>--faults</c> are these with hyphens: <c>kill-leader</c>.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL to a group's master or leader.</summary>
    KillLeader,

    /// <summary>SIGKILL to a slave or follower.</summary>
    KillFollower,

    /// <summary>SIGKILL to a group's majority at once; with masters and slaves: to all masters.</summary>
    KillMajority,

    /// <summary>SIGKILL to every broker at once.</summary>
    KillAll,

    /// <summary>SIGKILL to a node as it comes back from a SIGKILL.</summary>
    KillTwice,

    /// <summary>SIGKILL to every name server.</summary>
    KillNameServers,

    /// <summary>SIGSTOP to a group's master or leader.</summary>
    PauseLeader,

    /// <summary>SIGSTOP to any broker.</summary>
    PauseAny,

    /// <summary>SIGTERM to any broker.</summary>
    Restart,

    /// <summary>SIGTERM to each broker in turn.</summary>
    RollingRestart,

    /// <summary>SIGTERM to every broker.</summary>
    FullStop,

    /// <summary>SIGKILL, and its store is gone.</summary>
    Wipe,

    /// <summary>SIGKILL to a slave or follower, and its log ends earlier than it did.</summary>
    TruncateLog,

    /// <summary>SIGKILL to a slave or follower, and a bit of its log's last records is another.</summary>
    FlipTail,

    /// <summary>SIGKILL to a node of a group with a leader, and a bit somewhere in its log is another.</summary>
    FlipMiddle,

    /// <summary>SIGKILL to any broker, and bits of its queues and index are others.</summary>
    FlipIndex,

    /// <summary>SIGKILL to a slave or follower, and the file that remembers its replication or its vote is damaged.</summary>
    FlipState,

    /// <summary>Connections of nobody's that send bytes of any kind to a node's ports.</summary>
    Garbage,

    /// <summary>A master or leader doesn't reach its group nor it the leader; clients still do.</summary>
    IsolateLeader,

    /// <summary>Between a master or leader and its group bytes pass in one direction only.</summary>
    OneWay,

    /// <summary>A group of nodes with a leader falls into two parts.</summary>
    Halves,

    /// <summary>Each node of a group with a leader reaches only its neighbours.</summary>
    Ring,

    /// <summary>A broker doesn't reach the name servers.</summary>
    Unregistered,

    /// <summary>A node's connections to its group break, and new ones are refused.</summary>
    Refuse,

    /// <summary>What a node sends to its group comes later.</summary>
    Delay,

    /// <summary>Pieces of what a node sends to its group are missing.</summary>
    Drop,

    /// <summary>Pieces of what a node sends to its group come twice.</summary>
    Duplicate,

    /// <summary>Each flush of a node's disk takes longer.</summary>
    SlowDisk,

    /// <summary>A node's disk takes no more bytes.</summary>
    FullDisk,

    /// <summary>A node's disk fails to flush; its operator starts the node anew.</summary>
    FailFlush,

    /// <summary>A node's wall clock is wrong by up to a day, then right again.</summary>
    ClockJump,
}

/// <summary>Which faults there are for a topology, and by which names.</summary>
internal static class FaultKinds
{
    public static ImmutableArray<FaultKind> All { get; } = [.. Enum.GetValues<FaultKind>()];

    /// <summary>Those that make sense for the topology.</summary>
    public static IReadOnlyList<FaultKind> For(string topology) =>
        topology.StartsWith("dledger", StringComparison.Ordinal) ? All : [.. All.Where(static k => k is not (FaultKind.Halves or FaultKind.Ring or FaultKind.FlipMiddle))];

    /// <summary><c>KillLeader</c> is <c>kill-leader</c>.</summary>
    public static string NameOf(FaultKind kind) =>
        string.Concat(kind.ToString().Select(static (c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary>Null when there is none of that name.</summary>
    public static FaultKind? Find(string name) => All.Cast<FaultKind?>().FirstOrDefault(kind => NameOf(kind!.Value) == name);
}
