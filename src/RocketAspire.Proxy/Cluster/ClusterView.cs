using System.Runtime.CompilerServices;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>What this proxy knows of brokers, topics and groups. Every call throws remoting's and the client's exceptions when nobody can be asked.</summary>
internal sealed class ClusterView
{
    private const string Everything = "";
    private const int CreatedQueues = 4;

    private static readonly TimeSpan SoonAfter = TimeSpan.FromMilliseconds(500);

    private readonly RocketMQConnection _connection;
    private readonly ProxyOptions _options;
    private readonly BrokerNames _names;
    private readonly RocketMQAdmin _admin;
    private readonly RouteCache _routes;
    private readonly ConditionalWeakTable<TopicRouteData, TopicRoute> _views = [];
    private readonly AgingCache<ClusterInfo> _cluster;
    private readonly AgingCache<TopicConfig> _topics;
    private readonly AgingCache<SubscriptionGroupConfig> _groups;

    public ClusterView(RocketMQConnection connection, ProxyOptions options, BrokerNames names)
    {
        _connection = connection;
        _options = options;
        _names = names;
        _admin = new RocketMQAdmin(connection);
        _routes = new RouteCache(connection);
        _cluster = new(options.MetadataMaxAge, options.Time, LoadClusterAsync);
        _topics = new(options.MetadataMaxAge, options.Time, LoadTopicAsync);
        _groups = new(options.MetadataMaxAge, options.Time, LoadGroupAsync);
    }

    /// <summary>Asks one node; its code is the caller's to judge.</summary>
    public ValueTask<RemotingCommand> AskAsync(string address, RemotingCommand request, TimeSpan timeout, CancellationToken cancellationToken) =>
        _connection.AskAsync(address, request, cancellationToken, timeout);

    /// <summary>Sends and wants no answer.</summary>
    public ValueTask TellAsync(string address, RemotingCommand request, CancellationToken cancellationToken) => _connection.TellAsync(address, request, cancellationToken);

    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="isFresh">Ask the name servers, whatever is known.</param>
    /// <exception cref="RocketMQTopicNotFoundException">It isn't there and won't be made by a message.</exception>
    public async ValueTask<TopicRoute> RouteAsync(string topic, CancellationToken cancellationToken, bool isFresh = false)
    {
        var data = isFresh ? await _routes.RefreshAsync(topic, cancellationToken).ConfigureAwait(false) : await _routes.GetAsync(topic, cancellationToken).ConfigureAwait(false);
        if (data is not null) return _views.GetValue(data, static found => new TopicRoute(found, isTemplate: false));
        if (_options.AutoCreateTopics && !topic.StartsWith('%') && await _routes.GetAsync(TopicNames.SystemDefault, cancellationToken).ConfigureAwait(false) is { } template)
            return _views.GetValue(template, static found => new TopicRoute(found with
            {
                QueueDatas = [.. found.QueueDatas.Select(static queue => queue with
            {
                ReadQueueNums = Math.Min(CreatedQueues, queue.ReadQueueNums),
                WriteQueueNums = Math.Min(CreatedQueues, queue.WriteQueueNums),
            })]
            }, isTemplate: true));
        throw new RocketMQTopicNotFoundException(topic);
    }

    /// <summary>The master's address; null while the name servers know none.</summary>
    public async ValueTask<string?> MasterAsync(string brokerName, CancellationToken cancellationToken)
    {
        var cluster = await _cluster.GetAsync(Everything, cancellationToken).ConfigureAwait(false);
        if (cluster!.BrokerAddrTable.TryGetValue(brokerName, out var known) && known.MasterAddress is { } address) return address;
        cluster = await _cluster.GetAsync(Everything, cancellationToken, SoonAfter).ConfigureAwait(false);
        return cluster!.BrokerAddrTable.GetValueOrDefault(brokerName)?.MasterAddress;
    }

    /// <summary>As <see cref="MasterAsync"/>, but while nodes of that name are there and none of them is master, one is waited for: they may be choosing one.</summary>
    /// <param name="brokerName">The broker.</param>
    /// <param name="patience">Longest wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask<string?> MasterSoonAsync(string brokerName, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = _options.Time.GetTimestamp();
        while (true)
        {
            if (await MasterAsync(brokerName, cancellationToken).ConfigureAwait(false) is { } address) return address;
            var cluster = await _cluster.GetAsync(Everything, cancellationToken).ConfigureAwait(false);
            if (!cluster!.BrokerAddrTable.ContainsKey(brokerName) || _options.Time.GetElapsedTime(started) > patience) return null;
            await Task.Delay(SoonAfter, _options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>All masters now.</summary>
    public async ValueTask<IReadOnlyList<string>> MastersAsync(CancellationToken cancellationToken)
    {
        var cluster = await _cluster.GetAsync(Everything, cancellationToken).ConfigureAwait(false);
        return [.. cluster!.BrokerAddrTable.Values.Select(static broker => broker.MasterAddress).OfType<string>()];
    }

    /// <summary>After a node couldn't be reached: who serves may have changed.</summary>
    public async Task LookAgainAsync(CancellationToken cancellationToken) => await _cluster.GetAsync(Everything, cancellationToken, SoonAfter).ConfigureAwait(false);

    /// <summary>What kind of messages a topic takes: by its attribute; <see cref="MessageType.Normal"/> when it has none, or isn't there yet.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="isFresh">An answer that is older than a moment won't do.</param>
    public async ValueTask<TopicKinds> KindsAsync(string topic, CancellationToken cancellationToken, bool isFresh = false)
    {
        var config = await _topics.GetAsync(topic, cancellationToken, isFresh ? SoonAfter : null).ConfigureAwait(false);
        return TopicKinds.Of(config?.Attributes?.GetValueOrDefault(TopicAttributes.MessageType));
    }

    /// <summary>A group's settings; null when no broker has it, or none can be asked.</summary>
    public async ValueTask<SubscriptionGroupConfig?> GroupAsync(string group, CancellationToken cancellationToken)
    {
        try
        {
            return await _groups.GetAsync(group, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            return null;
        }
    }

    private async Task<ClusterInfo?> LoadClusterAsync(string key, CancellationToken cancellationToken)
    {
        var info = await _admin.GetClusterInfoAsync(cancellationToken).ConfigureAwait(false);
        foreach (var broker in info.BrokerAddrTable.Values)
            foreach (var address in broker.BrokerAddrs.Values) _names.Learn(address, broker.BrokerName);
        return info;
    }

    private async Task<TopicConfig?> LoadTopicAsync(string topic, CancellationToken cancellationToken)
    {
        var route = await _routes.GetAsync(topic, cancellationToken).ConfigureAwait(false);
        return route is null ? null : await FirstAsync(
            route.BrokerDatas.Select(static broker => broker.MasterAddress).OfType<string>(), RequestCode.GetTopicConfig, new TopicRequestHeader(topic).ToExtFields(), ResponseCode.TopicNotExist,
            TopicConfig.Decode, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SubscriptionGroupConfig?> LoadGroupAsync(string group, CancellationToken cancellationToken) =>
        await FirstAsync(
            await MastersAsync(cancellationToken).ConfigureAwait(false), RequestCode.GetSubscriptiongroupConfig, new GroupRequestHeader(group).ToExtFields(), ResponseCode.SubscriptionGroupNotExist,
            SubscriptionGroupConfig.Decode, cancellationToken).ConfigureAwait(false);

    /// <summary>The first of several brokers that has it; null when those that answer have not.</summary>
    private async Task<T?> FirstAsync<T>(IEnumerable<string> addresses, int code, ExtFields fields, int missing, Decoder<T> decode, CancellationToken cancellationToken)
        where T : class
    {
        Exception? failure = null;
        foreach (var address in addresses)
        {
            try
            {
                var answer = await _connection.AskAsync(address, RemotingCommand.CreateRequest(code, fields), cancellationToken).ConfigureAwait(false);
                if (answer.Code == ResponseCode.Success) return decode(answer.Body.Span);
                failure = answer.Code == missing ? failure : new RocketMQResponseException(address, code, answer.Code, answer.Remark);
            }
            catch (Exception e) when (Failures.IsOfCluster(e))
            {
                failure = e;
            }
        }

        return failure is null ? null : throw failure;
    }

    private delegate T Decoder<out T>(ReadOnlySpan<byte> body);
}
