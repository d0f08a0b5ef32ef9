namespace RocketAspire.Broker.Raft;

/// <summary>When to ask for votes, and whether the leader lives.</summary>
internal sealed class ElectionTimer(RaftOptions options, Random random)
{
    // A killed leader is told of by its broken connections: the followers then spread over this.
    private const int HurriedMs = 50;

    // So often the time to vote in is doubled, after the first two askings in a row that made no leader.
    private const int MostDoublings = 3;

    private int _askedInVain;
    private long _deadlineMs;
    private long _leaderHeardMs = long.MinValue / 2;

    public bool IsDue(long nowMs) => nowMs >= _deadlineMs;

    /// <summary>While it lives nobody else is voted for.</summary>
    public bool LeaderLives(long nowMs) => nowMs - _leaderHeardMs < options.ElectionTimeoutMinMs;

    /// <summary>At the start: sooner than later, since pre-votes disturb no leader that is there.</summary>
    public void Start(long nowMs) =>
        _deadlineMs = nowMs + (options.PreferredLeaderId == options.SelfId ? random.Next(options.HeartbeatMs, 2 * options.HeartbeatMs) : random.Next(options.ElectionTimeoutMinMs / 2, options.ElectionTimeoutMinMs));

    public void LeaderHeard(long nowMs)
    {
        _leaderHeardMs = nowMs;
        _askedInVain = 0;
        Restart(nowMs);
    }

    /// <summary>The leader is gone, or is no leader any more.</summary>
    public void LeaderGone() => _leaderHeardMs = long.MinValue / 2;

    public void Restart(long nowMs) => _deadlineMs = nowMs + random.Next(options.ElectionTimeoutMinMs, options.ElectionTimeoutMaxMs + 1);

    public void Hurry(long nowMs) => _deadlineMs = Math.Min(_deadlineMs, nowMs + random.Next(0, HurriedMs));

    /// <summary>Until the next question when a pre-vote got no majority.</summary>
    public void PreVoteAsked(long nowMs) => _deadlineMs = nowMs + random.Next(options.HeartbeatMs, (2 * options.HeartbeatMs) + 1);

    /// <summary>Until a candidate gives up its term. Again and again in vain: a vote that is needed may take its node's disk longer than that to keep.</summary>
    public void VoteAsked(long nowMs)
    {
        var waitMs = random.Next(options.ElectionTimeoutMinMs / 2, (options.ElectionTimeoutMaxMs / 2) + 1);
        _deadlineMs = nowMs + ((long)waitMs << Math.Clamp(_askedInVain++ - 1, 0, MostDoublings));
    }

    /// <summary>Lets all others go first.</summary>
    public void StandBack(long nowMs) => _deadlineMs = nowMs + (3 * options.ElectionTimeoutMaxMs);
}
