using System.Text;
using RocketAspire.Broker.Tests.Raft;
using RocketAspire.Broker.Tests.Replication;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using FlushDiskType = RocketAspire.Store.FlushDiskType;

namespace RocketAspire.Broker.Tests.Timers;

/// <summary>Timed messages outlive whoever took them.</summary>
public sealed class TimerFailoverTests
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static string At(long due, string id) => TestBroker.Properties(("UNIQ_KEY", id), ("TIMER_DELIVER_MS", $"{due}"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_waits_survives_kill_9_and_a_loss_of_power(bool power)
    {
        var device = new PowerLossDevice();
        long due;
        var handle = "";
        await using (var broker = await TestBroker.StartAsync(On, device: device))
        {
            await broker.SentAsync("orders", "before", properties: TestBroker.Properties(("TIMER_DELAY_MS", "1")));
            await broker.ArrivedAsync("orders", 1);
            await Eventually.TrueAsync("the note of the delivery", () => broker.Node.Store.QueueBounds(TopicNames.TimerProgress, 0).Max == 1);
            due = ((Now / 1000) + 6) * 1000;
            for (var i = 0; i < 20; i++)
            {
                var sent = await broker.SentAsync("orders", $"m{i}", properties: At(due, $"u{i}"));
                if (i == 7) handle = sent.RecallHandle!;
            }

            Assert.Equal(0, (await RecallTests.RecallAsync(broker, "orders", handle)).Code);
            if (power) device.PowerOff();
            device = power ? device.PowerCycle() : device.ProcessKilled();
        }

        await using var again = await TestBroker.StartAsync(On, device: device);
        var arrived = await again.ArrivedAsync("orders", 20);
        Assert.All(arrived.Skip(1), record => Assert.True(record.StoreTimestamp >= due));
        Assert.Equal(["before", .. Enumerable.Range(0, 20).Where(static i => i != 7).Select(static i => $"m{i}")], arrived.Select(TestBroker.Text));
        Assert.Equal(0, again.Node.Timers.Waiting);

        static BrokerOptions On(BrokerOptions o) => o with { RecallMessageEnable = true, Store = TestBroker.StoreIn("/store") with { Flush = FlushDiskType.Sync } };
    }

    [Fact]
    public async Task A_new_leader_goes_on_and_brings_nothing_twice()
    {
        await using var group = await TestGroup.StartAsync(change: static o => o with { RecallMessageEnable = true });
        var leader = await group.LedAsync();
        await SentAsync(group, leader, "early", Now + 1);
        await Eventually.TrueAsync("the first one", () => leader.Bodies("T", 0).Count == 1);
        var due = ((Now / 1000) + 6) * 1000;
        for (var i = 0; i < 10; i++) await SentAsync(group, leader, $"m{i}", due);
        var recall = await SentAsync(group, leader, "taken back", due);
        Assert.Equal(0, (await group.InvokeAsync(leader, RecallTests.Request("T", recall))).Code);
        await Eventually.TrueAsync("all to wait", () => leader.Broker!.Timers.Waiting == 12);
        var term = leader.Broker!.RaftStatus!.Term;
        await leader.KillAsync();

        leader = await group.LedAsync(term);
        await Eventually.TrueAsync("the new leader to deliver", () => leader.Bodies("T", 0).Count >= 11);
        Assert.True(Now >= due);
        await SentAsync(group, leader, "late", Now + 1);
        await Eventually.TrueAsync("the last one", () => leader.Bodies("T", 0)[^1] == "late");
        Assert.Equal(["early", .. Enumerable.Range(0, 10).Select(static i => $"m{i}"), "late"], leader.Bodies("T", 0));
    }

    [Fact]
    public async Task A_master_that_returns_without_its_disk_delivers_what_its_slave_kept()
    {
        var (port, haPort) = (ReplicaNode.FreePort(), ReplicaNode.FreePort());
        var master = await MasterAsync(new PowerLossDevice());
        await using var slave = await TestBroker.StartAsync(static o => Replicated(o) with { Role = BrokerRole.Slave, BrokerId = 1, ListenPort = ReplicaNode.FreePort(), HaListenPort = ReplicaNode.FreePort() }, device: new PowerLossDevice());
        slave.Node.Replication.OnRegistered(master.Address, master.Node.Replication.HaServerAddress);
        await Eventually.TrueAsync("the pair", async () => (await master.SendAsync("T", "first")).Code == ResponseCode.Success);
        await Eventually.TrueAsync("the slave to know the topic", () => slave.Node.Tables.Topics.Find("T") is not null);
        var begin = master.Node.Store.QueueBounds("T", 0).Max;
        await master.SentAsync("T", "waits", properties: At(Now + 2000, "u"));
        await master.DisposeAsync();

        await using var again = await MasterAsync(new PowerLossDevice());
        slave.Node.Replication.OnRegistered(again.Address, again.Node.Replication.HaServerAddress);
        // Twice where the first master was still there at its time, and its record of it didn't get through.
        await Eventually.TrueAsync("the message", () => again.Node.Store.QueueBounds("T", 0).Max > begin);
        await Eventually.TrueAsync("its slave's topics", async () => (await again.PullAsync(TestBroker.PullHeader("T", 0, begin))).Code == ResponseCode.Success);
        Assert.Equal("waits", TestBroker.Text((await again.PulledAsync("T", 0, begin))[0]));
        await Eventually.TrueAsync("the slave to hold it", () => slave.Node.Store.QueueBounds("T", 0).Max > begin);

        Task<TestBroker> MasterAsync(PowerLossDevice device) =>
            TestBroker.StartAsync(o => Replicated(o) with { Role = BrokerRole.SyncMaster, ListenPort = port, HaListenPort = haPort }, device: device);
        static BrokerOptions Replicated(BrokerOptions o) => o with { TotalReplicas = 2, InSyncReplicas = 2, Store = TestBroker.StoreIn("/store") with { Flush = FlushDiskType.Sync } };
    }

    private static async Task<string> SentAsync(TestGroup group, GroupNode node, string body, long due)
    {
        var request = RemotingCommand.CreateRequest(RequestCode.SendMessageV2, TestBroker.Header("T", 0, At(due, body.Replace(' ', '-'))).ToExtFieldsV2(), Encoding.UTF8.GetBytes(body));
        var answer = await group.InvokeAsync(node, request);
        Assert.Equal((ResponseCode.Success, null), (answer.Code, answer.Remark));
        return answer.ExtFields["recallHandle"] ?? "";
    }
}
