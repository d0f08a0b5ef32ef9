using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>CLEAN_EXPIRED_CONSUMEQUEUE (306): consume queues of unknown topics that lead to no message any more go.</summary>
/// <remarks>Apache's broker deletes those of known topics too; their next message then gets offset 0, and consumers that had got further miss it.</remarks>
public sealed class CleanExpiredConsumequeueProcessor(StoreCleaner cleaner) : IRequestProcessor
{
    public int Code => RequestCode.CleanExpiredConsumequeue;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        await cleaner.DeleteExpiredQueuesAsync().ConfigureAwait(false);
        return request.CreateResponse(ResponseCode.Success);
    }
}
