using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_ALL_TOPIC_LIST_FROM_NAMESERVER (206), without the topics that only our own nodes use.</summary>
internal sealed class GetAllTopicListProcessor(RouteTable routes, SettingsTable settings) : IRequestProcessor
{
    public int Code => RequestCode.GetAllTopicListFromNameserver;

    public static bool IsForUsers(string topic) => topic is not (TopicNames.Probe or TopicNames.TermMarker or TopicNames.Metadata);

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!settings.Current.EnableAllTopicList) return new(Answers.Refused(request, "disable"));
        return new(Answers.Ok(request, new TopicList([.. routes.TopicNames().Where(IsForUsers)]).Encode()));
    }
}
