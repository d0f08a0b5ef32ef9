using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>DELETE_TOPIC_IN_NAMESRV (216).</summary>
internal sealed class DeleteTopicProcessor(RouteTable routes) : IRequestProcessor
{
    public int Code => RequestCode.DeleteTopicInNamesrv;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var topic = fields.Text("topic");
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        routes.DeleteTopic(topic, fields.TextOrNull("clusterName"));
        return new(Answers.Ok(request));
    }
}
