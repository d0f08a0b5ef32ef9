using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>DELETE_SUBSCRIPTIONGROUP (207): a consumer group's settings go, and its progress if asked for.</summary>
public sealed class DeleteSubscriptiongroupProcessor(
    SubscriptionGroupTable groups, ConsumerOffsetTable offsets, TableFile file, BrokerConfiguration configuration, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.DeleteSubscriptiongroup;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (configuration.Current.IsSlave) return request.CreateResponse(ResponseCode.SystemError, TopicAdmin.SlaveRemark);
        if (!RequestHeader.TryRead<DeleteSubscriptionGroupRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        groups.Remove(header.GroupName);
        if (header.CleanOffset) offsets.RemoveGroup(header.GroupName);
        await file.SaveAsync().ConfigureAwait(false);
        Log.GroupDeleted(logger, header.GroupName, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
