using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>UPDATE_AND_CREATE_TOPIC_LIST (18, from 5.x): several topics at once, all or none.</summary>
public sealed class UpdateAndCreateTopicListProcessor(TopicAdmin admin, ILogger logger) : IRequestProcessor
{
    public int Code => RequestCode.UpdateAndCreateTopicList;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var topics = new List<TopicConfig>();
        try
        {
            foreach (var item in FastJson.Parse(request.Body.Span)["topicConfigList"].Items) topics.Add(TopicConfig.Read(item, ""));
        }
        catch (FastJsonException e)
        {
            return request.CreateResponse(ResponseCode.SystemError, "the body can't be read: " + e.Message);
        }

        if (await admin.PutAsync(topics, cancellationToken).ConfigureAwait(false) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        Log.TopicChanged(logger, string.Join(',', topics.ConvertAll(static topic => topic.TopicName)), connection.RemoteAddress);
        return request.CreateResponse(ResponseCode.Success);
    }
}
