using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker.Raft;

/// <summary>What a node of a DLedger group has to say.</summary>
internal static partial class RaftLog
{
    [LoggerMessage(400, LogLevel.Information, "node {Node} of group {Group} meets its peers at {Address}: {Member}, term {Term}, log {Start} to {End}")]
    public static partial void Started(ILogger logger, string node, string group, string address, MemberState member, int term, long start, long end);

    [LoggerMessage(401, LogLevel.Information, "{Node} leads term {Term} from offset {Offset} on")]
    public static partial void Leads(ILogger logger, string node, int term, long offset);

    [LoggerMessage(402, LogLevel.Information, "{Node} serves as leader of term {Term}, {Milliseconds} ms after its election")]
    public static partial void Serves(ILogger logger, string node, int term, long milliseconds);

    [LoggerMessage(403, LogLevel.Warning, "{Node} lost the lead of its group: {Waiting} sends that waited are answered as uncertain")]
    public static partial void LostLead(ILogger logger, string node, int waiting);

    [LoggerMessage(404, LogLevel.Information, "{Node} is {Role} in term {Term}, leader {Leader}")]
    public static partial void Role(ILogger logger, string node, RaftRole role, int term, string leader);

    [LoggerMessage(405, LogLevel.Warning, "{Node} cuts its log from {End} back to {Offset}: what stood there was never committed")]
    public static partial void Cuts(ILogger logger, string node, long end, long offset);

    [LoggerMessage(406, LogLevel.Warning, "{Node} begins its log anew at {Offset}: the leader's older files are gone")]
    public static partial void BeginsAnew(ILogger logger, string node, long offset);

    [LoggerMessage(407, LogLevel.Error, "{Node} could not do what its group needs, and tries again: {Reason}")]
    public static partial void OutputFailed(ILogger logger, string node, string reason, Exception exception);

    [LoggerMessage(408, LogLevel.Warning, "a message from peer {Peer} was dropped: {Reason}")]
    public static partial void MessageDropped(ILogger logger, string peer, string reason);

    [LoggerMessage(409, LogLevel.Error, "peer {Peer} is an Apache DLedger node: nodes of both kinds can't form one group")]
    public static partial void ForeignPeer(ILogger logger, string peer);

    [LoggerMessage(410, LogLevel.Information, "connected to peer {Peer} at {Address}")]
    public static partial void Connected(ILogger logger, string peer, string address);

    [LoggerMessage(411, LogLevel.Warning, "peer {Peer} at {Address} can't be reached: {Reason}")]
    public static partial void Unreachable(ILogger logger, string peer, string address, string reason);

    [LoggerMessage(412, LogLevel.Error, "{Path} can't be read ({Reason}): this node joins its group as a learner")]
    public static partial void StateUnreadable(ILogger logger, string path, string reason);

    [LoggerMessage(413, LogLevel.Information, "the group's address {Address} is open here")]
    public static partial void LeaderAddressOpen(ILogger logger, string address);

    [LoggerMessage(414, LogLevel.Warning, "the group's address {Address} is not to be had, this leader goes by its own: {Reason}")]
    public static partial void LeaderAddressTaken(ILogger logger, string address, string reason);

    [LoggerMessage(416, LogLevel.Warning, "how far the log is committed could not be written down: {Reason}")]
    public static partial void FloorNotSaved(ILogger logger, string reason);

    [LoggerMessage(417, LogLevel.Warning, "{Node} gives up the lead: {Reason}")]
    public static partial void Resigns(ILogger logger, string node, string reason);

    [LoggerMessage(418, LogLevel.Warning, "the group has no leader: {Reason}")]
    public static partial void NoLeader(ILogger logger, string reason);

    [LoggerMessage(419, LogLevel.Warning, "bytes {From} to {End} of the log were damaged on this disk, and are as peer {Peer} has them now")]
    public static partial void Mended(ILogger logger, long from, long end, string peer);

    [LoggerMessage(420, LogLevel.Warning, "bytes {From} to {End} of the log could not be compared with the peers': {Reason}")]
    public static partial void NotCompared(ILogger logger, long from, long end, string reason);

    [LoggerMessage(415, LogLevel.Error, "this node stops taking part in its group: {Reason}")]
    public static partial void Stopped(ILogger logger, string reason);
}
