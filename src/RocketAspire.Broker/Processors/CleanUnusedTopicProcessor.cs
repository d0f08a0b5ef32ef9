using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>CLEAN_UNUSED_TOPIC (316): queues of unknown topics that lead to no message any more go. Those of a deleted topic went with it.</summary>
public sealed class CleanUnusedTopicProcessor(StoreCleaner cleaner) : IRequestProcessor
{
    public int Code => RequestCode.CleanUnusedTopic;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        await cleaner.DeleteExpiredQueuesAsync().ConfigureAwait(false);
        return request.CreateResponse(ResponseCode.Success);
    }
}
