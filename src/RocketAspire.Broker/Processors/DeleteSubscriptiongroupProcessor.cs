using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>DELETE_SUBSCRIPTIONGROUP (207): a consumer group's settings go, and its progress if asked for.</summary>
public sealed class DeleteSubscriptiongroupProcessor(
    SubscriptionGroupTable groups, ConsumerOffsetTable offsets, TableCommits commits, BrokerConfiguration configuration, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.DeleteSubscriptiongroup;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (configuration.IsSlave) return request.CreateResponse(ResponseCode.SystemError, TopicAdmin.SlaveRemark);
        if (!RequestHeader.TryRead<DeleteSubscriptionGroupRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (await DeleteAsync(header).ConfigureAwait(false) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        Log.GroupDeleted(logger, header.GroupName, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }

    private async ValueTask<Refusal?> DeleteAsync(DeleteSubscriptionGroupRequestHeader header)
    {
        if (commits.Groups.Begin(out var ticket) is { } notHere) return notHere;
        if (commits.ConsumerOffsets.Begin(out var offsetsTicket) is { } offsetsNotHere) return offsetsNotHere;
        groups.Remove(header.GroupName);
        if (await commits.Groups.CommitAsync(ticket).ConfigureAwait(false) is { } failed) return failed;
        if (!header.CleanOffset) return null;
        offsets.RemoveGroup(header.GroupName);
        return await commits.ConsumerOffsets.CommitAsync(offsetsTicket).ConfigureAwait(false);
    }
}
