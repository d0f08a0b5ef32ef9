using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_AND_CREATE_SUBSCRIPTIONGROUP (200): a consumer group's settings.</summary>
public sealed class UpdateAndCreateSubscriptiongroupProcessor(SubscriptionGroupTable groups, ITableCommit commit, BrokerConfiguration configuration, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.UpdateAndCreateSubscriptiongroup;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (configuration.IsSlave) return request.CreateResponse(ResponseCode.SystemError, TopicAdmin.SlaveRemark);
        SubscriptionGroupConfig config;
        try
        {
            config = SubscriptionGroupConfig.Decode(request.Body.Span);
        }
        catch (FastJsonException e)
        {
            return request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message);
        }

        if (TopicNames.WhyInvalidGroup(config.GroupName) is { } invalid) return request.CreateResponse(ResponseCode.SystemError, invalid);
        if (groups.WhyNot(config) is { } wrong) return request.CreateResponse(ResponseCode.SystemError, wrong);
        if (commit.Begin(out var ticket) is { } notHere) return request.CreateResponse(notHere.Code, notHere.Remark);
        groups.Put(config);
        if (await commit.CommitAsync(ticket).ConfigureAwait(false) is { } failed) return request.CreateResponse(failed.Code, failed.Remark);
        Log.GroupChanged(logger, config.GroupName, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
