using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker;
using RocketAspire.Client;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.Tests;
using RocketAspire.Store;
using RocketAspire.TestSupport;

[assembly: AssemblyFixture(typeof(SharedCluster))]

namespace RocketAspire.Proxy.Tests;

/// <summary>The cluster of all tests that break nothing.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    internal ProxyCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await ProxyCluster.StartAsync(brokers: 1);

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();
}

/// <summary>A name server, masters and a proxy in this process.</summary>
internal sealed class ProxyCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NameServerNode _nameServer;
    private readonly Dictionary<string, BrokerNode> _brokers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ports = new(StringComparer.Ordinal);
    private readonly List<ProxyNode> _others = [];

    // Further lines of each broker's settings.
    private readonly string _settings;

    private ProxyCluster(NameServerNode nameServer, string settings, AclCredentials? credentials)
    {
        _nameServer = nameServer;
        _settings = settings;
        Connection = new RocketMQConnection(new() { NameServers = [NameServers], Credentials = credentials }, NullLoggerFactory.Instance);
        Admin = new RocketMQAdmin(Connection);
    }

    public string NameServers => _nameServer.Endpoint.ToString();

    public RocketMQConnection Connection { get; }

    public RocketMQAdmin Admin { get; }

    public ProxyNode Proxy { get; private set; } = null!;

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<ProxyCluster> StartAsync(int brokers, string settings = "", Func<ProxyOptions, ProxyOptions>? change = null)
    {
        var credentials = change?.Invoke(new() { NameServers = [] }).Credentials;
        var nameServer = await NameServerNode.StartAsync(new() { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, default);
        var cluster = new ProxyCluster(nameServer, settings, credentials);
        try
        {
            for (var i = 0; i < brokers; i++) await cluster.StartBrokerAsync("broker-" + (char)('a' + i));
            cluster.Proxy = await cluster.StartProxyAsync(change);
            await Eventually.TrueAsync("the brokers to register", async () => (await cluster.Admin.GetClusterInfoAsync(Ct)).BrokerAddrTable.Count == brokers);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another proxy; it ends with the cluster.</summary>
    public async Task<ProxyNode> StartProxyAsync(Func<ProxyOptions, ProxyOptions>? change = null)
    {
        var options = new ProxyOptions { NameServers = [NameServers], Listen = new IPEndPoint(IPAddress.Loopback, 0), MetadataMaxAge = TimeSpan.FromSeconds(1) };
        var proxy = await ProxyNode.StartAsync(change?.Invoke(options) ?? options, NullLoggerFactory.Instance, Ct);
        _others.Add(proxy);
        return proxy;
    }

    /// <summary>Starts a master, or starts it again with what it holds.</summary>
    public async Task StartBrokerAsync(string name)
    {
        if (!_ports.TryGetValue(name, out var port)) _ports[name] = port = FreePorts.Next();
        var conf = $"""
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
            transactionTimeOut=1000
            transactionCheckInterval=500
            recallMessageEnable=true
            {_settings}
            """;
        var settings = BrokerSettings.Read(PropertiesFile.Parse(conf), out var problems);
        Assert.Empty(problems);
        var options = BrokerOptionsReader.Read(settings, nameServers: null, filePath: null, out var problem);
        Assert.True(options is not null, problem);
        _brokers[name] = await BrokerNode.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, new FileSystemDevice(), default);
    }

    public async Task StopBrokerAsync(string name)
    {
        if (_brokers.Remove(name, out var broker)) await broker.DisposeAsync();
    }

    /// <summary>A new topic on every broker, known to the name server when this returns.</summary>
    public async Task<string> TopicAsync(string? messageType = null, int queues = 1)
    {
        var topic = $"Proxy-{Guid.NewGuid():N}";
        var config = new TopicConfig { TopicName = topic, ReadQueueNums = queues, WriteQueueNums = queues };
        if (messageType is not null) config = config with { Attributes = new(StringComparer.Ordinal) { [TopicAttributes.MessageType] = messageType } };
        await Admin.Topics.CreateOrUpdateAsync(config, null, Ct);
        await Eventually.TrueAsync($"a route for {topic}", async () => (await Admin.GetRouteAsync(topic, Ct))?.QueueDatas.Count == _brokers.Count);
        return topic;
    }

    /// <summary>A new group.</summary>
    public async Task<string> GroupAsync(Func<SubscriptionGroupConfig, SubscriptionGroupConfig>? change = null)
    {
        var config = new SubscriptionGroupConfig { GroupName = $"Proxy-{Guid.NewGuid():N}" };
        await Admin.Groups.CreateOrUpdateAsync(change?.Invoke(config) ?? config, null, Ct);
        return config.GroupName;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _others) await proxy.DisposeAsync();
        await Connection.DisposeAsync();
        foreach (var broker in _brokers.Values) await broker.DisposeAsync();
        await _nameServer.DisposeAsync();
        _folder.Dispose();
    }
}
