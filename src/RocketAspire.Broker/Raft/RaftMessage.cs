using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <param name="From">The sender's id.</param>
/// <param name="To">The receiver's id.</param>
/// <param name="Incarnation">The sender's.</param>
/// <param name="ToIncarnation">The receiver's, as the sender knows it: a message to an earlier life is dropped. Empty only in <see cref="Hello"/>.</param>
/// <param name="Term">The sender's term.</param>
public readonly record struct RaftHeader(string From, string To, string Incarnation, string ToIncarnation, int Term);

/// <summary>Messages between the nodes of a group go one way each; they may be lost, doubled, late and out of order.</summary>
public abstract record RaftMessage(RaftHeader Header);

/// <summary>Would you vote for me in the term after mine? Changes nothing at either side.</summary>
/// <param name="Header">See <see cref="RaftHeader"/>.</param>
/// <param name="LastTerm">Term of the last record.</param>
/// <param name="LastOffset">End of the log.</param>
public sealed record PreVote(RaftHeader Header, int LastTerm, long LastOffset) : RaftMessage(Header);

/// <param name="Header">See <see cref="RaftHeader"/>.</param>
/// <param name="NextTerm">The term that was asked about.</param>
/// <param name="Granted">Yes or no.</param>
/// <param name="Member">The voter's state.</param>
public sealed record PreVoteAnswer(RaftHeader Header, int NextTerm, bool Granted, MemberState Member) : RaftMessage(Header);

/// <param name="Header">Its term is the one to be led.</param>
/// <param name="LastTerm">Term of the last record.</param>
/// <param name="LastOffset">End of the log.</param>
/// <param name="Transfer">The leader itself asked for it, so a living leader is no reason to refuse.</param>
public sealed record Vote(RaftHeader Header, int LastTerm, long LastOffset, bool Transfer) : RaftMessage(Header);

public sealed record VoteAnswer(RaftHeader Header, bool Granted, MemberState Member) : RaftMessage(Header);

/// <summary>Records that follow a prefix, or (without bytes) a heartbeat that asks whether the prefix is there.</summary>
/// <param name="Header">See <see cref="RaftHeader"/>.</param>
/// <param name="PrevOffset">Where the bytes begin.</param>
/// <param name="PrevTerm">Term of the record that ends there.</param>
/// <param name="EntryTerm">Term of the bytes.</param>
/// <param name="Bytes">Whole records of one term.</param>
/// <param name="Commit">The leader's.</param>
/// <param name="Sequence">Rising; the answer repeats it.</param>
public sealed record Append(RaftHeader Header, long PrevOffset, int PrevTerm, int EntryTerm, ReadOnlyMemory<byte> Bytes, long Commit, long Sequence) : RaftMessage(Header);

/// <param name="Header">See <see cref="RaftHeader"/>.</param>
/// <param name="Sequence">Of the newest <see cref="Append"/> that this answers.</param>
/// <param name="Rejected">The prefix isn't there: look at <paramref name="End"/> and <paramref name="Terms"/>.</param>
/// <param name="Match">The log agrees with the leader's so far, and may be acknowledged.</param>
/// <param name="Verified">The log agrees with the leader's so far, written but maybe not fsynced.</param>
/// <param name="End">End of the follower's log.</param>
/// <param name="Terms">When rejected: the newest terms of the follower that begin before the prefix's end.</param>
/// <param name="TermsCut">There are older ones than those listed.</param>
/// <param name="Member">Only a voter's match is counted.</param>
public sealed record AppendAnswer(
    RaftHeader Header, long Sequence, bool Rejected, long Match, long Verified, long End, IReadOnlyList<TermEntry> Terms, bool TermsCut, MemberState Member) : RaftMessage(Header);

/// <summary>Who a node is, asked and answered; the only message to a peer that isn't known yet.</summary>
/// <param name="Header">See <see cref="RaftHeader"/>.</param>
/// <param name="IsAnswer">False asks for the same of the receiver.</param>
/// <param name="Round">The asker's count, repeated in the answer.</param>
/// <param name="Group">Name of the group.</param>
/// <param name="PeerIds">As configured at the sender.</param>
/// <param name="Member">What the sender is.</param>
/// <param name="Record">The birth of its group, if it knows one.</param>
/// <param name="End">End of its log.</param>
public sealed record Hello(RaftHeader Header, bool IsAnswer, long Round, string Group, IReadOnlyList<string> PeerIds, MemberState Member, GroupRecord? Record, long End) : RaftMessage(Header);

/// <summary>To a learner: with the leader's log up to this offset it is a voter, for everything that it may have promised before is in there.</summary>
public sealed record JoinConfirm(RaftHeader Header, long Barrier) : RaftMessage(Header);

/// <summary>From a leader that hands over: ask for votes at once.</summary>
public sealed record TimeoutNow(RaftHeader Header) : RaftMessage(Header);

/// <summary>The leader's log no longer has what the peer lacks: begin anew at a file's start.</summary>
/// <param name="Header">See <see cref="RaftHeader"/>.</param>
/// <param name="Start">Where the log is to begin; everything before is committed.</param>
/// <param name="Terms">Terms that began before <paramref name="Start"/>.</param>
/// <param name="Tables">The metadata as of some offset at or after <paramref name="Start"/>. Empty when it leaves the core: the driver puts it in before it sends.</param>
/// <param name="Sequence">Rising; the answer repeats it.</param>
public sealed record InstallBase(RaftHeader Header, long Start, IReadOnlyList<TermEntry> Terms, ReadOnlyMemory<byte> Tables, long Sequence) : RaftMessage(Header);
