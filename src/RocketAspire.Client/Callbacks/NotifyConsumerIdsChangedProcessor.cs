using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Client.Callbacks;

/// <summary>NOTIFY_CONSUMER_IDS_CHANGED (40): a member of a group came or went; its queues are shared out anew at once.</summary>
internal sealed class NotifyConsumerIdsChangedProcessor(ClientGroups groups) : IRequestProcessor
{
    public int Code => RequestCode.NotifyConsumerIdsChanged;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (RequestHeader.TryRead<ConsumerGroupRequestHeader>(request.ExtFields, out var header, out _)) groups.Consumer(header.ConsumerGroup)?.GroupChanged();
        return new((RemotingCommand?)null);
    }
}
