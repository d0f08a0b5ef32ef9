using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Looks into and changes a cluster. Every call throws remoting's exceptions when a node can't be asked, and <see cref="RocketMQResponseException"/> when it says no.</summary>
public sealed class RocketMQAdmin
{
    private readonly RocketMQConnection _connection;

    public RocketMQAdmin(RocketMQConnection connection)
    {
        _connection = connection;
        var calls = new AdminCalls(connection);
        Topics = new TopicAdmin(calls);
        Groups = new GroupAdmin(calls, Topics);
        Brokers = new BrokerAdmin(calls);
        Messages = new MessageAdmin(calls, Topics, Groups);
        Traces = new TraceAdmin(Messages);
        NameServers = new NameServerAdmin(calls);
        Acl = new AclAdmin(calls);
    }

    public TopicAdmin Topics { get; }

    public GroupAdmin Groups { get; }

    public BrokerAdmin Brokers { get; }

    public MessageAdmin Messages { get; }

    public TraceAdmin Traces { get; }

    public NameServerAdmin NameServers { get; }

    public AclAdmin Acl { get; }

    /// <summary>Clusters, groups and nodes as the first name server that answers sees them.</summary>
    public async Task<ClusterInfo> GetClusterInfoAsync(CancellationToken cancellationToken = default)
    {
        var answer = await _connection.AskNameServersAsync(static () => RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo), cancellationToken).ConfigureAwait(false);
        return ReadClusterInfo("a name server", answer);
    }

    /// <summary>The same as one certain name server sees it.</summary>
    public async Task<ClusterInfo> GetClusterInfoAsync(string nameServer, CancellationToken cancellationToken = default)
    {
        var answer = await _connection.AskAsync(nameServer, RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo), cancellationToken).ConfigureAwait(false);
        return ReadClusterInfo(nameServer, answer);
    }

    /// <summary>Null when the first name server that answers knows no route.</summary>
    public async Task<TopicRouteData?> GetRouteAsync(string topic, CancellationToken cancellationToken = default)
    {
        var answer = await _connection.AskNameServersAsync(() => RouteCache.RouteRequest(topic), cancellationToken).ConfigureAwait(false);
        return RouteCache.ReadRoute(answer, "a name server");
    }

    /// <summary>Null when that name server knows no route.</summary>
    public async Task<TopicRouteData?> GetRouteAsync(string nameServer, string topic, CancellationToken cancellationToken = default)
    {
        var answer = await _connection.AskAsync(nameServer, RouteCache.RouteRequest(topic), cancellationToken).ConfigureAwait(false);
        return RouteCache.ReadRoute(answer, nameServer);
    }

    /// <summary>All topics meant for users.</summary>
    public async Task<IReadOnlyCollection<string>> GetTopicsAsync(CancellationToken cancellationToken = default)
    {
        var answer = await _connection.AskNameServersAsync(static () => RemotingCommand.CreateRequest(RequestCode.GetAllTopicListFromNameserver), cancellationToken).ConfigureAwait(false);
        Demand("a name server", RequestCode.GetAllTopicListFromNameserver, answer);
        return Body.Read("a name server", RequestCode.GetAllTopicListFromNameserver, answer, TopicList.Decode).Topics;
    }

    /// <summary>Creates or changes a topic on one broker (a master).</summary>
    public Task CreateTopicAsync(string brokerAddress, TopicConfig topic, CancellationToken cancellationToken = default) => Topics.CreateOrUpdateAsync(brokerAddress, topic, cancellationToken);

    /// <summary>One past the last message of the queue, in messages.</summary>
    public Task<long> GetMaxOffsetAsync(string brokerAddress, string topic, int queueId, CancellationToken cancellationToken = default) =>
        GetOffsetAsync(RequestCode.GetMaxOffset, brokerAddress, topic, queueId, cancellationToken);

    /// <summary>The oldest message of the queue that is still there, in messages.</summary>
    public Task<long> GetMinOffsetAsync(string brokerAddress, string topic, int queueId, CancellationToken cancellationToken = default) =>
        GetOffsetAsync(RequestCode.GetMinOffset, brokerAddress, topic, queueId, cancellationToken);

    /// <summary>What a broker tells of itself: version, rates, disk, offsets of its log.</summary>
    public Task<IReadOnlyDictionary<string, string>> GetBrokerRuntimeInfoAsync(string brokerAddress, CancellationToken cancellationToken = default) => Brokers.GetRuntimeInfoAsync(brokerAddress, cancellationToken);

    private async Task<long> GetOffsetAsync(int code, string brokerAddress, string topic, int queueId, CancellationToken cancellationToken)
    {
        var request = RemotingCommand.CreateRequest(code, new TopicQueueRequestHeader(topic, queueId).ToExtFields());
        var answer = await _connection.DemandAsync(brokerAddress, request, cancellationToken).ConfigureAwait(false);
        return AdminCalls.Offset(brokerAddress, code, answer);
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
