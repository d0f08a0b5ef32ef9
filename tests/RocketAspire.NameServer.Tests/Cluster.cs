using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.NameServer.Tests;

/// <summary>A name server on a free port with a clock that stands still, and a client that plays brokers and users.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    public const string Name = "DefaultCluster";

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private readonly List<RemotingClient> _clients = [];

    private Cluster(NameServerNode node, ManualTimeProvider clock)
    {
        Node = node;
        Clock = clock;
        User = NewClient();
    }

    public NameServerNode Node { get; }

    public ManualTimeProvider Clock { get; }

    /// <summary>Asks; no broker registers over its connection.</summary>
    public RemotingClient User { get; }

    private string Address => Node.Endpoint.ToString();

    public static async Task<Cluster> StartAsync(NameServerOptions? options = null)
    {
        var clock = new ManualTimeProvider();
        options = (options ?? new()) with { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] };
        return new Cluster(await NameServerNode.StartAsync(options, NullLoggerFactory.Instance, clock, CancellationToken.None), clock);
    }

    /// <summary>A connection of its own, as each broker has.</summary>
    public RemotingClient NewClient()
    {
        var client = new RemotingClient(new(), NullLoggerFactory.Instance);
        _clients.Add(client);
        return client;
    }

    public async Task<RemotingCommand> AskAsync(int code, ExtFields? fields = null, byte[]? body = null, RemotingClient? from = null, int version = RocketMQVersion.Current) =>
        await (from ?? User).InvokeAsync(
            Address, new RemotingCommand { Code = code, ExtFields = fields ?? [], Body = body, Version = version }, Long, TestContext.Current.CancellationToken);

    public async Task<RemotingCommand> RegisterAsync(BrokerNode broker)
    {
        var body = new RegisterBrokerBody
        {
            TopicConfigs = new() { DataVersion = broker.Version, TopicConfigTable = broker.Topics.ToDictionary(static topic => topic.TopicName) },
        }.Encode(broker.Compressed);
        var fields = new ExtFields
        {
            { "brokerName", broker.BrokerName },
            { "brokerAddr", broker.Address },
            { "clusterName", broker.Cluster },
            { "haServerAddr", broker.HaAddress },
            { "brokerId", broker.Id },
            { "compressed", broker.Compressed },
            { "bodyCrc32", RegisterBrokerBody.Checksum(body) },
        };
        if (broker.HeartbeatTimeoutMs is { } timeout) fields.Add("heartbeatTimeoutMillis", timeout);
        if (broker.EnableActingMaster is { } acting) fields.Add("enableActingMaster", acting);
        var answer = await AskAsync(RequestCode.RegisterBroker, fields, body, broker.Client, broker.ProtocolVersion);
        Assert.Equal(ResponseCode.Success, answer.Code);
        return answer;
    }

    /// <summary>Null when the name server knows no route.</summary>
    public async Task<TopicRouteData?> RouteAsync(string topic)
    {
        var answer = await AskAsync(RequestCode.GetRouteinfoByTopic, new() { { "topic", topic } });
        if (answer.Code == ResponseCode.TopicNotExist) return null;
        Assert.Equal(ResponseCode.Success, answer.Code);
        return TopicRouteData.Decode(answer.Body.Span);
    }

    public async Task<ClusterInfo> InfoAsync() => ClusterInfo.Decode((await AskAsync(RequestCode.GetBrokerClusterInfo)).Body.Span);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Node.DisposeAsync();
    }
}

/// <summary>What a broker says of itself.</summary>
internal sealed record BrokerNode(RemotingClient Client, string BrokerName, long Id, string Address)
{
    public string Cluster { get; init; } = Tests.Cluster.Name;

    public string HaAddress { get; init; } = Address.Replace(":1", ":2", StringComparison.Ordinal);

    public IReadOnlyList<TopicConfig> Topics { get; init; } =
        [new() { TopicName = "TopicA", ReadQueueNums = 4, WriteQueueNums = 4 }, new() { TopicName = "TBW102", ReadQueueNums = 8, WriteQueueNums = 8, Perm = 7 }];

    public DataVersion Version { get; init; } = new(1_700_000_000_000, 1);

    public bool Compressed { get; init; }

    public long? HeartbeatTimeoutMs { get; init; }

    public bool? EnableActingMaster { get; init; }

    public int ProtocolVersion { get; init; } = RocketMQVersion.Current;

    public ExtFields Goodbye() => new()
    {
        { "brokerName", BrokerName }, { "brokerAddr", Address }, { "clusterName", Cluster }, { "brokerId", Id }, { "haServerAddr", HaAddress },
    };
}
