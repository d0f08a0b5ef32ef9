using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>CLEAN_UNUSED_TOPIC (316): queues of topics that are gone go too, once none of their messages is left in the log.</summary>
/// <remarks>
/// Apache's broker deletes them at once, and a topic of the same name then counts from 0 again; a slave, whose queues stay, would
/// take the new messages for old ones.
/// </remarks>
public sealed class CleanUnusedTopicProcessor(StoreCleaner cleaner) : IRequestProcessor
{
    public int Code => RequestCode.CleanUnusedTopic;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        await cleaner.DeleteExpiredQueuesAsync().ConfigureAwait(false);
        return request.CreateResponse(ResponseCode.Success);
    }
}
