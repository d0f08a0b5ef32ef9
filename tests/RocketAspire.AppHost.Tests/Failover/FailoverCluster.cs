using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using RocketAspire.Client;
using RocketAspire.Hosting;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Bodies;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests.Failover;

/// <summary>A running cluster whose nodes are harmed by their resources' commands.</summary>
internal sealed class FailoverCluster : IAsyncDisposable
{
    /// <summary>Names a folder in which each node's log is left, for whoever looks into a failure.</summary>
    private const string LogFolder = "ROCKETASPIRE_TEST_LOGS";

    private readonly IDistributedApplicationTestingBuilder _builder;
    private readonly DistributedApplication _app;

    private FailoverCluster(IDistributedApplicationTestingBuilder builder, DistributedApplication app, CancellationToken ct)
    {
        _builder = builder;
        _app = app;
        Ct = ct;
        Resource = builder.Resources.OfType<RocketMQClusterResource>().Single();
        Connection = Connect(TimeSpan.FromSeconds(10));
        Patient = Connect(TimeSpan.FromSeconds(30));
        Admin = new RocketMQAdmin(Connection);
    }

    public CancellationToken Ct { get; }

    public RocketMQClusterResource Resource { get; }

    public ClusterTopology Topology => Resource.Topology!;

    /// <summary>Waits longer than a broker does for its slave: what it answers then is to be seen.</summary>
    public RocketMQConnection Connection { get; }

    /// <summary>Waits longer than any test pauses a node.</summary>
    public RocketMQConnection Patient { get; }

    public RocketMQAdmin Admin { get; }

    public static async Task<FailoverCluster> StartAsync(CancellationToken ct, params string[] args)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.RocketAspire_AppHost>([.. args, "--console", "false", "--port-offset", "auto"], ct);
        var app = await builder.BuildAsync(ct);
        await app.StartAsync(ct);
        if (Environment.GetEnvironmentVariable(LogFolder) is { Length: > 0 } folder) KeepLogs(app, builder.Resources.OfType<IRocketMQNode>(), folder);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rocketmq", ct);
        return new FailoverCluster(builder, app, ct);
    }

    public BrokerNode Broker(string name) => Topology.Brokers.Single(b => b.Name == name);

    /// <summary>Runs a command of a node's resource; it must be enabled and succeed.</summary>
    public async Task CommandAsync(string node, string command)
    {
        var result = await _app.ResourceCommands.ExecuteCommandAsync(node, command, Ct);
        Assert.True(result.Success, $"{command} of {node}: {result.Message}");
    }

    public Task KillAsync(string node) => CommandAsync(node, "kill");

    public Task StartAsync(string node) => CommandAsync(node, KnownResourceCommands.StartCommand);

    public CustomResourceSnapshot Snapshot(string node) =>
        _app.ResourceNotifications.TryGetCurrentState(node, out var e) ? e.Snapshot : throw new InvalidOperationException($"{node} has no state");

    /// <summary>Whether a node's command could be run now.</summary>
    public ResourceCommandState CommandState(string node, string command) => Snapshot(node).Commands.Single(c => c.Name == command).State;

    public async Task HealthyAsync(params string[] nodes)
    {
        foreach (var node in nodes.Length > 0 ? nodes : [.. Resource.Nodes.Select(n => n.Name), Resource.Name]) await _app.ResourceNotifications.WaitForResourceHealthyAsync(node, Ct);
    }

    /// <summary>What a node's console holds once it holds a text.</summary>
    public async Task<IReadOnlyList<LogLine>> ConsoleAsync(string node, string text)
    {
        var lines = new List<LogLine>();
        var loggers = _app.Services.GetRequiredService<ResourceLoggerService>();
        await foreach (var batch in loggers.WatchAsync(Resource.Nodes.Single(n => n.Name == node)).WithCancellation(Ct))
        {
            lines.AddRange(batch);
            if (lines.Exists(l => l.Content.Contains(text, StringComparison.Ordinal))) break;
        }

        return lines;
    }

    /// <summary>On every master, or on the leader of each group.</summary>
    public async Task CreateTopicAsync(string topic, int queues)
    {
        var info = await Admin.GetClusterInfoAsync(Ct);
        foreach (var (_, group) in info.BrokerAddrTable)
            await Admin.CreateTopicAsync(group.BrokerAddrs[0], new TopicConfig { TopicName = topic, ReadQueueNums = queues, WriteQueueNums = queues, Perm = PermName.ReadWrite }, Ct);
    }

    /// <summary>Waits until all nodes of each group hold logs of one length, and compares them byte for byte.</summary>
    public async Task AssertLogsAgreeAsync()
    {
        foreach (var group in Topology.Brokers.GroupBy(b => b.BrokerName, StringComparer.Ordinal))
        {
            List<long> ends = [];
            await Eventually.TrueAsync($"all logs of {group.Key} to be equally long", async () =>
            {
                ends = [];
                foreach (var node in group) ends.Add(await LogEndAsync(node));
                return ends.Distinct().Count() == 1;
            });
            // Where this machine has it: in a container the store has another path.
            var logs = group.Select(node => ReadLog(Path.Combine(Resource.DataPath, node.Name, "store"), ends[0])).ToList();
            foreach (var (node, log) in group.Zip(logs).Skip(1))
            {
                var same = logs[0].AsSpan().CommonPrefixLength(log);
                Assert.True(same == logs[0].Length, $"the logs of {group.First().Name} and {node.Name} differ from byte {same} of {logs[0].Length} on");
            }
        }
    }

    public async Task<long> LogEndAsync(BrokerNode node) =>
        long.Parse((await Admin.GetBrokerRuntimeInfoAsync(node.Address, Ct))["commitLogMaxOffset"], CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Patient.DisposeAsync();
        await _app.DisposeAsync();
        await _builder.DisposeAsync();
    }

    private static void KeepLogs(DistributedApplication app, IEnumerable<IRocketMQNode> nodes, string folder)
    {
        var loggers = app.Services.GetRequiredService<ResourceLoggerService>();
        var test = Directory.CreateDirectory(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{TestContext.Current.TestMethod!.MethodName}-{Environment.TickCount64}")));
        foreach (var node in nodes)
        {
            _ = Task.Run(async () =>
            {
                await using var file = new StreamWriter(Path.Combine(test.FullName, node.Name + ".log")) { AutoFlush = true };
                await foreach (var lines in loggers.WatchAsync(node))
                    foreach (var line in lines) await file.WriteLineAsync(line.Content);
            });
        }
    }

    private RocketMQConnection Connect(TimeSpan timeout) =>
        new(new RocketMQClientOptions { NameServers = [.. Topology.NameServers.Select(n => n.Address)], RequestTimeout = timeout });

    private static byte[] ReadLog(string store, long end)
    {
        var bytes = new byte[end];
        foreach (var path in Directory.GetFiles(Path.Combine(store, "commitlog")))
        {
            var start = long.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            if (start < end) Assert.True(RandomAccess.Read(file, bytes.AsSpan((int)start, (int)Math.Min(end - start, RandomAccess.GetLength(file))), 0) > 0, $"{path} is empty");
        }

        return bytes;
    }
}
