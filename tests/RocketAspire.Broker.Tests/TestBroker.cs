using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

/// <summary>A broker on a free port with its own folder, and a client that speaks to it in raw requests.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder? _ownFolder;
    private readonly List<RemotingClient> _clients = [];

    private TestBroker(BrokerNode node, TemporaryFolder? ownFolder)
    {
        Node = node;
        _ownFolder = ownFolder;
        Client = NewClient();
    }

    public BrokerNode Node { get; }

    public RemotingClient Client { get; }

    public string Address => Node.Address.Text;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<TestBroker> StartAsync(
        Func<BrokerOptions, BrokerOptions>? change = null, TemporaryFolder? folder = null, IStorageDevice? device = null, TimeProvider? time = null)
    {
        var own = folder is null ? new TemporaryFolder() : null;
        var options = new BrokerOptions
        {
            BrokerName = "broker-a",
            ListenPort = 0,
            Store = StoreIn((folder ?? own!)["store"]),
        };
        options = change?.Invoke(options) ?? options;
        try
        {
            var node = await BrokerNode.StartAsync(options, NullLoggerFactory.Instance, time ?? TimeProvider.System, device ?? new FileSystemDevice(), Ct);
            return new TestBroker(node, own);
        }
        catch
        {
            own?.Dispose();
            throw;
        }
    }

    public static StoreOptions StoreIn(string root) => new() { RootDirectory = root, CommitLogFileSizeBytes = 16 * 1024 * 1024, IndexSlots = 1000, IndexEntries = 4000 };

    /// <summary>Another client with a connection of its own.</summary>
    public RemotingClient NewClient(params IRequestProcessor[] callbacks)
    {
        var client = new RemotingClient(new RemotingClientOptions(), NullLoggerFactory.Instance, callbacks);
        _clients.Add(client);
        return client;
    }

    public async Task<RemotingCommand> InvokeAsync(int code, ExtFields? fields = null, byte[]? body = null, RemotingClient? client = null, int? version = null)
    {
        var request = version is { } v
            ? new RemotingCommand { Code = code, ExtFields = fields ?? new(), Body = body, Version = v }
            : RemotingCommand.CreateRequest(code, fields, body);
        return await (client ?? Client).InvokeAsync(Address, request, Long, Ct);
    }

    public static SendMessageRequestHeader Header(string topic, int queueId = 0, string? properties = null) => new()
    {
        ProducerGroup = "producers",
        Topic = topic,
        QueueId = queueId,
        BornTimestamp = 1_700_000_000_000,
        Properties = properties,
    };

    public static string Properties(params (string Name, string Value)[] pairs) => string.Concat(pairs.Select(static p => $"{p.Name}\u0001{p.Value}\u0002"));

    public Task<RemotingCommand> SendAsync(string topic, string body, int queueId = 0, string? properties = null) =>
        SendAsync(Header(topic, queueId, properties), Encoding.UTF8.GetBytes(body));

    public Task<RemotingCommand> SendAsync(SendMessageRequestHeader header, byte[] body, RemotingClient? client = null) =>
        InvokeAsync(header.Batch ? RequestCode.SendBatchMessage : RequestCode.SendMessageV2, header.ToExtFieldsV2(), body, client);

    /// <summary>Sends and insists that it was stored.</summary>
    public async Task<SendMessageResponseHeader> SentAsync(string topic, string body, int queueId = 0, string? properties = null)
    {
        var response = await SendAsync(topic, body, queueId, properties);
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
        Assert.True(RequestHeader.TryRead<SendMessageResponseHeader>(response.ExtFields, out var header, out var problem), problem);
        return header;
    }

    public Task<RemotingCommand> PullAsync(PullMessageRequestHeader header, RemotingClient? client = null) =>
        InvokeAsync(RequestCode.PullMessage, header.ToExtFields(), null, client);

    public static PullMessageRequestHeader PullHeader(string topic, int queueId = 0, long offset = 0, string subscription = "*", int suspendMs = 0) => new()
    {
        ConsumerGroup = "consumers",
        Topic = topic,
        QueueId = queueId,
        QueueOffset = offset,
        Subscription = subscription,
        SysFlag = PullSysFlag.Subscription | (suspendMs > 0 ? PullSysFlag.Suspend : 0),
        SuspendTimeoutMillis = suspendMs,
    };

    /// <summary>Pulls from the queue's start; fails unless messages were found.</summary>
    public async Task<List<MessageRecord>> PulledAsync(string topic, int queueId = 0, long offset = 0, string subscription = "*")
    {
        var response = await PullAsync(PullHeader(topic, queueId, offset, subscription));
        Assert.Equal((ResponseCode.Success, "FOUND"), (response.Code, response.Remark));
        return MessageRecordCodec.DecodeAll(response.Body);
    }

    /// <summary>Waits until a queue holds so many messages and gives them.</summary>
    public async Task<List<MessageRecord>> ArrivedAsync(string topic, int count, int queueId = 0)
    {
        await Eventually.TrueAsync($"{count} messages in {topic}:{queueId}", () => Node.Store.QueueBounds(topic, queueId).Max >= count);
        return await PulledAsync(topic, queueId);
    }

    public async Task CreateTopicAsync(string topic, int queues = 4, int perm = 6)
    {
        var response = await InvokeAsync(
            RequestCode.UpdateAndCreateTopic,
            new CreateTopicRequestHeader { Topic = topic, ReadQueueNums = queues, WriteQueueNums = queues, Perm = perm }.ToExtFields());
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
    }

    public async Task<RemotingCommand> HeartbeatAsync(RemotingClient client, string clientId, string group, params SubscriptionData[] subscriptions)
    {
        var heartbeat = new HeartbeatData
        {
            ClientId = clientId,
            Consumers = [new ConsumerData { GroupName = group, Subscriptions = subscriptions }],
            Producers = ["producers"],
        };
        return await InvokeAsync(RequestCode.HeartBeat, null, heartbeat.Encode(), client);
    }

    public static string Text(MessageRecord record) => Encoding.UTF8.GetString(record.Body.Span);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Node.DisposeAsync();
        _ownFolder?.Dispose();
    }
}
