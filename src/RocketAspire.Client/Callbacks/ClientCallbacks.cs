using Microsoft.Extensions.Logging;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Callbacks;

/// <summary>What brokers may ask of a client, all in one table.</summary>
internal static class ClientCallbacks
{
    public static IReadOnlyList<IRequestProcessor> Create(ClientGroups groups, PendingReplies replies, ILogger logger) =>
    [
        new CheckTransactionStateProcessor(groups, logger),
        new NotifyConsumerIdsChangedProcessor(groups),
        new ResetConsumerClientOffsetProcessor(groups),
        new GetConsumerStatusFromClientProcessor(groups),
        new GetConsumerRunningInfoProcessor(groups),
        new ConsumeMessageDirectlyProcessor(groups),
        new PushReplyMessageToClientProcessor(replies, logger),
    ];
}
