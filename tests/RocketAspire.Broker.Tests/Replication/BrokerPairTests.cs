using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;
using FlushDiskType = RocketAspire.Store.FlushDiskType;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>Two whole brokers, asked over the wire.</summary>
public sealed class BrokerPairTests : IAsyncDisposable
{
    private readonly List<TestBroker> _brokers = [];
    private string? _nameServer;

    [Fact]
    public async Task Sends_are_answered_0_with_a_slave_and_11_without_and_WAIT_false_skips_it()
    {
        var (master, slave) = await StartPairAsync(FlushDiskType.Sync);
        await SentAsync(master);
        Assert.Equal(ResponseCode.Success, (await master.SendAsync("T", "with a slave")).Code);

        await slave.DisposeAsync();
        await Eventually.TrueAsync("11", async () => (await master.SendAsync("T", "alone")).Code == ResponseCode.SlaveNotAvailable);
        Assert.Equal(ResponseCode.Success, (await master.SendAsync("T", "doesn't wait", properties: TestBroker.Properties(("WAIT", "false")))).Code);
    }

    [Fact]
    public async Task A_slave_serves_reads_and_refuses_writes_and_knows_a_topic_at_once()
    {
        var (master, slave) = await StartPairAsync(FlushDiskType.Async);
        await SentAsync(master);
        await master.SentAsync("Orders", "one");
        await Eventually.TrueAsync("the slave to know the topic", () => slave.Node.Tables.Topics.Find("Orders") is not null);
        await Eventually.TrueAsync("the slave to hold the message", () => slave.Node.Store.QueueBounds("Orders", 0).Max == 1);
        var info = KvTable.Decode((await slave.InvokeAsync(RequestCode.GetBrokerRuntimeInfo)).Body.Span).Table;
        var stored = slave.Node.Store.Queues.Where(static queue => queue.Topic is "T" or "Orders").Sum(queue => slave.Node.Store.QueueBounds(queue.Topic, queue.QueueId).Max);
        Assert.Equal(stored.ToString(CultureInfo.InvariantCulture), info["msgPutTotalTodayNow"]);
        await master.DisposeAsync();
        Assert.Equal("one", Assert.Single(await slave.PulledAsync("Orders")).Body.ToArray().Select(b => (char)b).Aggregate("", (text, c) => text + c));
        Assert.NotEqual(ResponseCode.Success, (await slave.SendAsync("Orders", "two")).Code);
    }

    [Fact]
    public async Task A_topic_that_is_deleted_on_the_master_leaves_no_queue_on_the_slave()
    {
        var (master, slave) = await StartPairAsync(FlushDiskType.Async);
        await SentAsync(master);
        for (var i = 0; i < 3; i++) await master.SentAsync("Orders", $"old {i}");
        await Eventually.TrueAsync("the slave to hold the messages", () => slave.Node.Store.QueueBounds("Orders", 0).Max == 3);
        Assert.Equal(ResponseCode.Success, (await master.InvokeAsync(RequestCode.DeleteTopicInBroker, new TopicRequestHeader("Orders").ToExtFields())).Code);
        await Eventually.TrueAsync("the slave to drop the queue", () => slave.Node.Store.Queues.All(static queue => queue.Topic != "Orders"));
        Assert.Equal(ResponseCode.SystemError, (await slave.InvokeAsync(RequestCode.DeleteTopicInBroker, new TopicRequestHeader("T").ToExtFields())).Code);

        await master.SentAsync("Orders", "new");
        await Eventually.TrueAsync("the slave to hold the new message", () => slave.Node.Store.QueueBounds("Orders", 0).Max == 1);
    }

    [Fact]
    public async Task Master_and_slave_tell_how_replication_stands()
    {
        var (master, slave) = await StartPairAsync(FlushDiskType.Async);
        await SentAsync(master);
        await Eventually.TrueAsync("the slave to have acknowledged everything", async () =>
        {
            List<long> behind = [];
            foreach (var connection in (await StatusAsync(master))["haConnectionInfo"].Items) behind.Add(connection["diff"].AsInt64());
            return behind is [0];
        });
        var status = await StatusAsync(master);
        Assert.True(status["master"].AsBoolean());
        Assert.Equal((1, master.Node.Store.MaxPhysicalOffset), (status["inSyncSlaveNums"].AsInt32(), status["masterCommitLogMaxOffset"].AsInt64()));
        var client = (await StatusAsync(slave))["haClientRuntimeInfo"];
        Assert.Equal((master.Node.Replication.HaServerAddress, slave.Node.Store.MaxPhysicalOffset), (client["masterAddr"].AsString(), client["maxOffset"].AsInt64()));
        Assert.InRange(client["lastReadTimestamp"].AsInt64(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 60_000, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 1000);

        static async Task<FastJsonElement> StatusAsync(TestBroker broker) => FastJson.Parse((await broker.InvokeAsync(RequestCode.GetBrokerHaStatus)).Body.Span);
    }

    [Fact]
    public async Task A_new_synchronous_master_without_its_slave_answers_14_with_the_reason()
    {
        var master = await StartAsync(FlushDiskType.Sync, BrokerRole.SyncMaster, null);
        var answer = await master.SendAsync("T", "too early");
        Assert.Equal(ResponseCode.ServiceNotAvailable, answer.Code);
        Assert.Contains("slave", answer.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_that_only_knows_its_name_server_finds_each_other_whoever_starts_first()
    {
        await using var nameServer = await NameServerNode.StartAsync(
            new NameServerOptions { Listen = [new(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
        _nameServer = nameServer.Endpoint.ToString();
        var slave = await StartAsync(FlushDiskType.Sync, BrokerRole.Slave, null);
        await Task.WhenAny(slave.Node.Registered, Task.Delay(TestBroker.Long, TestContext.Current.CancellationToken));
        Assert.True(slave.Node.Replication.WantsMaster);

        var watch = Stopwatch.StartNew();
        var master = await StartAsync(FlushDiskType.Sync, BrokerRole.SyncMaster, null);
        await SentAsync(master);
        TestContext.Current.TestOutputHelper!.WriteLine($"{watch.ElapsedMilliseconds} ms from the master's start to the first safe send");
    }

    /// <summary>Not a test of a limit: prints what synchronous replication costs. Run by name, with <c>-explicit only</c>.</summary>
    [Theory(Explicit = true)]
    [InlineData(BrokerRole.AsyncMaster, FlushDiskType.Async)]
    [InlineData(BrokerRole.AsyncMaster, FlushDiskType.Sync)]
    [InlineData(BrokerRole.SyncMaster, FlushDiskType.Async)]
    [InlineData(BrokerRole.SyncMaster, FlushDiskType.Sync)]
    public async Task Measure_sends_a_second_and_latency(BrokerRole role, FlushDiskType flush)
    {
        var master = await StartAsync(flush, role, null);
        await StartAsync(flush, BrokerRole.Slave, master);
        await SentAsync(master);
        var body = new byte[1024];
        for (var senders = 64; senders > 0; senders -= 63)
        {
            await RunSendersAsync(master, senders, TimeSpan.FromSeconds(2), body);
            var (count, elapsed, latencies) = await RunSendersAsync(master, senders, TimeSpan.FromSeconds(5), body);
            latencies.Sort();
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{role} {flush}: {senders} senders, {count / elapsed.TotalSeconds:0} sends/s, median {latencies[latencies.Count / 2]:0.000} ms, p99 {latencies[latencies.Count * 99 / 100]:0.000} ms");
        }
    }

    private static async Task<(int Count, TimeSpan Elapsed, List<double> Latencies)> RunSendersAsync(TestBroker master, int senders, TimeSpan time, byte[] body)
    {
        var watch = Stopwatch.StartNew();
        var runs = await Task.WhenAll(Enumerable.Range(0, senders).Select(i => Task.Run(async () =>
        {
            var latencies = new List<double>();
            while (watch.Elapsed < time)
            {
                var start = Stopwatch.GetTimestamp();
                var answer = await master.SendAsync(TestBroker.Header("T", i % 4), body);
                Assert.Equal(ResponseCode.Success, answer.Code);
                latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return latencies;
        })));
        var all = runs.SelectMany(run => run).ToList();
        return (all.Count, watch.Elapsed, all);
    }

    private static Task SentAsync(TestBroker master) =>
        Eventually.TrueAsync("the first send to be answered 0", async () => (await master.SendAsync("T", "first")).Code == ResponseCode.Success);

    private async Task<(TestBroker Master, TestBroker Slave)> StartPairAsync(FlushDiskType flush)
    {
        var master = await StartAsync(flush, BrokerRole.SyncMaster, null);
        return (master, await StartAsync(flush, BrokerRole.Slave, master));
    }

    private async Task<TestBroker> StartAsync(FlushDiskType flush, BrokerRole role, TestBroker? master)
    {
        var (port, haPort) = (ReplicaNode.FreePort(), ReplicaNode.FreePort());
        var broker = await TestBroker.StartAsync(options => options with
        {
            ListenPort = port,
            NameServers = _nameServer is null ? [] : [_nameServer],
            HaListenPort = haPort,
            Role = role,
            BrokerId = role == BrokerRole.Slave ? 1 : 0,
            TotalReplicas = 2,
            InSyncReplicas = 2,
            Store = options.Store with { Flush = flush },
        });
        _brokers.Add(broker);
        if (master is not null)
        {
            broker.Node.Replication.OnRegistered(master.Address, master.Node.Replication.HaServerAddress);
        }
        return broker;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in Enumerable.Reverse(_brokers))
        {
            await broker.DisposeAsync();
        }
    }
}
