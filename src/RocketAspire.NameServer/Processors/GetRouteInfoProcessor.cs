using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_ROUTEINFO_BY_TOPIC (105).</summary>
internal sealed class GetRouteInfoProcessor(RouteTable routes, KvConfigTable kv, SettingsTable settings) : IRequestProcessor
{
    public int Code => RequestCode.GetRouteinfoByTopic;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var fields = new HeaderReader(request.ExtFields);
        var topic = fields.Text("topic");
        if (fields.Problem is { } problem) return new(Answers.Refused(request, problem));
        if (routes.FindRoute(topic) is not { } route)
            return new(request.CreateResponse(ResponseCode.TopicNotExist, $"No topic route info in name server for the topic: {topic}{FaqHint.Text}"));
        if (settings.Current.OrderMessageEnable) route = route with { OrderTopicConf = kv.Get(KvConfigTable.OrderTopicConfig, topic) };
        return new(Answers.Ok(request, route.Encode(Answers.WantsStandardJson(request))));
    }
}
