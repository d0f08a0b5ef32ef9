using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_AND_CREATE_TOPIC (17): creates a topic or changes its queues and permissions; answered when it is on disk and the name servers know.</summary>
public sealed class UpdateAndCreateTopicProcessor(TopicAdmin admin, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.UpdateAndCreateTopic;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<CreateTopicRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        // Readiness asks for it on any broker; ours has it from the start.
        if (header.Topic == TopicNames.Probe) return request.CreateResponse(ResponseCode.Success);
        if (TopicAttributes.TryParse(header.Attributes, out var attributes) is { } wrong) return request.CreateResponse(ResponseCode.SystemError, wrong);
        var topic = new TopicConfig
        {
            TopicName = header.Topic,
            ReadQueueNums = header.ReadQueueNums,
            WriteQueueNums = header.WriteQueueNums,
            Perm = header.Perm,
            TopicFilterType = header.TopicFilterType,
            TopicSysFlag = header.TopicSysFlag ?? 0,
            Order = header.Order,
            Attributes = attributes,
        };
        if (await admin.PutAsync([topic], cancellationToken).ConfigureAwait(false) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        Log.TopicChanged(logger, header.Topic, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
