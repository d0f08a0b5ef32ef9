using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_SYSTEM_TOPIC_LIST_FROM_BROKER (305): the topics that tools leave out of their lists.</summary>
public sealed class GetSystemTopicListFromBrokerProcessor(TopicConfigTable topics) : IRequestProcessor
{
    public int Code => RequestCode.GetSystemTopicListFromBroker;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.Success, body: new TopicList(topics.SystemNames()).Encode()));
}
