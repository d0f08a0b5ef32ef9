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

    public void Voted(SimNode node, VoteAnswer answer)
    {
        if (!answer.Granted) return;
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

    public void Reset(SimNode node)
    {
        if (node.Log.Start > LedgerEnd) throw new InvariantException($"{node.Id} begins anew at {node.Log.Start}, {LedgerEnd} is committed");
        _commits[node.Index] = Math.Max(_commits[node.Index], node.Log.Start);
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
        CheckMajority(node, commit);
        Extend(node, commit);
    }

    /// <summary>Every copy is the same: for the end of an episode.</summary>
    public void CheckAll()
    {
        foreach (var node in world.Nodes) Compare(node, node.Log.Start, Math.Min(node.Log.End, _commits[node.Index]));
    }

    private void CheckMajority(SimNode leader, long commit)
    {
        var term = TermTexts.TermBefore(leader.Log.Terms, commit);
        var holders = 0;
        foreach (var node in world.Nodes)
        {
            var holds = node.Log.Durable >= commit && TermTexts.TermBefore(node.Log.Terms, commit) == term && node.DiskState?.Member == MemberState.Voter;
            if (holds || _destroyed.Exists(copy => copy.Node == node.Index && copy.Durable >= commit && TermTexts.TermBefore(copy.Terms, commit) == term)) holders++;
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
