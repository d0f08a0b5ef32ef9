using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>What a topic is for.</summary>
public enum TopicKind
{
    Normal,

    /// <summary>Messages of one sharding key stay in order (<c>message.type=FIFO</c>, or the order flag of 4.x).</summary>
    Fifo,

    /// <summary><c>message.type=DELAY</c>.</summary>
    Delay,

    /// <summary><c>message.type=TRANSACTION</c>.</summary>
    Transaction,

    /// <summary>What a group gave back (<c>%RETRY%</c>).</summary>
    Retry,

    /// <summary>What a group gave up (<c>%DLQ%</c>).</summary>
    DeadLetter,

    /// <summary>RocketMQ's own.</summary>
    System,
}

/// <summary>A topic as its brokers have it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Configs">Its settings by <c>brokerName</c>.</param>
public sealed record TopicSummary(string Name, TopicKind Kind, IReadOnlyDictionary<string, TopicConfig> Configs)
{
    /// <summary>What a topic is for, by its name and settings.</summary>
    public static TopicKind KindOf(TopicConfig topic)
    {
        if (topic.TopicName.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal)) return TopicKind.Retry;
        if (topic.TopicName.StartsWith(TopicNames.DlqPrefix, StringComparison.Ordinal)) return TopicKind.DeadLetter;
        if (TopicNames.IsSystem(topic.TopicName)) return TopicKind.System;
        return topic.Attributes?.GetValueOrDefault("message.type")?.ToUpperInvariant() switch
        {
            "FIFO" => TopicKind.Fifo,
            "DELAY" => TopicKind.Delay,
            "TRANSACTION" => TopicKind.Transaction,
            _ => topic.Order ? TopicKind.Fifo : TopicKind.Normal,
        };
    }
}

/// <summary>Topics: listed, made, changed, deleted, looked into.</summary>
public sealed class TopicAdmin
{
    private readonly AdminCalls _calls;

    internal TopicAdmin(AdminCalls calls) => _calls = calls;

    /// <summary>All topics of all brokers that answer for a group, by name.</summary>
    public async Task<IReadOnlyList<TopicSummary>> ListAsync(CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.GroupsAsync(mastersOnly: false, cancellationToken).ConfigureAwait(false);
        var tables = await AdminCalls.FromEachAsync(nodes, async node =>
            (node.BrokerName, Table: await _calls.ReadAsync(node.Address, RequestCode.GetAllTopicConfig, null, TopicConfigAndVersion.Decode, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        var topics = new SortedDictionary<string, Dictionary<string, TopicConfig>>(StringComparer.Ordinal);
        foreach (var (broker, table) in tables)
        {
            foreach (var topic in table.TopicConfigTable.Values)
            {
                if (!topics.TryGetValue(topic.TopicName, out var configs)) topics[topic.TopicName] = configs = new(StringComparer.Ordinal);
                configs[broker] = topic;
            }
        }

        return [.. topics.Select(static pair => new TopicSummary(pair.Key, TopicSummary.KindOf(pair.Value.Values.First()), pair.Value))];
    }

    /// <summary>Makes or changes a topic on each master.</summary>
    /// <param name="topic">Its settings. Attributes are set, none is taken away.</param>
    /// <param name="brokerNames">Only on these groups; null for all.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQPartialChangeException">A broker refused.</exception>
    /// <exception cref="RocketMQBrokerNotFoundException">There is no master, or none of such a name.</exception>
    public async Task CreateOrUpdateAsync(TopicConfig topic, IReadOnlyCollection<string>? brokerNames = null, CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.MastersAsync(brokerNames, cancellationToken).ConfigureAwait(false);
        await AdminCalls.OnEachAsync($"topic {topic.TopicName} was not made everywhere", [.. nodes.Select(static node => node.Address)],
            address => CreateOrUpdateAsync(address, topic, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Makes or changes a topic on one broker (a master).</summary>
    public Task CreateOrUpdateAsync(string brokerAddress, TopicConfig topic, CancellationToken cancellationToken = default)
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
        return _calls.DemandAsync(brokerAddress, RequestCode.UpdateAndCreateTopic, header.ToExtFields(), cancellationToken);
    }

    /// <summary>Deletes a topic with its messages: on each master, then on each name server.</summary>
    /// <exception cref="RocketMQPartialChangeException">A node refused.</exception>
    public async Task DeleteAsync(string topic, CancellationToken cancellationToken = default)
    {
        var fields = new TopicRequestHeader(topic);
        var nodes = await _calls.GroupsAsync(mastersOnly: true, cancellationToken).ConfigureAwait(false);
        await AdminCalls.OnEachAsync($"topic {topic} was not deleted everywhere", [.. nodes.Select(static node => node.Address)],
            address => _calls.DemandAsync(address, RequestCode.DeleteTopicInBroker, fields.ToExtFields(), cancellationToken)).ConfigureAwait(false);
        await AdminCalls.OnEachAsync($"the route of topic {topic} was not deleted everywhere", _calls.Connection.NameServers,
            address => _calls.DemandAsync(address, RequestCode.DeleteTopicInNamesrv, fields.ToExtFields(), cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Each queue's ends and when its last message was stored; empty when no broker holds the topic.</summary>
    public async Task<IReadOnlyList<KeyValuePair<Protocol.Bodies.MessageQueue, TopicOffset>>> GetStatusAsync(string topic, CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.HoldersAsync(topic, cancellationToken).ConfigureAwait(false);
        var tables = await AdminCalls.FromEachAsync(nodes, node =>
            _calls.ReadAsync(node.Address, RequestCode.GetTopicStatsInfo, new TopicRequestHeader(topic).ToExtFields(), TopicStatsTable.Decode, cancellationToken)).ConfigureAwait(false);
        return [.. tables.SelectMany(static table => table.Queues).OrderBy(static pair => pair.Key.BrokerName, StringComparer.Ordinal).ThenBy(static pair => pair.Key.QueueId)];
    }

    /// <summary>The groups that consume it, or have.</summary>
    public async Task<IReadOnlyCollection<string>> GetConsumerGroupsAsync(string topic, CancellationToken cancellationToken = default)
    {
        var nodes = await _calls.HoldersAsync(topic, cancellationToken).ConfigureAwait(false);
        var lists = await AdminCalls.FromEachAsync(nodes, node =>
            _calls.ReadAsync(node.Address, RequestCode.QueryTopicConsumeByWho, new TopicRequestHeader(topic).ToExtFields(), GroupList.Decode, cancellationToken)).ConfigureAwait(false);
        return new SortedSet<string>(lists.SelectMany(static list => list.Groups), StringComparer.Ordinal);
    }

    /// <summary>Takes topics off a broker that have no group and no message any more.</summary>
    public Task CleanUnusedAsync(string brokerAddress, CancellationToken cancellationToken = default) =>
        _calls.DemandAsync(brokerAddress, RequestCode.CleanUnusedTopic, null, cancellationToken);

    /// <summary>The place in a queue of the first message stored at that time or later (in messages); the queue's end when there is none.</summary>
    public async Task<long> SearchOffsetAsync(string brokerAddress, string topic, int queueId, DateTimeOffset time, CancellationToken cancellationToken = default)
    {
        var fields = new SearchOffsetRequestHeader(topic, queueId, time.ToUnixTimeMilliseconds()).ToExtFields();
        var answer = await _calls.DemandAsync(brokerAddress, RequestCode.SearchOffsetByTimestamp, fields, cancellationToken).ConfigureAwait(false);
        return AdminCalls.Offset(brokerAddress, RequestCode.SearchOffsetByTimestamp, answer);
    }
}
