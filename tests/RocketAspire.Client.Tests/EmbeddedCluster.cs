using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Client.Tests;

/// <summary>A name server and brokers of our own in this process; brokers can be stopped and started again where they were.</summary>
internal sealed class EmbeddedCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, (int Port, BrokerNode? Node)> _brokers = new(StringComparer.Ordinal);
    private readonly NameServerNode _nameServer;
    private readonly RocketMQConnection _connection;
    private readonly string _extra;

    private EmbeddedCluster(NameServerNode nameServer, string extra)
    {
        _nameServer = nameServer;
        _extra = extra;
        _connection = RocketMQConnection.Create(NameServers);
        Admin = new RocketMQAdmin(_connection);
    }

    public string NameServers => _nameServer.Endpoint.ToString();

    public RocketMQAdmin Admin { get; }

    public RocketMQConnection Connection => _connection;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static Task<EmbeddedCluster> StartAsync(params string[] brokers) => StartWithAsync("", brokers);

    /// <param name="extra">Further lines of each broker.conf.</param>
    /// <param name="brokers">Names of masters; broker-a when none are given.</param>
    public static async Task<EmbeddedCluster> StartWithAsync(string extra, params string[] brokers)
    {
        var nameServer = await NameServerNode.StartAsync(new() { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
        var cluster = new EmbeddedCluster(nameServer, extra);
        foreach (var name in brokers.DefaultIfEmpty("broker-a")) await cluster.StartBrokerAsync(name);
        return cluster;
    }

    public string Address(string broker = "broker-a") => $"127.0.0.1:{_brokers[broker].Port}";

    public BrokerNode Broker(string broker = "broker-a") => _brokers[broker].Node ?? throw new InvalidOperationException($"{broker} is stopped");

    public async Task StartBrokerAsync(string name)
    {
        var port = _brokers.TryGetValue(name, out var known) ? known.Port : FreePorts.Next();
        var conf = $"""
            brokerClusterName=Embedded
            brokerName={name}
            brokerIP1=127.0.0.1
            bindAddress=127.0.0.1
            listenPort={port}
            namesrvAddr={NameServers}
            storePathRootDir={_folder[name].Replace('\\', '/')}
            mappedFileSizeCommitLog=16777216
            maxHashSlotNum=1000
            maxIndexNum=4000
            enablePropertyFilter=true
            transactionTimeOut=500
            transactionCheckInterval=300
            messageDelayLevel=1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s
            {_extra}
            """;
        var settings = BrokerSettings.Read(PropertiesFile.Parse(conf), out var problems);
        Assert.Empty(problems);
        var options = BrokerOptionsReader.Read(settings, nameServers: null, filePath: null, out var problem);
        Assert.True(options is not null, problem);
        var node = await BrokerNode.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, new FileSystemDevice(), Ct);
        _brokers[name] = (port, node);
        await Eventually.TrueAsync($"{name} registered", async () => (await Admin.GetClusterInfoAsync(Ct)).BrokerAddrTable.GetValueOrDefault(name)?.MasterAddress == Address(name));
    }

    public async Task StopBrokerAsync(string name)
    {
        await Broker(name).DisposeAsync();
        _brokers[name] = (_brokers[name].Port, null);
    }

    /// <summary>A new topic on all brokers, known to the name server when this returns.</summary>
    public async Task<string> TopicAsync(int queues = 4)
    {
        var topic = $"Topic-{Guid.NewGuid():N}";
        foreach (var broker in _brokers.Keys) await Admin.CreateTopicAsync(Address(broker), new TopicConfig { TopicName = topic, ReadQueueNums = queues, WriteQueueNums = queues, Perm = PermName.ReadWrite }, Ct);
        await Eventually.TrueAsync($"a route for {topic} to all brokers", async () => (await Admin.GetRouteAsync(topic, Ct))?.QueueDatas.Count == _brokers.Count);
        return topic;
    }

    /// <summary>All messages of a topic, over all queues of the brokers that run.</summary>
    public async Task<List<RocketMQReceivedMessage>> ReadAsync(string topic)
    {
        var puller = new MessagePuller(_connection);
        var messages = new List<RocketMQReceivedMessage>();
        var route = await Admin.GetRouteAsync(topic, Ct);
        foreach (var data in route?.QueueDatas ?? [])
        {
            if (_brokers[data.BrokerName].Node is null) continue;
            for (var queue = 0; queue < data.ReadQueueNums; queue++)
            {
                var offset = 0L;
                while (await puller.PullAsync(Address(data.BrokerName), topic, queue, offset, cancellationToken: Ct) is { Status: PullStatus.Found } found)
                {
                    messages.AddRange(found.Messages.Select(record => new RocketMQReceivedMessage(record, data.BrokerName)));
                    offset = found.NextBeginOffset;
                }
            }
        }

        return messages;
    }

    /// <summary>As the other, once so many are there: what is acknowledged by a broker that flushes later is seen a moment later.</summary>
    public async Task<List<RocketMQReceivedMessage>> ReadAsync(string topic, int count)
    {
        List<RocketMQReceivedMessage> messages = [];
        await Eventually.TrueAsync($"{count} messages of {topic}", async () => (messages = await ReadAsync(topic)).Count >= count);
        return messages;
    }

    public RocketMQProducerOptions Producer(string group = "producers") => new() { NameServers = NameServers, Group = group, RouteInterval = TimeSpan.FromSeconds(1), HeartbeatInterval = TimeSpan.FromSeconds(5) };

    /// <summary>From the first message on, with short times.</summary>
    public RocketMQConsumerOptions Consumer(string topic, string? group = null) => new()
    {
        NameServers = NameServers,
        Group = group ?? $"group-{Guid.NewGuid():N}",
        Subscriptions = [topic],
        ConsumeFromWhere = ConsumeFromWhere.FirstOffset,
        RouteInterval = TimeSpan.FromSeconds(1),
        HeartbeatInterval = TimeSpan.FromSeconds(5),
        RebalanceInterval = TimeSpan.FromSeconds(2),
        PollTimeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>Where a group stands in a queue.</summary>
    public async Task<long> ProgressAsync(string group, MessageQueue queue)
    {
        var request = RemotingCommand.CreateRequest(RequestCode.QueryConsumerOffset, new QueryConsumerOffsetRequestHeader(group, queue.Topic, queue.QueueId).ToExtFields());
        return (await _connection.AskAsync(Address(queue.BrokerName), request, Ct)).ExtFields.GetInt64("offset", -1);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        foreach (var (_, node) in _brokers.Values)
        {
            if (node is not null) await node.DisposeAsync();
        }

        await _nameServer.DisposeAsync();
        _folder.Dispose();
    }
}
