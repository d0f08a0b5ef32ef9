namespace RocketAspire.Broker.Raft;

/// <summary>Counts the votes of one asking.</summary>
internal sealed class Ballot(PeerTable peers)
{
    private readonly Dictionary<string, MemberState> _granted = new(StringComparer.Ordinal);

    /// <param name="self">The candidate's own vote.</param>
    /// <param name="member">What it is worth.</param>
    public void Open(string self, MemberState member)
    {
        _granted.Clear();
        _granted[self] = member;
    }

    public void Count(string peer, MemberState member) => _granted[peer] = member;

    public bool Has(string peer) => _granted.ContainsKey(peer);

    /// <summary>Every configured node voted alike: then the candidate's log is at least as long as any, whatever some have lost.</summary>
    public bool IsUnanimous => _granted.Count == peers.Count;

    public bool IsWon
    {
        get
        {
            var sure = 0;
            foreach (var member in _granted.Values)
            {
                if (member == MemberState.Voter) sure++;
            }

            return sure >= peers.Majority || IsUnanimous;
        }
    }
}
