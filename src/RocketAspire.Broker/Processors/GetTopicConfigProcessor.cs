using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>GET_TOPIC_CONFIG (351): one topic's settings.</summary>
public sealed class GetTopicConfigProcessor(TopicConfigTable topics) : IRequestProcessor
{
    public int Code => RequestCode.GetTopicConfig;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<RemotingCommand?>(Process(request));

    private RemotingCommand Process(RemotingCommand request)
    {
        if (!RequestHeader.TryRead<TopicRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        return topics.Find(header.Topic) is { } topic
            ? request.CreateResponse(ResponseCode.Success, body: topic.Encode())
            : request.CreateResponse(ResponseCode.TopicNotExist, $"No topic in this broker. topic: {header.Topic}");
    }
}
