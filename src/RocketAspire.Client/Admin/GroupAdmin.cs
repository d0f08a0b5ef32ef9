using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>A consumer group as its brokers have it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Configs">Its settings by <c>brokerName</c>.</param>
public sealed record GroupSummary(string Name, IReadOnlyDictionary<string, SubscriptionGroupConfig> Configs);

/// <summary>How far a group is.</summary>
/// <param name="Queues">By queue, its retry topic's among them.</param>
/// <param name="ConsumeTps">Messages a second over the last minute, all brokers together.</param>
public sealed record GroupProgress(IReadOnlyList<KeyValuePair<Protocol.Bodies.MessageQueue, ConsumeOffset>> Queues, double ConsumeTps)
{
    /// <summary>Messages that wait for it.</summary>
    public long Backlog => Queues.Sum(static pair => Math.Max(0, pair.Value.BrokerOffset - pair.Value.ConsumerOffset));
}

/// <summary>Consumer groups: listed, made, changed, deleted; who is in them, how far they are, and where they go on.</summary>
public sealed class GroupAdmin
{
    private readonly AdminCalls _calls;
    private readonly TopicAdmin _topics;

    internal GroupAdmin(AdminCalls calls, TopicAdmin topics)
    {
        _calls = calls;
        _topics = topics;
    }

    /// <summary>All groups of all brokers that answer, by name.</summary>
    public async Task<IReadOnlyList<GroupSummary>> ListAsync(CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.GroupsAsync(mastersOnly: false, cancellationToken).ConfigureAwait(false);
        var tables = await AdminCalls.FromEachAsync(nodes, async node => (node.BrokerName,
            Table: await _calls.ReadAsync(node.Address, RequestCode.GetAllSubscriptiongroupConfig, null, SubscriptionGroupAndVersion.Decode, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        var groups = new SortedDictionary<string, Dictionary<string, SubscriptionGroupConfig>>(StringComparer.Ordinal);
        foreach (var (broker, table) in tables)
        {
            foreach (var (name, config) in table.Groups)
            {
                if (!groups.TryGetValue(name, out var configs)) groups[name] = configs = new(StringComparer.Ordinal);
                configs[broker] = config;
            }
        }

        return [.. groups.Select(static pair => new GroupSummary(pair.Key, pair.Value))];
    }

    /// <summary>Makes or changes a group on each master.</summary>
    /// <param name="group">Its settings.</param>
    /// <param name="brokerNames">Only there; null for all.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQPartialChangeException">A broker refused.</exception>
    /// <exception cref="RocketMQBrokerNotFoundException">There is no master, or none of such a name.</exception>
    public async Task CreateOrUpdateAsync(SubscriptionGroupConfig group, IReadOnlyCollection<string>? brokerNames = null, CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.MastersAsync(brokerNames, cancellationToken).ConfigureAwait(false);
        await AdminCalls.OnEachAsync($"group {group.GroupName} was not made everywhere", [.. nodes.Select(static node => node.Address)],
            address => _calls.DemandAsync(address, RequestCode.UpdateAndCreateSubscriptiongroup, null, cancellationToken, group.Encode())).ConfigureAwait(false);
    }

    /// <summary>Deletes a group on each master.</summary>
    /// <param name="group">Its name.</param>
    /// <param name="withOffsets">Its progress, and its retry and dead letter topics, go too.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQPartialChangeException">A broker refused.</exception>
    public async Task DeleteAsync(string group, bool withOffsets = false, CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.GroupsAsync(mastersOnly: true, cancellationToken).ConfigureAwait(false);
        await AdminCalls.OnEachAsync($"group {group} was not deleted everywhere", [.. nodes.Select(static node => node.Address)],
            address => _calls.DemandAsync(address, RequestCode.DeleteSubscriptiongroup, new DeleteSubscriptionGroupRequestHeader(group, withOffsets).ToExtFields(), cancellationToken)).ConfigureAwait(false);
        if (!withOffsets) return;
        await _topics.DeleteAsync(TopicNames.Retry(group), cancellationToken).ConfigureAwait(false);
        await _topics.DeleteAsync(TopicNames.Dlq(group), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Who consumes now; null when nobody is connected.</summary>
    public async Task<ConsumerConnections?> GetConnectionsAsync(string group, CancellationToken cancellationToken = default)
    {
        ConsumerConnections? all = null;
        var clients = new SortedDictionary<string, ClientConnection>(StringComparer.Ordinal);
        foreach (var node in await _calls.GroupsAsync(mastersOnly: false, cancellationToken).ConfigureAwait(false))
        {
            var request = RemotingCommand.CreateRequest(RequestCode.GetConsumerConnectionList, new ConsumerGroupRequestHeader(group).ToExtFields());
            var answer = await _calls.Connection.AskAsync(node.Address, request, cancellationToken).ConfigureAwait(false);
            if (answer.Code == ResponseCode.ConsumerNotOnline) continue;
            if (answer.Code != ResponseCode.Success) throw new RocketMQResponseException(node.Address, request.Code, answer.Code, answer.Remark);
            var found = Body.Read(node.Address, request.Code, answer, ConsumerConnections.Decode);
            foreach (var client in found.Connections) clients[client.ClientId] = client;
            all ??= found;
        }

        return all is null ? null : all with { Connections = [.. clients.Values] };
    }

    /// <summary>How far the group is in one topic, or in all of its topics.</summary>
    public async Task<GroupProgress> GetProgressAsync(string group, string? topic = null, CancellationToken cancellationToken = default)
    {
        var nodes = topic is null ? await _calls.GroupsAsync(mastersOnly: false, cancellationToken).ConfigureAwait(false) : await _calls.HoldersAsync(topic, cancellationToken).ConfigureAwait(false);
        var stats = await AdminCalls.FromEachAsync(nodes, async node =>
        {
            var request = RemotingCommand.CreateRequest(RequestCode.GetConsumeStats, new GetConsumeStatsRequestHeader(group, topic).ToExtFields());
            var answer = await _calls.Connection.AskAsync(node.Address, request, cancellationToken).ConfigureAwait(false);
            // A broker that never heard of the group has nothing that it lacks.
            if (answer.Code is ResponseCode.SubscriptionGroupNotExist or ResponseCode.ConsumerNotOnline or ResponseCode.TopicNotExist) return new ConsumeStats([], 0);
            return answer.Code == ResponseCode.Success
                ? Body.Read(node.Address, request.Code, answer, ConsumeStats.Decode)
                : throw new RocketMQResponseException(node.Address, request.Code, answer.Code, answer.Remark);
        }).ConfigureAwait(false);
        return new GroupProgress(
            [.. stats.SelectMany(static s => s.Queues).OrderBy(static q => q.Key.Topic, StringComparer.Ordinal).ThenBy(static q => q.Key.BrokerName, StringComparer.Ordinal).ThenBy(static q => q.Key.QueueId)],
            stats.Sum(static s => s.ConsumeTps));
    }

    /// <summary>What a client tells of itself, as JSON: settings, queues in hand, rates and, when asked for, the stacks of its threads.</summary>
    /// <exception cref="RocketMQResponseException">The client isn't connected, or didn't answer in time.</exception>
    public async Task<string> GetRunningInfoAsync(string group, string clientId, bool withStacks = false, CancellationToken cancellationToken = default)
    {
        RocketMQResponseException? refused = null;
        foreach (var node in await _calls.GroupsAsync(mastersOnly: true, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                var fields = new GetConsumerRunningInfoRequestHeader(group, clientId, withStacks).ToExtFields();
                var answer = await _calls.DemandAsync(node.Address, RequestCode.GetConsumerRunningInfo, fields, cancellationToken).ConfigureAwait(false);
                return System.Text.Encoding.UTF8.GetString(answer.Body.Span);
            }
            catch (RocketMQResponseException e)
            {
                // A client need not be connected to each broker.
                refused = e;
            }
        }

        throw refused ?? throw new RocketMQBrokerNotFoundException(null);
    }

    /// <summary>Moves a group to a time: what was stored then or later comes (again). Live clients are told; without one the stored offsets are changed.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="group">The group.</param>
    /// <param name="time">Null skips everything there is.</param>
    /// <param name="maySkip">False leaves a queue alone whose group isn't that far yet.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Where each queue goes on.</returns>
    /// <exception cref="RocketMQTopicNotFoundException">No broker holds the topic.</exception>
    public async Task<IReadOnlyDictionary<Protocol.Bodies.MessageQueue, long>> ResetOffsetsAsync(
        string topic, string group, DateTimeOffset? time, bool maySkip = true, CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.HoldersAsync(topic, cancellationToken).ConfigureAwait(false);
        if (nodes.Count == 0) throw new RocketMQTopicNotFoundException(topic);
        var offsets = new Dictionary<Protocol.Bodies.MessageQueue, long>();
        foreach (var node in nodes)
        {
            // Unix milliseconds; -1 is the queues' ends.
            var fields = new ResetOffsetRequestHeader(topic, group, time?.ToUnixTimeMilliseconds() ?? -1, maySkip).ToExtFields();
            var answer = await _calls.Connection.AskAsync(node.Address, RemotingCommand.CreateRequest(RequestCode.InvokeBrokerToResetOffset, fields), cancellationToken).ConfigureAwait(false);
            if (answer.Code == ResponseCode.Success)
            {
                foreach (var (queue, offset) in Body.Read(node.Address, RequestCode.InvokeBrokerToResetOffset, answer, QueueOffsetsBody.Decode).Offsets) offsets[queue] = offset;
            }
            else if (answer.Code == ResponseCode.ConsumerNotOnline) await ResetStoredAsync(node, topic, group, time, maySkip, offsets, cancellationToken).ConfigureAwait(false);
            else throw new RocketMQResponseException(node.Address, RequestCode.InvokeBrokerToResetOffset, answer.Code, answer.Remark);
        }

        return offsets;
    }

    /// <summary>Where a group goes on in one queue, in messages; null when the broker has no place of it.</summary>
    public async Task<long?> GetOffsetAsync(string brokerAddress, string topic, int queueId, string group, CancellationToken cancellationToken = default)
    {
        var request = RemotingCommand.CreateRequest(RequestCode.QueryConsumerOffset, new QueryConsumerOffsetRequestHeader(group, topic, queueId).ToExtFields());
        var answer = await _calls.Connection.AskAsync(brokerAddress, request, cancellationToken).ConfigureAwait(false);
        return answer.Code switch
        {
            ResponseCode.Success => AdminCalls.Offset(brokerAddress, request.Code, answer),
            ResponseCode.QueryNotFound => null,
            _ => throw new RocketMQResponseException(brokerAddress, request.Code, answer.Code, answer.Remark),
        };
    }

    /// <summary>Sets where a group goes on in one queue; live clients that hold the queue overwrite it.</summary>
    /// <param name="brokerAddress">A master.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="queueId">The queue.</param>
    /// <param name="group">The group.</param>
    /// <param name="offset">In messages.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task SetOffsetAsync(string brokerAddress, string topic, int queueId, string group, long offset, CancellationToken cancellationToken = default) =>
        _calls.DemandAsync(brokerAddress, RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader(group, topic, queueId, offset).ToExtFields(), cancellationToken);

    /// <summary>Gives a group the progress of another, in one topic or in all.</summary>
    public async Task CloneOffsetsAsync(string from, string to, string? topic = null, CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.GroupsAsync(mastersOnly: true, cancellationToken).ConfigureAwait(false);
        await AdminCalls.OnEachAsync($"group {to} did not get the offsets of {from} everywhere", [.. nodes.Select(static node => node.Address)],
            address => _calls.DemandAsync(address, RequestCode.CloneGroupOffset, new CloneGroupOffsetRequestHeader(from, to, topic, Offline: false).ToExtFields(), cancellationToken)).ConfigureAwait(false);
    }

    private async Task ResetStoredAsync(
        BrokerEndpoint node, string topic, string group, DateTimeOffset? time, bool maySkip, Dictionary<Protocol.Bodies.MessageQueue, long> offsets, CancellationToken cancellationToken)
    {
        var table = await _calls.ReadAsync(node.Address, RequestCode.GetConsumeStats, new GetConsumeStatsRequestHeader(group, topic).ToExtFields(), ConsumeStats.Decode, cancellationToken).ConfigureAwait(false);
        foreach (var (queue, place) in table.Queues.Where(pair => pair.Key.Topic == topic))
        {
            var target = time is { } at ? await _topics.SearchOffsetAsync(node.Address, topic, queue.QueueId, at, cancellationToken).ConfigureAwait(false) : place.BrokerOffset;
            if (!maySkip) target = Math.Min(target, place.ConsumerOffset);
            await SetOffsetAsync(node.Address, topic, queue.QueueId, group, target, cancellationToken).ConfigureAwait(false);
            offsets[queue] = target;
        }
    }
}
