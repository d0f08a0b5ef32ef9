using System.Globalization;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Looks into and changes a cluster. Every call throws remoting's exceptions when a node can't be asked, and <see cref="RocketMQResponseException"/> when it says no.</summary>
public sealed class RocketMQAdmin(RocketMQConnection connection)
{
    /// <summary>Clusters, groups and nodes as the first name server that answers sees them.</summary>
    public async Task<ClusterInfo> GetClusterInfoAsync(CancellationToken cancellationToken = default)
    {
        var answer = await connection.AskNameServersAsync(static () => RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo), cancellationToken).ConfigureAwait(false);
        return ReadClusterInfo("a name server", answer);
    }

    /// <summary>The same as one certain name server sees it.</summary>
    public async Task<ClusterInfo> GetClusterInfoAsync(string nameServer, CancellationToken cancellationToken = default)
    {
        var answer = await connection.AskAsync(nameServer, RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo), cancellationToken).ConfigureAwait(false);
        return ReadClusterInfo(nameServer, answer);
    }

    /// <summary>Null when the first name server that answers knows no route.</summary>
    public async Task<TopicRouteData?> GetRouteAsync(string topic, CancellationToken cancellationToken = default)
    {
        var answer = await connection.AskNameServersAsync(() => RouteCache.RouteRequest(topic), cancellationToken).ConfigureAwait(false);
        return RouteCache.ReadRoute(answer, "a name server");
    }

    /// <summary>Null when that name server knows no route.</summary>
    public async Task<TopicRouteData?> GetRouteAsync(string nameServer, string topic, CancellationToken cancellationToken = default)
    {
        var answer = await connection.AskAsync(nameServer, RouteCache.RouteRequest(topic), cancellationToken).ConfigureAwait(false);
        return RouteCache.ReadRoute(answer, nameServer);
    }

    /// <summary>All topics meant for users.</summary>
    public async Task<IReadOnlyCollection<string>> GetTopicsAsync(CancellationToken cancellationToken = default)
    {
        var answer = await connection.AskNameServersAsync(static () => RemotingCommand.CreateRequest(RequestCode.GetAllTopicListFromNameserver), cancellationToken).ConfigureAwait(false);
        Demand("a name server", RequestCode.GetAllTopicListFromNameserver, answer);
        return Body.Read("a name server", RequestCode.GetAllTopicListFromNameserver, answer, TopicList.Decode).Topics;
    }

    /// <summary>Creates or changes a topic on one broker (a master).</summary>
    public async Task CreateTopicAsync(string brokerAddress, TopicConfig topic, CancellationToken cancellationToken = default)
    {
        var header = new CreateTopicRequestHeader
        {
            Topic = topic.TopicName,
            ReadQueueNums = topic.ReadQueueNums,
            WriteQueueNums = topic.WriteQueueNums,
            Perm = topic.Perm,
            TopicFilterType = topic.TopicFilterType,
            TopicSysFlag = topic.TopicSysFlag,
            Order = topic.Order,
            Attributes = topic.Attributes is { Count: > 0 } attributes ? string.Join(',', attributes.Select(static pair => $"+{pair.Key}={pair.Value}")) : null,
        };
        await connection.DemandAsync(brokerAddress, RemotingCommand.CreateRequest(RequestCode.UpdateAndCreateTopic, header.ToExtFields()), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One past the last message of the queue, in messages.</summary>
    public Task<long> GetMaxOffsetAsync(string brokerAddress, string topic, int queueId, CancellationToken cancellationToken = default) =>
        GetOffsetAsync(RequestCode.GetMaxOffset, brokerAddress, topic, queueId, cancellationToken);

    /// <summary>The oldest message of the queue that is still there, in messages.</summary>
    public Task<long> GetMinOffsetAsync(string brokerAddress, string topic, int queueId, CancellationToken cancellationToken = default) =>
        GetOffsetAsync(RequestCode.GetMinOffset, brokerAddress, topic, queueId, cancellationToken);

    /// <summary>What a broker tells of itself: version, rates, disk, offsets of its log.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetBrokerRuntimeInfoAsync(string brokerAddress, CancellationToken cancellationToken = default)
    {
        var answer = await connection.DemandAsync(brokerAddress, RemotingCommand.CreateRequest(RequestCode.GetBrokerRuntimeInfo), cancellationToken).ConfigureAwait(false);
        return Body.Read(brokerAddress, RequestCode.GetBrokerRuntimeInfo, answer, KvTable.Decode).Table;
    }

    private async Task<long> GetOffsetAsync(int code, string brokerAddress, string topic, int queueId, CancellationToken cancellationToken)
    {
        var request = RemotingCommand.CreateRequest(code, new TopicQueueRequestHeader(topic, queueId).ToExtFields());
        var answer = await connection.DemandAsync(brokerAddress, request, cancellationToken).ConfigureAwait(false);
        return long.TryParse(answer.ExtFields["offset"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new RocketMQResponseException(brokerAddress, code, answer.Code, "the answer has no offset");
    }

    private static ClusterInfo ReadClusterInfo(string address, RemotingCommand answer)
    {
        Demand(address, RequestCode.GetBrokerClusterInfo, answer);
        return Body.Read(address, RequestCode.GetBrokerClusterInfo, answer, ClusterInfo.Decode);
    }

    private static void Demand(string address, int code, RemotingCommand answer)
    {
        if (answer.Code != ResponseCode.Success) throw new RocketMQResponseException(address, code, answer.Code, answer.Remark);
    }
}
