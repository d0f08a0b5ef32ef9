namespace RocketAspire.Broker.Raft;

/// <summary>Which nodes were there, alive and without any data at one and the same moment: the birth of the group.</summary>
/// <param name="Number">0, and one more with each <see cref="RaftCore.BecomeNewGroupForced"/>.</param>
/// <param name="Incarnations">Peer id to incarnation. A node that finds its own incarnation here is a voter, for it can't have promised anything before.</param>
public sealed record GroupRecord(int Number, IReadOnlyDictionary<string, string> Incarnations);

/// <summary>What must survive a restart. The driver fsyncs it before it carries out anything else of the same output.</summary>
/// <param name="Term">Highest term seen.</param>
/// <param name="VotedFor">Who got this node's vote in <paramref name="Term"/>.</param>
/// <param name="Incarnation">Made anew whenever the node forgot something: tells its messages from those of its earlier life.</param>
/// <param name="Member">What the node's word is worth.</param>
/// <param name="Group">Null as long as none was formed.</param>
/// <param name="CommitFloor">The log was at least this long, durable and committed, in bytes; a log that ends before is damaged.</param>
/// <param name="HasLog">The log has held durable bytes; one that is empty was taken away.</param>
public sealed record RaftState(int Term, string? VotedFor, string Incarnation, MemberState Member, GroupRecord? Group, long CommitFloor, bool HasLog)
{
    /// <summary>A node without state file and without log.</summary>
    /// <param name="random">Seeded from the system's entropy, or two nodes could share an incarnation.</param>
    public static RaftState NewNode(Random random) => new(0, null, NewIncarnation(random), MemberState.Blank, null, 0, HasLog: false);

    /// <summary>A node whose state can't be read though it has a log.</summary>
    public static RaftState Unreadable(Random random) => new(0, null, NewIncarnation(random), MemberState.Learner, null, 0, HasLog: true);

    /// <summary>The state could be read, but the log's end may be lost: damaged, or (with ASYNC_FLUSH) the machine stopped.</summary>
    public RaftState AfterLostBytes(Random random) =>
        Member == MemberState.Voter ? this with { Member = MemberState.Suspect, Incarnation = NewIncarnation(random) } : this with { Incarnation = NewIncarnation(random) };

    /// <summary>The log lacks what it certainly held.</summary>
    internal bool LacksBytes(long logEnd) => logEnd < CommitFloor || (HasLog && logEnd == 0);

    internal static string NewIncarnation(Random random)
    {
        Span<byte> bytes = stackalloc byte[12];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
