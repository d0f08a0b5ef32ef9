using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker;
using RocketAspire.Client;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Scenarios.Tests;
using RocketAspire.Store;
using RocketAspire.TestSupport;

[assembly: AssemblyFixture(typeof(Cluster))]

namespace RocketAspire.Scenarios.Tests;

/// <summary>
/// The cluster that the scenarios talk to: the one whose name servers <c>ROCKETMQ_NAMESRV</c> names, Apache's or ours, or else
/// a broker and a name server of our own in this process.
/// </summary>
public sealed class Cluster : IAsyncLifetime
{
    public const string Variable = "ROCKETMQ_NAMESRV";

    private readonly TemporaryFolder _folder = new();
    private NameServerNode? _nameServer;
    private BrokerNode? _broker;
    private Dictionary<string, string> _settings = [];

    /// <summary>Name servers as clients are told.</summary>
    public string NameServers { get; private set; } = "";

    /// <summary>The first master that the name servers know: scenarios keep to it.</summary>
    public string BrokerAddress { get; private set; } = "";

    public string BrokerName { get; private set; } = "";

    public string Name { get; private set; } = "";

    /// <summary>Whether it pops, which came with 5.0.</summary>
    public bool HasPop { get; private set; }

    public async ValueTask InitializeAsync()
    {
        NameServers = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : await StartOwnAsync();
        await using var connection = RocketMQConnection.Create(NameServers);
        var admin = new RocketMQAdmin(connection);
        await Eventually.TrueAsync($"a master at {NameServers}", async () =>
        {
            var found = (await admin.GetClusterInfoAsync()).BrokerAddrTable.Values.FirstOrDefault(static broker => broker.MasterAddress is not null);
            if (found is null) return false;
            (BrokerAddress, BrokerName, Name) = (found.MasterAddress!, found.BrokerName, found.Cluster);
            return true;
        });
        var settings = await connection.DemandAsync(BrokerAddress, RemotingCommand.CreateRequest(RequestCode.GetBrokerConfig), default);
        _settings = Encoding.UTF8.GetString(settings.Body.Span).Split('\n').Select(static line => line.Split('=', 2)).Where(static pair => pair.Length == 2)
            .DistinctBy(static pair => pair[0]).ToDictionary(static pair => pair[0], static pair => pair[1].Trim(), StringComparer.Ordinal);
        var pop = await connection.AskAsync(BrokerAddress, RemotingCommand.CreateRequest(RequestCode.PopMessage), default);
        HasPop = pop.Code != ResponseCode.RequestCodeNotSupported;
    }

    /// <summary>A setting of the broker, as its configuration tells it.</summary>
    public string? Setting(string key) => _settings.GetValueOrDefault(key);

    /// <summary>A setting in milliseconds; 0 when it isn't told.</summary>
    public long Milliseconds(string key) => long.TryParse(Setting(key), CultureInfo.InvariantCulture, out var value) ? value : 0;

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null) await _broker.DisposeAsync();
        if (_nameServer is not null) await _nameServer.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<string> StartOwnAsync()
    {
        _nameServer = await NameServerNode.StartAsync(new() { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, default);
        var address = _nameServer.Endpoint.ToString();
        var conf = $"""
            brokerName=broker-a
            brokerIP1=127.0.0.1
            bindAddress=127.0.0.1
            listenPort={FreePorts.Next()}
            namesrvAddr={address}
            storePathRootDir={_folder["store"].Replace('\\', '/')}
            mappedFileSizeCommitLog=16777216
            maxHashSlotNum=1000
            maxIndexNum=4000
            enablePropertyFilter=true
            transactionTimeOut=1000
            transactionCheckInterval=500
            """;
        var settings = BrokerSettings.Read(PropertiesFile.Parse(conf), out var problems);
        Assert.Empty(problems);
        var options = BrokerOptionsReader.Read(settings, nameServers: null, filePath: null, out var problem);
        Assert.True(options is not null, problem);
        _broker = await BrokerNode.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, new FileSystemDevice(), default);
        return address;
    }
}
