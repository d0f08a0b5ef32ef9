using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_UNIT_TOPIC_LIST (311), GET_HAS_UNIT_SUB_TOPIC_LIST (312) and GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST (313): topics by system flag.</summary>
internal sealed class GetUnitTopicListProcessor(int code, RouteTable routes, SettingsTable settings, Func<int, bool> condition) : IRequestProcessor
{
    public int Code => code;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!settings.Current.EnableTopicList) return new(Answers.Refused(request, "disable"));
        return new(Answers.Ok(request, new TopicList(routes.TopicsWith(queue => condition(queue.TopicSysFlag))).Encode()));
    }
}
