using RocketAspire.Broker.Raft;
using RocketAspire.Store;

namespace RocketAspire.Raft.Simulation;

/// <summary>What never may happen, checked at each step that could break it.</summary>
internal sealed class Checker(World world)
{
    private readonly TermTexts _texts = new();
    private readonly Dictionary<int, (int Node, int Life)> _leaders = [];
    private readonly Dictionary<(string Incarnation, int Term), string> _votes = [];

    // How far the leader of a term committed.
    private readonly Dictionary<int, long> _committedIn = [];

    // What each node said was committed, in this process.
    private readonly long[] _commits = new long[world.Profile.Nodes];

    // Copies that were durable before they were destroyed: an acknowledgement of them may still be counted.
    private readonly List<(int Node, long Durable, TermEntry[] Terms)> _destroyed = [];
    private byte[] _ledger = new byte[4096];

    /// <summary>How far the group's log is committed.</summary>
    public long LedgerEnd { get; private set; }

    /// <summary>For scripts that destroy more than may be destroyed: what was committed may be missing from now on.</summary>
    public bool ForgiveLoss { get; set; }

    public long Commits { get; private set; }

    public int Elections => _leaders.Count;

    public void Started(SimNode node)
    {
        _commits[node.Index] = node.Core!.Commit;
        if (node.Core.Commit > LedgerEnd) throw new InvariantException($"{node.Id} starts with the commit {node.Core.Commit}, {LedgerEnd} is committed");
        Compare(node, node.Log.Start, node.Core.Commit);
    }

    public void LosingData(SimNode node) => _destroyed.Add((node.Index, node.Log.Durable, [.. node.Log.Terms]));

    public void Leads(SimNode node, int term)
    {
        world.Trace(node, $"leads term {term}, log {node.Log.Start}..{node.Log.End}");
        if (!_leaders.TryAdd(term, (node.Index, node.Life))) throw new InvariantException($"{node.Id} leads term {term}, which node {_leaders[term].Node} led already");
        if (ForgiveLoss && node.Log.End < LedgerEnd) LedgerEnd = node.Log.End;
        // All that leaders of earlier terms committed must be there. Later ones may lead already: then this one commits nothing.
        var needed = Math.Min(LedgerEnd, _committedIn.Where(commit => commit.Key < term).Select(static commit => commit.Value).DefaultIfEmpty().Max());
        if (node.Log.End < needed) throw new InvariantException($"{node.Id} leads term {term} with a log up to {node.Log.End}, {needed} is committed");
        Compare(node, node.Log.Start, needed);
    }

    /// <summary>A message is a promise: what it says is on the disk before it leaves.</summary>
    public void Sending(SimNode node, RaftMessage message)
    {
        var header = message.Header;
        if (node.DiskState is not { } disk || disk.Incarnation != header.Incarnation) throw new InvariantException($"{node.Id} speaks as {header.Incarnation}, which is not on its disk");
        if (header.Term > disk.Term) throw new InvariantException($"{node.Id} speaks in term {header.Term}, its disk knows {disk.Term}");
        switch (message)
        {
            case Vote when disk.Term != header.Term || disk.VotedFor != node.Id:
                throw new InvariantException($"{node.Id} asks for votes in term {header.Term}, on its disk is a vote for {disk.VotedFor} in term {disk.Term}");
            case VoteAnswer { Granted: true } answer:
                Voted(node, answer, disk);
                break;
            case AppendAnswer answer when answer.Match > node.Log.Durable:
                throw new InvariantException($"{node.Id} acknowledges {answer.Match}, {node.Log.Durable} is durable");
            case AppendAnswer { Rejected: false, Member: MemberState.Voter } when disk.Member != MemberState.Voter:
                throw new InvariantException($"{node.Id} acknowledges as a voter, on its disk it is a {disk.Member}");
        }
    }

    private void Voted(SimNode node, VoteAnswer answer, RaftState disk)
    {
        if (disk.Term != answer.Header.Term || disk.VotedFor != answer.Header.To) throw new InvariantException($"{node.Id} votes for {answer.Header.To} in term {answer.Header.Term}, on its disk is a vote for {disk.VotedFor} in term {disk.Term}");
        var key = (answer.Header.Incarnation, answer.Header.Term);
        if (_votes.TryAdd(key, answer.Header.To) || _votes[key] == answer.Header.To) return;
        throw new InvariantException($"{node.Id} votes for {_votes[key]} and for {answer.Header.To} in term {answer.Header.Term}");
    }

    public void Appended(SimNode node, long from) => _texts.Add(node.Log, from, isLeader: true);

    public void Copied(SimNode node, long from) => _texts.Add(node.Log, from, isLeader: false);

    public void Truncating(SimNode node, long to)
    {
        if (to < _commits[node.Index]) throw new InvariantException($"{node.Id} cuts its log at {to}, below its commit {_commits[node.Index]}");
        // What a learner holds counts for nothing, and it may follow a leader that is none any more.
        if (node.Core!.State.Member == MemberState.Learner) return;
        if (to < LedgerEnd && node.Log.End > to && node.Log.Bytes(to, to + 1)[0] == _ledger[to] && SameRecord(node, to)) throw new InvariantException($"{node.Id} cuts its log at {to}, where it holds what is committed up to {LedgerEnd}");
    }

    /// <summary>Before the log is emptied.</summary>
    public void Reset(SimNode node, RaftReset reset)
    {
        var (log, start) = (node.Log, reset.Start);
        if (start > LedgerEnd) throw new InvariantException($"{node.Id} begins anew at {start}, {LedgerEnd} is committed");
        _commits[node.Index] = Math.Max(_commits[node.Index], start);
        if (node.Core!.State.Member == MemberState.Learner || start < log.Start || start >= Math.Min(log.End, LedgerEnd)) return;
        if (TermTexts.TermBefore(log.Terms, start) == TermTexts.TermBefore(reset.Terms, start) && SameRecord(node, start)) throw new InvariantException($"{node.Id} begins anew at {start}, behind which it holds what is committed up to {LedgerEnd}");
    }

    public void Committed(SimNode node, long commit)
    {
        var before = _commits[node.Index];
        if (commit < before) throw new InvariantException($"{node.Id} takes its commit back from {before} to {commit}");
        if (commit > node.Log.End) throw new InvariantException($"{node.Id} commits {commit}, its log ends at {node.Log.End}");
        Compare(node, Math.Max(before, node.Log.Start), Math.Min(commit, LedgerEnd));
        _commits[node.Index] = commit;
        if (commit <= LedgerEnd) return;
        if (node.Core!.Role != RaftRole.Leader) throw new InvariantException($"{node.Id} follows, and is the first to commit {commit}");
        // An older leader's record may be on a majority and still be cut away, as long as none of the leader's own term follows it.
        var term = TermTexts.TermBefore(node.Log.Terms, commit);
        if (term != node.Core.Term) throw new InvariantException($"{node.Id} leads term {node.Core.Term}, and commits {commit}, the end of a record of term {term}");
        CheckMajority(node, commit);
        Extend(node, commit);
    }

    /// <summary>Every copy is the same: for the end of an episode.</summary>
    public void CheckAll()
    {
        foreach (var node in world.Nodes) Compare(node, node.Log.Start, Math.Min(node.Log.End, _commits[node.Index]));
    }

    /// <summary>A floor above what is durable would make a power loss look like a loss of what was acknowledged.</summary>
    public void Saving(SimNode node, RaftState state)
    {
        if (state.CommitFloor > (node.DiskState?.CommitFloor ?? 0) && state.CommitFloor > node.Log.Durable) throw new InvariantException($"{node.Id} writes down that {state.CommitFloor} is committed and durable here, {node.Log.Durable} is");
    }

    /// <summary>What a leader believes that a peer holds is there, or was when the peer said so.</summary>
    public void Heard(SimNode leader, AppendAnswer answer)
    {
        if (leader.Core is not { Role: RaftRole.Leader } core) return;
        var peer = core.Peers.First(peer => peer.Id == answer.Header.From);
        var node = world.Nodes.First(node => node.Id == peer.Id);
        // A peer that is in a later term may have cut it since, and is not counted in this one any more.
        if (node.DiskState?.Term > core.Term || peer.Match == 0) return;
        var term = TermTexts.TermBefore(leader.Log.Terms, peer.Match);
        if (Holds(node.Log, peer.Match, term) || Held(node, peer.Match, term)) return;
        throw new InvariantException($"{leader.Id} leads term {core.Term} and counts {peer.Id} up to {peer.Match}, whose log {node.Log.Start}..{node.Log.End} is durable up to {node.Log.Durable}");
    }

    private static bool Holds(SimLog log, long offset, int term) => log.Durable >= offset && TermTexts.TermBefore(log.Terms, offset) == term;

    private bool Held(SimNode node, long offset, int term) =>
        _destroyed.Exists(copy => copy.Node == node.Index && copy.Durable >= offset && TermTexts.TermBefore(copy.Terms, offset) == term);

    private void CheckMajority(SimNode leader, long commit)
    {
        var term = TermTexts.TermBefore(leader.Log.Terms, commit);
        var holders = 0;
        foreach (var node in world.Nodes)
        {
            if ((node.DiskState?.Member == MemberState.Voter && Holds(node.Log, commit, term)) || Held(node, commit, term)) holders++;
        }

        if (holders <= world.Nodes.Length / 2) throw new InvariantException($"{leader.Id} commits {commit}, which {holders} of {world.Nodes.Length} voters hold durably");
    }

    private void Extend(SimNode node, long commit)
    {
        if (commit > _ledger.Length) Array.Resize(ref _ledger, (int)Math.Max(commit, 2L * _ledger.Length));
        node.Log.Bytes(LedgerEnd, commit).CopyTo(_ledger.AsSpan((int)LedgerEnd));
        LedgerEnd = commit;
        _committedIn[node.Core!.Term] = commit;
        Commits++;
    }

    private void Compare(SimNode node, long from, long to)
    {
        if (from >= to) return;
        var here = node.Log.Bytes(from, to);
        var common = here.CommonPrefixLength(_ledger.AsSpan((int)from, (int)(to - from)));
        if (common < here.Length) throw new InvariantException($"{node.Id} holds other bytes at {from + common} than those committed");
    }

    private bool SameRecord(SimNode node, long at)
    {
        var size = SimRecords.SizeOf(node.Log.Bytes(at, node.Log.End));
        return at + size <= LedgerEnd && node.Log.Bytes(at, at + size).SequenceEqual(_ledger.AsSpan((int)at, size));
    }
}
