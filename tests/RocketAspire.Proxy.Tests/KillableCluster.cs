using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Client;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Bodies;
using RocketAspire.TestSupport;

namespace RocketAspire.Proxy.Tests;

/// <summary>Brokers as processes of the built server, that are killed and started again; the name server and the proxies before them are in this process.</summary>
internal sealed class KillableCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _lines = [];
    private readonly Dictionary<string, Process> _processes = new(StringComparer.Ordinal);
    private readonly List<ProxyNode> _proxies = [];
    private readonly NameServerNode _nameServer;

    private KillableCluster(NameServerNode nameServer)
    {
        _nameServer = nameServer;
        Connection = RocketMQConnection.Create(NameServers);
        Admin = new RocketMQAdmin(Connection);
    }

    public string NameServers => _nameServer.Endpoint.ToString();

    public RocketMQConnection Connection { get; }

    public RocketMQAdmin Admin { get; }

    public IReadOnlyList<ProxyNode> Proxies => _proxies;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Two masters with a slave each.</summary>
    public static async Task<KillableCluster> TwoMastersTwoSlavesAsync()
    {
        var cluster = await CreateAsync();
        foreach (var name in new[] { "broker-a", "broker-b" })
        {
            cluster.Write(name, $"brokerName={name}\nbrokerId=0\nbrokerRole=ASYNC_MASTER\nlistenPort={FreePorts.Next()}");
            cluster.Write(name + "-s", $"brokerName={name}\nbrokerId=1\nbrokerRole=SLAVE\nlistenPort={FreePorts.Next()}");
        }

        await cluster.StartAsync("broker-a", "broker-a-s", "broker-b", "broker-b-s");
        return cluster;
    }

    /// <summary>One DLedger group of three.</summary>
    public static async Task<KillableCluster> DLedgerAsync()
    {
        var cluster = await CreateAsync();
        var peers = string.Join(';', Enumerable.Range(0, 3).Select(static i => $"n{i}-127.0.0.1:{FreePorts.Next()}"));
        for (var i = 0; i < 3; i++)
            cluster.Write($"n{i}", $"brokerName=broker-a\nlistenPort={FreePorts.Next()}\nenableDLegerCommitLog=true\ndLegerGroup=broker-a\ndLegerPeers={peers}\ndLegerSelfId=n{i}");
        await cluster.StartAsync("n0", "n1", "n2");
        return cluster;
    }

    public async Task<ProxyNode> StartProxyAsync()
    {
        var options = new ProxyOptions { NameServers = [NameServers], Listen = new IPEndPoint(IPAddress.Loopback, 0), MetadataMaxAge = TimeSpan.FromSeconds(1) };
        _proxies.Add(await ProxyNode.StartAsync(options, NullLoggerFactory.Instance, Ct));
        return _proxies[^1];
    }

    public async Task StopProxyAsync(ProxyNode proxy)
    {
        _proxies.Remove(proxy);
        await proxy.DisposeAsync();
    }

    public void Start(string node)
    {
        // bin/<configuration>/net10.0 of this project and of the server's are alike.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var server = Path.Combine(own.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "src", "RocketAspire.Server", "bin", own.Parent!.Name, own.Name, "RocketAspire.Server.dll");
        var start = new ProcessStartInfo("dotnet", [server, "broker", "-c", _folder[node + ".conf"]]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("NAMESRV_ADDR");
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => _lines.Enqueue($"{node} {line.Data}");
        process.ErrorDataReceived += (_, line) => _lines.Enqueue($"{node}! {line.Data}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes[node] = process;
    }

    /// <summary>SIGKILL, and gone.</summary>
    public async Task KillAsync(string node)
    {
        if (!_processes.Remove(node, out var process)) return;
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
        process.Dispose();
    }

    /// <summary>The node that is master of that name now, by its file's name.</summary>
    public async Task<string> MasterOfAsync(string brokerName)
    {
        var address = "";
        await Eventually.TrueAsync($"a master of {brokerName}", async () =>
            (address = (await Admin.GetClusterInfoAsync(Ct)).BrokerAddrTable.GetValueOrDefault(brokerName)?.MasterAddress ?? "").Length > 0);
        return _processes.Keys.Single(node => File.ReadAllText(_folder[node + ".conf"]).Contains($"listenPort={address[(address.LastIndexOf(':') + 1)..]}\n", StringComparison.Ordinal));
    }

    /// <summary>A new topic on every broker, known to the name server when this returns.</summary>
    public async Task<string> TopicAsync(string? messageType = null, int queues = 2)
    {
        var config = new TopicConfig { TopicName = $"Kill-{Guid.NewGuid():N}", ReadQueueNums = queues, WriteQueueNums = queues };
        if (messageType is not null) config = config with { Attributes = new(StringComparer.Ordinal) { [TopicAttributes.MessageType] = messageType } };
        await Admin.Topics.CreateOrUpdateAsync(config, null, Ct);
        var brokers = (await Admin.GetClusterInfoAsync(Ct)).BrokerAddrTable.Count;
        await Eventually.TrueAsync($"a route for {config.TopicName}", async () => (await Admin.GetRouteAsync(config.TopicName, Ct))?.QueueDatas.Count == brokers);
        return config.TopicName;
    }

    public async Task<string> GroupAsync(bool isOrdered = false)
    {
        var name = $"Kill-{Guid.NewGuid():N}";
        await Admin.Groups.CreateOrUpdateAsync(new SubscriptionGroupConfig { GroupName = name, ConsumeMessageOrderly = isOrdered }, null, Ct);
        return name;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies) await proxy.DisposeAsync();
        foreach (var node in _processes.Keys.ToArray()) await KillAsync(node);
        await Connection.DisposeAsync();
        await _nameServer.DisposeAsync();
        if (TestContext.Current.TestState?.Result == TestResult.Failed) TestContext.Current.SendDiagnosticMessage(string.Join('\n', _lines.TakeLast(100)));
        _folder.Dispose();
    }

    private static async Task<KillableCluster> CreateAsync() =>
        new(await NameServerNode.StartAsync(new() { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, Ct));

    private void Write(string node, string settings) => File.WriteAllText(_folder[node + ".conf"], $"""
        {settings}
        brokerClusterName=DefaultCluster
        brokerIP1=127.0.0.1
        namesrvAddr={NameServers}
        storePathRootDir={_folder[node].Replace('\\', '/')}
        mappedFileSizeCommitLog=16777216
        maxHashSlotNum=1000
        maxIndexNum=4000

        """);

    private async Task StartAsync(params string[] nodes)
    {
        foreach (var node in nodes) Start(node);
        await Eventually.TrueAsync("all brokers to register and masters to be there", async () =>
        {
            var info = await Admin.GetClusterInfoAsync(Ct);
            return info.BrokerAddrTable.Values.Sum(static broker => broker.BrokerAddrs.Count) == nodes.Length && info.BrokerAddrTable.Values.All(static broker => broker.MasterAddress is not null);
        }, Patience);
        await StartProxyAsync();
    }
}
