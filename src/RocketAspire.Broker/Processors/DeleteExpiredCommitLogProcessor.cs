using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>DELETE_EXPIRED_COMMITLOG (329): log files older than fileReservedTime go at once, not only at deleteWhen. Answered before they have gone.</summary>
public sealed class DeleteExpiredCommitLogProcessor(StoreCleaner cleaner) : IRequestProcessor
{
    public int Code => RequestCode.DeleteExpiredCommitlog;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        cleaner.Ask();
        return new(request.CreateResponse(ResponseCode.Success));
    }
}
