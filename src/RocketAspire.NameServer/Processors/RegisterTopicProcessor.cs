using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>REGISTER_TOPIC_IN_NAMESRV (217): a topic on groups that are known here.</summary>
internal sealed class RegisterTopicProcessor(RouteTable routes) : IRequestProcessor
{
    public int Code => RequestCode.RegisterTopicInNamesrv;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var topic = fields.Text("topic");
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        try
        {
            routes.RegisterTopic(topic, TopicRouteData.Decode(request.Body.Span).QueueDatas);
        }
        catch (FastJsonException e)
        {
            return new(Answers.Refused(request, "the body can't be read: " + e.Message));
        }

        return new(Answers.Ok(request));
    }
}
