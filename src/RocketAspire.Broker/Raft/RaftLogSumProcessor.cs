using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Raft;

/// <summary>RAFT_LOG_SUM (7311): a hash of committed bytes of the log, by which a peer finds what its disk changed. On the peers' port.</summary>
/// <remarks>Fields <c>from</c> and <c>to</c>; the body is 16 bytes of XxHash128, or empty when not all of it is here.</remarks>
internal sealed class RaftLogSumProcessor(CommittedLog log) : IRequestProcessor
{
    public const string From = "from";
    public const string To = "to";

    public int Code => RequestCode.RaftLogSum;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(
            ResponseCode.Success, null, log.Sum(request.ExtFields.GetInt64(From, -1), request.ExtFields.GetInt64(To, -1)) ?? []));
}
