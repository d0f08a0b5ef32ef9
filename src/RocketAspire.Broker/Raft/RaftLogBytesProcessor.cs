using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Raft;

/// <summary>RAFT_LOG_BYTES (7312): committed bytes of the log for a peer whose own are damaged. On the peers' port.</summary>
/// <remarks>
/// Fields <c>from</c> and <c>to</c>: these bytes. Without <c>to</c>: the record that begins there, when it is sound, and of a blank
/// one its first 8 bytes. The body is empty when they are not here.
/// </remarks>
internal sealed class RaftLogBytesProcessor(CommittedLog log) : IRequestProcessor
{
    public int Code => RequestCode.RaftLogBytes;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var from = request.ExtFields.GetInt64(RaftLogSumProcessor.From, -1);
        var to = request.ExtFields.GetInt64(RaftLogSumProcessor.To, -1);
        return ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success, null, (to < 0 ? log.Record(from, out _) : log.Read(from, to)) ?? []));
    }
}
