using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer.Processors;

/// <summary>GET_SYSTEM_TOPIC_LIST_FROM_NS (304): names of clusters and groups are topics, and one broker to ask for the rest.</summary>
internal sealed class GetSystemTopicListProcessor(RouteTable routes) : IRequestProcessor
{
    public int Code => RequestCode.GetSystemTopicListFromNs;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var clusters = routes.Clusters();
        string[] topics = [.. clusters.ClusterAddrTable.SelectMany(static entry => entry.Value.Prepend(entry.Key))];
        var broker = clusters.BrokerAddrTable.Values.Select(static group => group.BrokerAddrs.Values.FirstOrDefault()).FirstOrDefault();
        return new(Answers.Ok(request, new TopicList(topics, broker).Encode()));
    }
}
