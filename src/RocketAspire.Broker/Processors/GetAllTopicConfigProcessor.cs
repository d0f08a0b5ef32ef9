using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_ALL_TOPIC_CONFIG (21): the whole topic table; slaves copy it.</summary>
public sealed class GetAllTopicConfigProcessor(TopicConfigTable topics) : IRequestProcessor
{
    public int Code => RequestCode.GetAllTopicConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request) => request.CreateResponse(ResponseCode.Success, body: topics.ToJson());
}
