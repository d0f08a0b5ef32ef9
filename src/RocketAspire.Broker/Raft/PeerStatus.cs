namespace RocketAspire.Broker.Raft;

/// <summary>A peer as this node sees it, for people.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsSelf">This node.</param>
/// <param name="Member">Null as long as it wasn't heard.</param>
/// <param name="Match">On a leader: acknowledged by it, in bytes; else 0.</param>
/// <param name="LastHeardMs">On the core's clock; -1 when it wasn't heard.</param>
public sealed record PeerStatus(string Id, bool IsSelf, MemberState? Member, long Match, long LastHeardMs);
