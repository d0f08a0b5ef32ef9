using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker;
using RocketAspire.NameServer;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Bench.Tests;

/// <summary>One name server and one broker, which can be stopped and started again on its port.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _port = FreePorts.Next();
    private NameServerNode? _nameServer;
    private BrokerNode? _broker;

    public string NameServer => _nameServer!.Endpoint.ToString();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<TestCluster> StartAsync()
    {
        var cluster = new TestCluster();
        cluster._nameServer = await NameServerNode.StartAsync(new() { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
        await cluster.StartBrokerAsync();
        return cluster;
    }

    public async Task StartBrokerAsync()
    {
        var options = new BrokerOptions
        {
            BrokerName = "broker-a",
            ListenPort = _port,
            HaListenPort = _port + 1,
            NameServers = [NameServer],
            Store = new StoreOptions { RootDirectory = _folder["store"], CommitLogFileSizeBytes = 64 * 1024 * 1024, IndexSlots = 1000, IndexEntries = 4000 },
        };
        _broker = await BrokerNode.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, new FileSystemDevice(), Ct);
        await _broker.Registered.WaitAsync(Eventually.Limit, Ct);
    }

    public async Task StopBrokerAsync()
    {
        await _broker!.DisposeAsync();
        _broker = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null) await _broker.DisposeAsync();
        await _nameServer!.DisposeAsync();
        _folder.Dispose();
    }
}
