using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_TOPICS_BY_CLUSTER (224).</summary>
internal sealed class GetTopicsByClusterProcessor(RouteTable routes, SettingsTable settings) : IRequestProcessor
{
    public int Code => RequestCode.GetTopicsByCluster;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!settings.Current.EnableTopicList) return new(Answers.Refused(request, "disable"));
        var fields = new HeaderReader(request.ExtFields);
        var cluster = fields.Text("cluster");
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        return new(Answers.Ok(request, new TopicList([.. routes.TopicsOfCluster(cluster).Where(GetAllTopicListProcessor.IsForUsers)]).Encode()));
    }
}
