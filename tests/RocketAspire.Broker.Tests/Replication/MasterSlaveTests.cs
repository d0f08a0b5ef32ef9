using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

public sealed class MasterSlaveTests : IAsyncDisposable
{
    private readonly List<ReplicaNode> _nodes = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slave_becomes_byte_identical_and_writers_wait_for_it(bool syncFlush)
    {
        var (master, slave) = await StartPairAsync(syncFlush);
        await WritableAsync(master);
        for (var i = 0; i < 500; i++)
        {
            Assert.Equal(ReplicationAck.Ok, await master.SendAsync($"message {i} {new string('x', 300)}"));
        }
        Assert.Equal(master.Store.MaxPhysicalOffset, slave.Store.MaxPhysicalOffset);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
        await Eventually.TrueAsync("the slave's queue to hold all messages", () => slave.Messages().Count == 500);
        Assert.Equal(master.Store.Terms.Entries, slave.Store.Terms.Entries);
    }

    [Fact]
    public async Task Without_its_slave_a_writer_is_told_at_once_and_with_it_all_is_well_again()
    {
        var (master, slave) = await StartPairAsync();
        await WritableAsync(master);
        Assert.Equal(ReplicationAck.Ok, await master.SendAsync("before"));

        await slave.StopAsync();
        await Eventually.TrueAsync("the master to answer 11", async () => await master.SendAsync("alone") == ReplicationAck.SlaveNotAvailable);

        await slave.StartAsync();
        await Eventually.TrueAsync("the master to answer 0 again", async () => await master.SendAsync("again") == ReplicationAck.Ok);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
    }

    [Fact]
    public async Task A_new_synchronous_master_writes_nothing_until_its_equally_new_slave_has_asked()
    {
        var (master, slave) = Pair(syncFlush: false);
        await master.StartAsync();
        Assert.False(master.Replication.AcceptsWrites(out var reason));
        Assert.Contains("slave", reason, StringComparison.Ordinal);
        await slave.StartAsync();
        await WritableAsync(master);
    }

    [Fact]
    public async Task A_wiped_master_gets_its_messages_and_tables_back_before_it_writes()
    {
        var (master, slave) = await StartPairAsync();
        await WritableAsync(master);
        master.Topics.Text = "the topics";
        master.Offsets.Text = "the offsets";
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(ReplicationAck.Ok, await master.SendAsync($"message {i} {new string('x', 200)}"));
        }
        await Eventually.TrueAsync("the slave to have the tables", () => slave.Topics.Text == "the topics" && slave.Offsets.Text == "the offsets");
        var messages = master.Messages();

        await master.StopAsync();
        master.Wipe();
        await master.StartAsync();
        await WritableAsync(master);

        Assert.Equal(messages, master.Messages());
        Assert.Equal("the topics", master.Topics.Text);
        Assert.Equal("the offsets", master.Offsets.Text);
        Assert.Equal(2, master.Store.Terms.Last);
        await Eventually.TrueAsync("the master to answer 0", async () => await master.SendAsync("again") == ReplicationAck.Ok);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
    }

    [Fact]
    public async Task A_wiped_slave_gets_everything_again()
    {
        var (master, slave) = await StartPairAsync();
        await WritableAsync(master);
        for (var i = 0; i < 1000; i++)
        {
            await master.SendAsync($"message {i} {new string('x', 200)}");
        }
        await slave.StopAsync();
        slave.Wipe();
        await slave.StartAsync();
        await Eventually.TrueAsync("the master to answer 0", async () => await master.SendAsync("again") == ReplicationAck.Ok);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
    }

    private static Task WritableAsync(ReplicaNode master) =>
        Eventually.TrueAsync("the master to write", () => master.Replication.AcceptsWrites(out _));

    private (ReplicaNode Master, ReplicaNode Slave) Pair(bool syncFlush)
    {
        var master = new ReplicaNode
        {
            Role = ReplicationRole.Master,
            SyncFlush = syncFlush,
            Configure = static options => options with { SyncMaster = true, TotalReplicas = 2 },
        };
        var slave = new ReplicaNode { Role = ReplicationRole.Slave, SyncFlush = syncFlush, MasterPort = master.Port, MasterHaPort = master.HaPort };
        _nodes.AddRange([slave, master]);
        return (master, slave);
    }

    private async Task<(ReplicaNode Master, ReplicaNode Slave)> StartPairAsync(bool syncFlush = false)
    {
        var (master, slave) = Pair(syncFlush);
        await master.StartAsync();
        await slave.StartAsync();
        return (master, slave);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
