using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST (225, from 5.x): several groups at once, all or none.</summary>
/// <remarks>Source of the body: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/remoting/src/main/java/org/apache/rocketmq/remoting/protocol/body/SubscriptionGroupList.java</remarks>
public sealed class UpdateAndCreateSubscriptiongroupListProcessor(SubscriptionGroupTable groups, ITableCommit commit, BrokerConfiguration configuration, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.UpdateAndCreateSubscriptiongroupList;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (configuration.IsSlave) return request.CreateResponse(ResponseCode.SystemError, TopicAdmin.SlaveRemark);
        var configs = new List<SubscriptionGroupConfig>();
        try
        {
            foreach (var item in FastJson.Parse(request.Body.Span)["groupConfigList"].Items) configs.Add(SubscriptionGroupConfig.Read(item, ""));
        }
        catch (FastJsonException e)
        {
            return request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message);
        }

        if (configs.Count == 0) return request.CreateResponse(ResponseCode.SystemError, "the body names no group");
        foreach (var config in configs)
        {
            if (TopicNames.WhyInvalidGroup(config.GroupName) is { } invalid) return request.CreateResponse(ResponseCode.SystemError, invalid);
            if (groups.WhyNot(config) is { } wrong) return request.CreateResponse(ResponseCode.SystemError, wrong);
        }

        if (commit.Begin(out var ticket) is { } notHere) return request.CreateResponse(notHere.Code, notHere.Remark);
        foreach (var config in configs) groups.Put(config);
        if (await commit.CommitAsync(ticket).ConfigureAwait(false) is { } failed) return request.CreateResponse(failed.Code, failed.Remark);
        Log.GroupChanged(logger, string.Join(',', configs.ConvertAll(static config => config.GroupName)), connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
