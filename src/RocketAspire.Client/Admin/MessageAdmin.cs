using System.Globalization;
using System.Net;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>What became of a message in one group.</summary>
public enum TrackState
{
    Consumed,

    /// <summary>The group's filter leaves it out.</summary>
    FilteredOut,

    /// <summary>The group has not come to it.</summary>
    NotConsumed,

    /// <summary>The group takes messages one by one or by pop: its place in the queue says nothing.</summary>
    Unknown,

    /// <summary>Nobody of the group is connected, and it was not there before.</summary>
    NotOnline,

    /// <summary>Each of the group's clients gets all messages; brokers don't know how far one is.</summary>
    Broadcast,
}

/// <summary>Messages: found, followed, handed to a client.</summary>
public sealed class MessageAdmin
{
    private readonly AdminCalls _calls;
    private readonly TopicAdmin _topics;
    private readonly GroupAdmin _groups;
    private readonly TopicScanner _scanner;

    internal MessageAdmin(AdminCalls calls, TopicAdmin topics, GroupAdmin groups)
    {
        _calls = calls;
        _topics = topics;
        _groups = groups;
        _scanner = new TopicScanner(calls, topics, new MessagePuller(calls.Connection));
    }

    /// <summary>A message by the id that its broker gave it (offsetMsgId); null when it isn't there any more.</summary>
    /// <param name="offsetMessageId">32 or 56 hexadecimal digits.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="FormatException">No such id.</exception>
    public Task<MessageRecord?> GetByIdAsync(string offsetMessageId, CancellationToken cancellationToken = default) =>
        MessageId.TryParse(offsetMessageId, out var host, out var offset)
            ? GetAtAsync(host.ToString(), offset, cancellationToken)
            : throw new FormatException($"'{offsetMessageId}' is no message id of a broker: it has 32 hexadecimal digits (56 with IPv6)");

    /// <summary>A message by its place in a broker's log, in bytes; null when it isn't there any more.</summary>
    public async Task<MessageRecord?> GetAtAsync(string brokerAddress, long physicalOffset, CancellationToken cancellationToken = default)
    {
        var request = RemotingCommand.CreateRequest(RequestCode.ViewMessageById, new ViewMessageRequestHeader(physicalOffset).ToExtFields());
        var answer = await _calls.Connection.AskAsync(brokerAddress, request, cancellationToken).ConfigureAwait(false);
        // Apache's broker has no code of its own for a message that isn't there.
        return answer.Code == ResponseCode.Success ? Records(brokerAddress, request.Code, answer).FirstOrDefault()
            : answer.Code == ResponseCode.SystemError ? null
            : throw new RocketMQResponseException(brokerAddress, request.Code, answer.Code, answer.Remark);
    }

    /// <summary>Messages that bear a key, newest first.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="key">The application's key.</param>
    /// <param name="from">Stored then or later.</param>
    /// <param name="to">Stored then or earlier.</param>
    /// <param name="max">At most so many a broker, 1 to 64 by a broker's default.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<IReadOnlyList<MessageRecord>> FindByKeyAsync(string topic, string key, DateTimeOffset? from = null, DateTimeOffset? to = null, int max = 64, CancellationToken cancellationToken = default) =>
        FindAsync(topic, key, isUnique: false, from, to, max, cancellationToken);

    /// <summary>Messages that bear the id which their producer gave them (UNIQ_KEY): the first, and what retries stored again.</summary>
    public Task<IReadOnlyList<MessageRecord>> FindByUniqueIdAsync(string topic, string uniqueId, CancellationToken cancellationToken = default) =>
        FindAsync(topic, uniqueId, isUnique: true, null, null, 32, cancellationToken);

    /// <summary>The messages of a topic stored in a span of time, queue by queue; read as they are asked for.</summary>
    public IAsyncEnumerable<MessageRecord> FindByTimeAsync(string topic, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken = default) =>
        ScanAsync(new TopicScan { Topic = topic, From = from, To = to }, cancellationToken);

    /// <summary>The messages of a topic in the order asked for; read as they are asked for, so that a scan of any length holds about a mebibyte a queue.</summary>
    public IAsyncEnumerable<MessageRecord> ScanAsync(TopicScan scan, CancellationToken cancellationToken = default) => _scanner.ScanAsync(scan, cancellationToken);

    /// <summary>What became of a message in each group that consumes its topic.</summary>
    public async Task<IReadOnlyDictionary<string, TrackState>> TrackAsync(MessageRecord message, CancellationToken cancellationToken = default)
    {
        var groups = await _topics.GetConsumerGroupsAsync(message.Topic, cancellationToken).ConfigureAwait(false);
        var states = await Task.WhenAll(groups.Select(async group => KeyValuePair.Create(group, await TrackAsync(message, group, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
        return new SortedDictionary<string, TrackState>(states.ToDictionary(static s => s.Key, static s => s.Value), StringComparer.Ordinal);
    }

    /// <summary>Has one connected client consume a message now, and tells what it said, as JSON (ConsumeMessageDirectlyResult).</summary>
    /// <param name="message">The message.</param>
    /// <param name="group">The group.</param>
    /// <param name="clientId">One of the group's clients; null for any.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQResponseException">No such client is connected, or it didn't answer.</exception>
    public async Task<string> ConsumeDirectlyAsync(MessageRecord message, string group, string? clientId = null, CancellationToken cancellationToken = default)
    {
        var holder = await HolderOfAsync(message, cancellationToken).ConfigureAwait(false);
        var id = MessageId.Create(message.StoreHost, message.PhysicalOffset);
        var header = new ConsumeMessageDirectlyRequestHeader(group, clientId ?? await AnyClientAsync(group, holder.Address, cancellationToken).ConfigureAwait(false), id, holder.BrokerName);
        var answer = await _calls.DemandAsync(holder.Address, RequestCode.ConsumeMessageDirectly, header.ToExtFields(), cancellationToken).ConfigureAwait(false);
        return System.Text.Encoding.UTF8.GetString(answer.Body.Span);
    }

    /// <summary>Has a broker ask again about a half message that it gave up (TRANS_CHECK_MAX_TIME_TOPIC): a copy of it waits for its end anew. Twice makes two copies.</summary>
    /// <param name="brokerAddress">The master that holds it.</param>
    /// <param name="offsetMessageId">The id that the broker gave it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQResponseException">There is no such half message.</exception>
    public Task ResumeHalfAsync(string brokerAddress, string offsetMessageId, CancellationToken cancellationToken = default) =>
        _calls.DemandAsync(brokerAddress, RequestCode.ResumeCheckHalfMessage, new ResumeCheckHalfMessageRequestHeader(offsetMessageId).ToExtFields(), cancellationToken);

    /// <summary>Entries of a queue's index, with the filter of a group tried on each.</summary>
    public async Task<QueryConsumeQueueBody> GetQueueEntriesAsync(string brokerAddress, string topic, int queueId, long offset, int count, string? group = null, CancellationToken cancellationToken = default)
    {
        var fields = new QueryConsumeQueueRequestHeader(topic, queueId, offset, count, group).ToExtFields();
        return await _calls.ReadAsync(brokerAddress, RequestCode.QueryConsumeQueue, fields, QueryConsumeQueueBody.Decode, cancellationToken).ConfigureAwait(false);
    }

    private static List<MessageRecord> Records(string address, int code, RemotingCommand answer)
    {
        var records = MessageRecordCodec.DecodeAll(answer.Body);
        return records.Sum(static r => (long)r.TotalSize) == answer.Body.Length
            ? records
            : throw new RocketMQResponseException(address, code, answer.Code, "the answer's messages can't be read");
    }

    private async Task<IReadOnlyList<MessageRecord>> FindAsync(string topic, string key, bool isUnique, DateTimeOffset? from, DateTimeOffset? to, int max, CancellationToken cancellationToken)
    {
        var nodes = await _calls.HoldersAsync(topic, cancellationToken).ConfigureAwait(false);
        var found = await AdminCalls.FromEachAsync(nodes, async node =>
        {
            var fields = new QueryMessageRequestHeader
            {
                Topic = topic,
                Key = key,
                MaxNum = max,
                BeginTimestamp = from?.ToUnixTimeMilliseconds() ?? 0,
                EndTimestamp = to?.ToUnixTimeMilliseconds() ?? long.MaxValue,
                IsUniqueKey = isUnique,
            }.ToExtFields();
            var answer = await _calls.Connection.AskAsync(node.Address, RemotingCommand.CreateRequest(RequestCode.QueryMessage, fields), cancellationToken).ConfigureAwait(false);
            return answer.Code switch
            {
                ResponseCode.Success => Records(node.Address, RequestCode.QueryMessage, answer),
                ResponseCode.QueryNotFound => [],
                _ => throw new RocketMQResponseException(node.Address, RequestCode.QueryMessage, answer.Code, answer.Remark),
            };
        }).ConfigureAwait(false);
        // The index finds by a hash; another key may have the same.
        return [.. found.SelectMany(static f => f).Where(m => Bears(m, key, isUnique)).OrderByDescending(static m => m.StoreTimestamp)];
    }

    private static bool Bears(MessageRecord message, string key, bool isUnique)
    {
        var properties = MessageProperties.Parse(message.Properties.Span);
        if (isUnique) return properties.GetValueOrDefault(MessageProperties.UniqKey) == key;
        return properties.GetValueOrDefault(MessageProperties.Keys)?.Split(' ').Contains(key, StringComparer.Ordinal) is true;
    }

    private async Task<TrackState> TrackAsync(MessageRecord message, string group, CancellationToken cancellationToken)
    {
        var clients = await _groups.GetConnectionsAsync(group, cancellationToken).ConfigureAwait(false);
        if (clients?.MessageModel == "BROADCASTING") return TrackState.Broadcast;
        if (clients?.ConsumeType == "CONSUME_ACTIVELY") return TrackState.Unknown;
        var holder = await HolderOfAsync(message, cancellationToken).ConfigureAwait(false);
        var progress = await _groups.GetProgressAsync(group, message.Topic, cancellationToken).ConfigureAwait(false);
        var place = progress.Queues.FirstOrDefault(q => q.Key.BrokerName == holder.BrokerName && q.Key.QueueId == message.QueueId).Value;
        if (place is null) return clients is null ? TrackState.NotOnline : TrackState.NotConsumed;
        if (place.ConsumerOffset <= message.QueueOffset) return clients is null ? TrackState.NotOnline : TrackState.NotConsumed;
        var subscription = clients?.Subscriptions.FirstOrDefault(s => s.Topic == message.Topic);
        var tag = MessageProperties.Parse(message.Properties.Span).GetValueOrDefault(MessageProperties.Tags);
        return subscription is { ExpressionType: null or "TAG", Tags.Count: > 0 } && !subscription.Tags.Contains(tag ?? "", StringComparer.Ordinal) ? TrackState.FilteredOut : TrackState.Consumed;
    }

    private async Task<BrokerEndpoint> HolderOfAsync(MessageRecord message, CancellationToken cancellationToken)
    {
        var holders = await _calls.HoldersAsync(message.Topic, cancellationToken).ConfigureAwait(false);
        // Of a group that elects its leader the one that stored it may lead no more.
        return holders.FirstOrDefault(node => IPEndPoint.TryParse(node.Address, out var at) && at.Equals(message.StoreHost))
            ?? await StoredByAsync(message, cancellationToken).ConfigureAwait(false)
            ?? throw new RocketMQBrokerNotFoundException(string.Create(CultureInfo.InvariantCulture, $"{message.StoreHost}"));
    }

    private async Task<BrokerEndpoint?> StoredByAsync(MessageRecord message, CancellationToken cancellationToken)
    {
        var info = await _calls.ClusterInfoAsync(cancellationToken).ConfigureAwait(false);
        var stored = message.StoreHost.ToString();
        var group = info.BrokerAddrTable.Values.FirstOrDefault(g => g.BrokerAddrs.ContainsValue(stored));
        return group is null ? null : (await _calls.GroupsAsync(mastersOnly: false, cancellationToken).ConfigureAwait(false)).FirstOrDefault(n => n.BrokerName == group.BrokerName);
    }

    private async Task<string> AnyClientAsync(string group, string brokerAddress, CancellationToken cancellationToken)
    {
        var clients = await _groups.GetConnectionsAsync(group, cancellationToken).ConfigureAwait(false);
        return clients?.Connections.FirstOrDefault()?.ClientId
            ?? throw new RocketMQResponseException(brokerAddress, RequestCode.ConsumeMessageDirectly, ResponseCode.ConsumerNotOnline, $"nobody of group {group} is connected");
    }
}
