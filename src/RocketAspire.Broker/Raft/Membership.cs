namespace RocketAspire.Broker.Raft;

/// <summary>Who the others are, the birth of a group, and with it the first votes.</summary>
/// <remarks>
/// A node that forgot what it promised must not vote. A node that finds its own incarnation in the record of the group's
/// birth never promised anything before: at that moment all nodes were there and none had any data. The record is made
/// from two rounds of questions, the second one begun after the first was answered in full: between them lies the moment.
/// </remarks>
internal sealed class Membership(RaftOptions options, DurableState state, IRaftLog log, PeerTable peers, Outbox outbox, Random random)
{
    private const int AskIntervalMs = 50;
    private const int LookIntervalMs = 500;
    private const int ForcedRoundMs = 1000;

    private readonly Dictionary<string, string> _blank = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _lastRound;

    // Begins anywhere: an answer to an earlier process of the same incarnation must not count in this one's rounds.
    private long _round = random.NextInt64(1L << 60);
    private long _roundStartedMs = long.MinValue / 2;
    private bool _forced;

    /// <summary>From now on this node makes the next group as soon as a majority answers.</summary>
    public void Force()
    {
        _forced = true;
        NextRound(null);
    }

    /// <summary>True when this node got its vote by it.</summary>
    public bool Tick(RaftRole role, string? leader, long nowMs)
    {
        if (_roundStartedMs < 0) _roundStartedMs = nowMs;
        var founding = state.Member == MemberState.Blank || _forced;
        foreach (var peer in peers.Others)
        {
            if (founding) Ask(peer, nowMs, AskIntervalMs);
            else if (!peer.IsKnown) Ask(peer, nowMs, role == RaftRole.Follower && leader is not null ? LookIntervalMs : AskIntervalMs);
            else if (leader is null) Ask(peer, nowMs, LookIntervalMs);
        }

        if (_forced) return FoundForced(nowMs);
        return state.Member == MemberState.Blank && Found(nowMs);
    }

    /// <summary>Asks who the peer is, if it wasn't asked just now.</summary>
    public void Ask(Peer peer, long nowMs, int intervalMs = AskIntervalMs)
    {
        if (nowMs - peer.LastAskedMs < intervalMs) return;
        peer.LastAskedMs = nowMs;
        outbox.Send(Say(outbox.To(peer), false, _round));
    }

    /// <summary>True when this node got its vote by what it heard.</summary>
    public bool Heard(Peer peer, Hello hello, long nowMs)
    {
        var toMe = hello.Header.ToIncarnation == state.Incarnation;
        if (hello.IsAnswer && !toMe) return false;
        if (!hello.IsAnswer) outbox.Send(Say(outbox.Answer(hello.Header), true, hello.Round));
        peer.Foreign = Foreign(hello);
        if (peer.Foreign is not null) return false;
        peer.Incarnation = hello.Header.Incarnation;
        peer.Member = hello.Member;
        peer.LastHeardMs = nowMs;
        if (hello.Record is { } record && Learn(peer, record)) return true;
        if (state.Member == MemberState.Blank && toMe && hello.Member != MemberState.Blank)
        {
            // The group exists, and this life of the node isn't known to it: it was wiped.
            state.Become(MemberState.Learner);
            return false;
        }

        if (hello.IsAnswer && hello.Round == _round && (hello.Member == MemberState.Blank || _forced)) _blank[peer.Id] = hello.Header.Incarnation;
        return state.Member == MemberState.Blank && Found(nowMs);
    }

    private bool Learn(Peer peer, GroupRecord record)
    {
        var mine = record.Incarnations.TryGetValue(options.SelfId, out var incarnation) && incarnation == state.Incarnation;
        var number = state.Current.Group?.Number ?? -1;
        if (mine && (state.Member != MemberState.Voter || record.Number > number))
        {
            var hadVote = state.Votes;
            state.Join(record, MemberState.Voter);
            Recognize(record);
            return !hadVote;
        }

        if (!mine && record.Number > Math.Max(number, 0) && state.Member is MemberState.Voter or MemberState.Suspect)
        {
            outbox.Output.Violation = $"{peer.Id} belongs to a group that was formed by force without this node. Its data are given up: empty its store and start it again.";
        }

        return false;
    }

    private bool Found(long nowMs)
    {
        if (_blank.Count < peers.Others.Length) return false;
        if (peers.Others.Length > 0 && (_lastRound is null || _blank.Any(pair => _lastRound.GetValueOrDefault(pair.Key) != pair.Value)))
        {
            NextRound(new Dictionary<string, string>(_blank, StringComparer.Ordinal));
            foreach (var peer in peers.Others) Ask(peer, nowMs, 0);
            return false;
        }

        Make(0);
        return true;
    }

    private bool FoundForced(long nowMs)
    {
        if (_blank.Count + 1 < peers.Majority || nowMs - _roundStartedMs < ForcedRoundMs) return false;
        _forced = false;
        var hadVote = state.Votes;
        Make((state.Current.Group?.Number ?? 0) + 1);
        return !hadVote;
    }

    private void Make(int number)
    {
        var incarnations = new Dictionary<string, string>(_blank, StringComparer.Ordinal) { [options.SelfId] = state.Incarnation };
        state.Join(new GroupRecord(number, incarnations), MemberState.Voter);
        Recognize(state.Current.Group!);
        foreach (var peer in peers.Others)
        {
            if (peer.IsKnown) outbox.Send(Say(outbox.To(peer), true, -1));
        }
    }

    /// <summary>Who stands in the record has a vote, or will have it when it hears of it.</summary>
    private void Recognize(GroupRecord record)
    {
        foreach (var peer in peers.Others)
        {
            if (peer.Member == MemberState.Blank && record.Incarnations.GetValueOrDefault(peer.Id) == peer.Incarnation) peer.Member = MemberState.Voter;
        }
    }

    private void NextRound(Dictionary<string, string>? last)
    {
        _lastRound = last;
        _blank.Clear();
        _round++;
        _roundStartedMs = -1;
    }

    private Hello Say(in RaftHeader header, bool isAnswer, long round) =>
        new(header, isAnswer, round, options.Group, options.PeerIds, state.Member, state.Current.Group, log.End);

    private string? Foreign(Hello hello)
    {
        if (hello.Group != options.Group) return $"{hello.Header.From} belongs to the group {hello.Group}, not to {options.Group}";
        return hello.PeerIds.SequenceEqual(options.PeerIds, StringComparer.Ordinal) ? null : $"{hello.Header.From} is configured with the peers {string.Join(", ", hello.PeerIds)}, this node with {string.Join(", ", options.PeerIds)}";
    }
}
