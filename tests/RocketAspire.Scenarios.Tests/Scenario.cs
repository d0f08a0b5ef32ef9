using System.Text;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Scenarios.Tests;

/// <summary>One test's dealings with the cluster: topics and groups of its own, which go with it, and clients.</summary>
internal sealed class Scenario : IAsyncDisposable
{
    private readonly List<string> _topics = [];
    private readonly List<string> _groups = [];
    private readonly List<RocketMQConnection> _clients = [];

    public Scenario(Cluster cluster)
    {
        Cluster = cluster;
        Connection = NewClient();
        Admin = new RocketMQAdmin(Connection);
        Sender = new MessageSender(Connection);
    }

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public Cluster Cluster { get; }

    public RocketMQConnection Connection { get; }

    public RocketMQAdmin Admin { get; }

    public MessageSender Sender { get; }

    public string Broker => Cluster.BrokerAddress;

    public static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public static string Text(MessageRecord record) => Encoding.UTF8.GetString(record.Body.Span);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Properties(params (string Name, string Value)[] pairs) => string.Concat(pairs.Select(static pair => $"{pair.Name}\u0001{pair.Value}\u0002"));

    public static string Property(MessageRecord record, string name) => MessageProperties.Get(record.Properties.Span, name) ?? "";

    /// <summary>Another client, with connections of its own.</summary>
    public RocketMQConnection NewClient(params IRequestProcessor[] callbacks)
    {
        var options = new RocketMQClientOptions { NameServers = NameServerList.Parse(Cluster.NameServers), RequestTimeout = TimeSpan.FromSeconds(20) };
        var client = new RocketMQConnection(options, null, callbacks);
        _clients.Add(client);
        return client;
    }

    /// <summary>A new topic on the one broker, known to the name servers when this returns.</summary>
    public async Task<string> TopicAsync(int queues = 1, int perm = PermName.ReadWrite)
    {
        var topic = $"Scenario-{Guid.NewGuid():N}";
        _topics.Add(topic);
        await Admin.CreateTopicAsync(Broker, new TopicConfig { TopicName = topic, ReadQueueNums = queues, WriteQueueNums = queues, Perm = perm }, Ct);
        await Eventually.TrueAsync($"a route for {topic}", async () => await Admin.GetRouteAsync(topic, Ct) is not null);
        return topic;
    }

    /// <summary>A new group.</summary>
    public async Task<string> GroupAsync(Func<SubscriptionGroupConfig, SubscriptionGroupConfig>? change = null)
    {
        var group = $"Scenario-{Guid.NewGuid():N}";
        _groups.Add(group);
        var config = new SubscriptionGroupConfig { GroupName = group };
        await DemandAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, (change?.Invoke(config) ?? config).Encode());
        return group;
    }

    public Client.MessageQueue Queue(string topic, int queueId = 0) => new(topic, Cluster.BrokerName, queueId);

    public async Task<RemotingCommand> AskAsync(int code, ExtFields? fields = null, byte[]? body = null, RocketMQConnection? client = null) =>
        await (client ?? Connection).AskAsync(Broker, RemotingCommand.CreateRequest(code, fields, body), Ct);

    /// <summary>Asks and insists on success.</summary>
    public async Task<RemotingCommand> DemandAsync(int code, ExtFields? fields = null, byte[]? body = null, RocketMQConnection? client = null)
    {
        var answer = await AskAsync(code, fields, body, client);
        Assert.True(answer.Code == ResponseCode.Success, $"request {code} was answered with {answer.Code}: {answer.Remark}");
        return answer;
    }

    /// <summary>Sends by the client and insists that it is stored.</summary>
    public async Task<SendResult> SendAsync(string topic, string body, string? tag = null, string[]? keys = null, Dictionary<string, string>? properties = null, int queueId = 0)
    {
        var message = new RocketMQMessage { Topic = topic, Body = Bytes(body), Tag = tag, Keys = keys ?? [], Properties = properties ?? [] };
        var result = await Sender.SendAsync(Broker, Queue(topic, queueId), message, Ct);
        Assert.Equal(SendStatus.Ok, result.Status);
        return result;
    }

    /// <summary>A send's header for a frame made by hand.</summary>
    public static SendMessageRequestHeader SendHeader(string topic, string? properties = null, string group = "scenario-producers") => new()
    {
        ProducerGroup = group,
        Topic = topic,
        BornTimestamp = Now,
        Properties = properties,
        ReconsumeTimes = 0,
    };

    public Task<RemotingCommand> SendFrameAsync(SendMessageRequestHeader header, byte[] body) =>
        AskAsync(header.Batch ? RequestCode.SendBatchMessage : RequestCode.SendMessageV2, header.ToExtFieldsV2(), body);

    /// <summary>Pulls until so many messages have come from a queue's start.</summary>
    public async Task<List<MessageRecord>> PulledAsync(string topic, int count, string tags = "*", int queueId = 0, long offset = 0)
    {
        var puller = new MessagePuller(Connection);
        var messages = new List<MessageRecord>();
        await Eventually.TrueAsync($"{count} messages of {topic}:{queueId}", async () =>
        {
            // A topic that the broker makes by itself (retries) may not be there yet.
            if (await TryPullAsync() is not { } result) return false;
            messages.AddRange(result.Messages);
            offset = result.NextBeginOffset;
            return messages.Count >= count;
        });
        return messages;

        async Task<PullResult?> TryPullAsync()
        {
            try
            {
                return await puller.PullAsync(Broker, topic, queueId, offset, tags: tags, cancellationToken: Ct);
            }
            catch (RocketMQResponseException e) when (e.Code == ResponseCode.TopicNotExist)
            {
                return null;
            }
        }
    }

    public PullMessageRequestHeader PullHeader(string topic, string group, long offset = 0, string subscription = "*", string expressionType = "TAG", TimeSpan suspend = default) => new()
    {
        ConsumerGroup = group,
        Topic = topic,
        QueueOffset = offset,
        Subscription = subscription,
        ExpressionType = expressionType,
        SysFlag = PullSysFlag.Subscription | (suspend > TimeSpan.Zero ? PullSysFlag.Suspend : 0),
        SuspendTimeoutMillis = (long)suspend.TotalMilliseconds,
    };

    public Task<RemotingCommand> HeartbeatAsync(RocketMQConnection client, string clientId, string? consumerGroup, string? topic = null, string? producerGroup = null)
    {
        SubscriptionData[] subscriptions = topic is null ? [] : [new SubscriptionData { Topic = topic, SubVersion = Now }];
        var heartbeat = new HeartbeatData
        {
            ClientId = clientId,
            Consumers = consumerGroup is null ? [] : [new ConsumerData { GroupName = consumerGroup, Subscriptions = subscriptions }],
            Producers = producerGroup is null ? [] : [producerGroup],
        };
        return DemandAsync(RequestCode.HeartBeat, null, heartbeat.Encode(), client);
    }

    public static T Read<T>(RemotingCommand answer)
        where T : class, IRequestHeader<T>
    {
        Assert.True(RequestHeader.TryRead<T>(answer.ExtFields, out var header, out var problem), problem);
        return header;
    }

    public void SkipWithoutPop() => Assert.SkipUnless(Cluster.HasPop, $"{Broker} does not know pop (code 3): it is older than 5.0");

    public async ValueTask DisposeAsync()
    {
        // A cluster that isn't ours is left as it was found; the broker keeps retry topics by group.
        foreach (var topic in _topics.Concat(_groups.SelectMany(static group => new[] { TopicNames.Retry(group), TopicNames.Dlq(group) })))
        {
            await AskAsync(RequestCode.DeleteTopicInBroker, new TopicRequestHeader(topic).ToExtFields());
            await Connection.AskNameServersAsync(() => RemotingCommand.CreateRequest(RequestCode.DeleteTopicInNamesrv, new TopicRequestHeader(topic).ToExtFields()), default);
        }

        foreach (var group in _groups) await AskAsync(RequestCode.DeleteSubscriptiongroup, new DeleteSubscriptionGroupRequestHeader(group, true).ToExtFields());
        foreach (var client in _clients) await client.DisposeAsync();
    }
}

/// <summary>Collects what the broker asks of a client.</summary>
internal sealed class Calls(int code, Func<RemotingConnection, RemotingCommand, RemotingCommand?>? answer = null) : IRequestProcessor
{
    public System.Collections.Concurrent.ConcurrentQueue<RemotingCommand> Seen { get; } = [];

    public int Code => code;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        var response = answer?.Invoke(connection, request);
        Seen.Enqueue(request);
        return new(response);
    }
}
