namespace RocketAspire.Broker.Raft;

/// <summary>Puts a node's situation into words.</summary>
internal static class Explanation
{
    public static IReadOnlyList<PeerStatus> Peers(RaftOptions options, DurableState state, PeerTable peers, Leadership? leadership, IRaftLog log, long nowMs) =>
        [.. options.PeerIds.Select(id => peers.Find(id) is { } peer
            ? new PeerStatus(id, false, leadership?.Of(peer)?.Member ?? peer.Member, leadership?.Of(peer)?.Match ?? 0, peer.LastHeardMs)
            : new PeerStatus(id, true, state.Member, log.Durable, nowMs))];

    public static string WhyNoLeader(RaftOptions options, DurableState state, PeerTable peers, string? leader, bool canLead, string? resigned, long nowMs)
    {
        if (leader is not null) return "";
        if (peers.Others.FirstOrDefault(static peer => peer.Foreign is not null) is { Foreign: { } foreign }) return foreign;
        var silent = peers.Others.Where(peer => peer.LastHeardMs < 0 || nowMs - peer.LastHeardMs > 2 * options.ElectionTimeoutMaxMs).Select(static peer => peer.Id).ToList();
        if (state.Member == MemberState.Blank && silent.Count > 0) return $"a new group needs all its nodes; not heard: {string.Join(", ", silent)}";
        if (state.Member == MemberState.Blank) return "the group is being formed";
        var lost = options.PeerIds.Where(id => peers.Find(id) is { } peer ? peer.Member is MemberState.Blank or MemberState.Learner : !state.Votes).ToList();
        if (peers.Count - lost.Count < peers.Majority)
        {
            return $"{string.Join(", ", lost)} lost their data: {peers.Count - lost.Count} of {peers.Count} nodes are left, no majority, so nobody can know what was acknowledged. Bring the data back, or give up what is missing with --force-new-group";
        }

        if (peers.Count - silent.Count < peers.Majority) return $"no majority: not heard {string.Join(", ", silent)}";
        if (!state.Votes) return "this node lost its data and copies them as soon as there is a leader";
        if (resigned is not null) return $"an election is under way; this node gave up leading: {resigned}";
        return canLead ? "an election is under way" : "an election is under way; this node can't lead";
    }
}
