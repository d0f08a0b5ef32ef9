using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>DELETE_TOPIC_IN_BROKER (215): the topic, its queues and all groups' progress in it go; the messages stay in the log until its files do.</summary>
public sealed class DeleteTopicInBrokerProcessor(TopicAdmin admin, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.DeleteTopicInBroker;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<TopicRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (await admin.DeleteAsync(header.Topic, cancellationToken).ConfigureAwait(false) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        Log.TopicDeleted(logger, header.Topic, connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
