using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>Takes a leader's records, and owns how far this node's log is committed and agrees with the leader's.</summary>
internal sealed class FollowerLog(IRaftLog log, Outbox outbox)
{
    // This many terms in a refusal: enough for all but a node that was away for years, which then is asked again.
    private const int TermsInAnswer = 64;

    // Agrees with the log of the leader of this term; what follows may be of an older leader.
    private long _verified;
    private long _leaderCommit;
    private long _sequence;
    private long _acknowledged = -1;

    public long Commit { get; private set; }

    /// <summary>What an older life knew to be committed, as far as it is still there.</summary>
    public void Restore(long commit) => _verified = Commit = commit;

    /// <summary>Committed bytes agree with any leader's log; nothing else is known of the new one's.</summary>
    public void NewLeader()
    {
        _verified = Commit;
        _leaderCommit = _sequence = 0;
        _acknowledged = -1;
    }

    public void CommitTo(long offset)
    {
        if (offset <= Commit) return;
        Commit = offset;
        outbox.Output.Commit = offset;
    }

    /// <summary>The last record's term and the log's end.</summary>
    public (int Term, long Offset) Last
    {
        get
        {
            var end = log.End;
            return (TermLookup.Before(log.Terms, end), end);
        }
    }

    public bool IsAtLeast(int lastTerm, long lastOffset)
    {
        var (term, end) = Last;
        return lastTerm > term || (lastTerm == term && lastOffset >= end);
    }

    /// <summary>Durable here and the same as at the leader.</summary>
    public long Match => Math.Min(_verified, log.Durable);

    public void Take(Append append, MemberState member)
    {
        var terms = log.Terms;
        var end = log.End;
        _sequence = Math.Max(_sequence, append.Sequence);
        if (append.PrevOffset > end || TermLookup.Before(terms, append.PrevOffset) != append.PrevTerm)
        {
            if (append.PrevOffset <= Commit)
            {
                outbox.Output.Violation = $"The leader {append.Header.From} has a record of term {append.PrevTerm} before {append.PrevOffset}, where this log holds one of term {TermLookup.Before(terms, append.PrevOffset)}, committed up to {Commit}.";
                return;
            }

            Refuse(append, member);
            return;
        }

        if (!Write(append, terms, end)) return;
        _verified = Math.Max(_verified, append.PrevOffset + append.Bytes.Length);
        _leaderCommit = Math.Max(_leaderCommit, append.Commit);
        // Bytes are committed and answered when they have arrived: LogChanged comes then.
        if (outbox.Output.Write is not null) return;
        CommitWhatIsHere();
        Confirm(outbox.Answer(append.Header), member);
    }

    public void Take(InstallBase install, MemberState member)
    {
        _sequence = Math.Max(_sequence, install.Sequence);
        if (install.Start > Commit)
        {
            if (log.End < install.Start || TermLookup.Before(log.Terms, install.Start) != TermLookup.Before(install.Terms, install.Start))
            {
                outbox.Output.ResetTo = new RaftReset(install.Start, install.Terms, install.Tables);
            }

            _verified = Math.Max(_verified, install.Start);
            _leaderCommit = Math.Max(_leaderCommit, install.Start);
        }

        if (outbox.Output.ResetTo is not null) return;
        CommitWhatIsHere();
        Confirm(outbox.Answer(install.Header), member);
    }

    /// <summary>The log moved: commits what the leader committed before, and tells it when more is durable than it was told.</summary>
    public void Changed(Peer leader, MemberState member)
    {
        CommitWhatIsHere();
        if (Match > _acknowledged) Confirm(outbox.To(leader), member);
    }

    /// <summary>Tells the leader how far this log is, whatever it was told.</summary>
    public void Acknowledge(Peer leader, MemberState member) => Confirm(outbox.To(leader), member);

    private void CommitWhatIsHere() => CommitTo(Math.Min(_leaderCommit, Math.Min(_verified, log.End)));

    private bool Write(Append append, IReadOnlyList<TermEntry> terms, long end)
    {
        var from = append.PrevOffset;
        var to = from + append.Bytes.Length;
        if (to == from) return true;
        // What both logs hold of one term is the same. Cut only where another term stands: a late message must not take
        // away what a later one brought.
        var same = from;
        if (from < end && TermLookup.At(terms, from) == append.EntryTerm) same = TermLookup.EndOfTermAt(terms, from, end);
        if (same >= to) return true;
        if (same < end)
        {
            if (same < Commit)
            {
                outbox.Output.Violation = $"The leader {append.Header.From} has a record of term {append.EntryTerm} at {same}, where this log holds one of term {TermLookup.At(terms, same)}, committed up to {Commit}.";
                return false;
            }

            outbox.Output.TruncateTo = same;
        }

        outbox.Output.Write = new RaftWrite(same, append.Bytes[(int)(same - from)..]);
        return true;
    }

    private void Confirm(in RaftHeader header, MemberState member)
    {
        var end = log.End;
        var verified = Math.Min(_verified, end);
        _acknowledged = Math.Min(verified, log.Durable);
        outbox.Send(new AppendAnswer(header, _sequence, false, _acknowledged, verified, end, [], false, member));
    }

    private void Refuse(Append append, MemberState member)
    {
        var end = log.End;
        var terms = TermLookup.Newest(log.Terms, Math.Min(end, append.PrevOffset), TermsInAnswer, out var cut);
        outbox.Send(new AppendAnswer(outbox.Answer(append.Header), append.Sequence, true, Match, Math.Min(_verified, end), end, terms, cut, member));
    }
}
