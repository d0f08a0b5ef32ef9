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
        Assert.Equal(ReplicationAck.Ok, await master.SendAsync("before"));

        await slave.StopAsync();
        await Eventually.TrueAsync("the master to answer 11", async () => await master.SendAsync("alone") == ReplicationAck.SlaveNotAvailable);

        await slave.StartAsync();
        await OkAsync(master);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
    }

    [Fact]
    public async Task A_new_synchronous_master_writes_nothing_until_its_equally_new_slave_has_asked()
    {
        var (master, slave) = Pair();
        await master.StartAsync();
        Assert.False(master.Replication.AcceptsWrites(out var reason));
        Assert.Contains("slave", reason, StringComparison.Ordinal);
        await slave.StartAsync();
        await WritableAsync(master);
    }

    [Fact]
    public async Task An_asynchronous_master_that_expects_no_replicas_never_waits()
    {
        var (master, _) = Pair();
        master.Configure = static options => options;
        await master.StartAsync();
        Assert.True(master.Replication.AcceptsWrites(out _));
        await master.LosePowerAsync();
        await master.StartAsync();
        Assert.True(master.Replication.AcceptsWrites(out _));
        Assert.Equal(2, master.Store.Terms.Last);
    }

    [Fact]
    public async Task An_empty_master_whose_slave_is_known_to_a_name_server_waits_for_it()
    {
        var (master, _) = Pair();
        master.Configure = static options => options with { SlaveIsRegistered = static _ => new(true) };
        await master.StartAsync();
        Assert.False(master.Replication.AcceptsWrites(out _));
    }

    [Fact]
    public async Task A_master_remembers_that_it_has_a_slave_and_waits_for_it_after_a_power_loss()
    {
        var (master, slave) = Pair();
        master.Configure = static options => options;
        await master.StartAsync();
        await slave.StartAsync();
        master.Append("hello");
        await CaughtUpAsync(master, slave);
        await slave.StopAsync();
        await master.LosePowerAsync();
        await master.StartAsync();
        Assert.False(master.Replication.AcceptsWrites(out _));
        await slave.StartAsync();
        await WritableAsync(master);
        await Eventually.TrueAsync("the message to be readable", () => master.Messages().Contains("hello"));
    }

    [Fact]
    public async Task A_wiped_master_gets_its_messages_and_tables_back_before_it_writes()
    {
        var (master, slave) = await StartPairAsync();
        master.Topics.Text = "the topics";
        master.Offsets.Text = "the offsets";
        await SendManyAsync(master, 1000);
        await Eventually.TrueAsync("the slave to have the tables", () => slave.Topics.Text == "the topics" && slave.Offsets.Text == "the offsets");

        await master.StopAsync();
        master.Wipe();
        await master.StartAsync();
        await WritableAsync(master);

        await HoldsAsync(master, 1000);
        Assert.Equal("the topics", master.Topics.Text);
        Assert.Equal("the offsets", master.Offsets.Text);
        Assert.Equal(2, master.Store.Terms.Last);
        await OkAsync(master);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
    }

    [Fact]
    public async Task A_wiped_master_that_is_killed_while_copying_still_waits_for_the_rest()
    {
        var (master, slave) = await StartPairAsync();
        await SendManyAsync(master, 300);
        await slave.StopAsync();
        await master.StopAsync();

        // It began to wait, and then the first part came back before it was killed.
        master.Wipe();
        await master.StartAsync();
        await master.StopAsync();
        await using (var source = await slave.OpenStoreAsync())
        await using (var half = await master.OpenStoreAsync())
        {
            var piece = new byte[20_000];
            half.AppendRaw(0, piece.AsSpan(0, source.ReadRaw(0, piece)));
        }
        await master.StartAsync();
        Assert.False(master.Replication.AcceptsWrites(out _));

        await slave.StartAsync();
        await WritableAsync(master);
        await HoldsAsync(master, 300);
    }

    [Fact]
    public async Task A_wiped_slave_gets_everything_again()
    {
        var (master, slave) = await StartPairAsync();
        await SendManyAsync(master, 1000);
        await slave.StopAsync();
        slave.Wipe();
        await slave.StartAsync();
        await OkAsync(master);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
    }

    [Fact]
    public async Task A_slave_behind_the_masters_oldest_file_begins_anew()
    {
        var (master, slave) = await StartPairAsync();
        await SendManyAsync(master, 50);
        await slave.StopAsync();
        for (var i = 0; i < 1000; i++)
        {
            master.Append(new string('y', 300));
        }
        await Eventually.TrueAsync(
            "the oldest files to be gone", async () => await master.Store.DeleteBeforeAsync(3 * ReplicaNode.LogFileBytes) == 3 * ReplicaNode.LogFileBytes);
        await slave.StartAsync();
        await OkAsync(master);
        Assert.Equal(master.Store.MinPhysicalOffset, slave.Store.MinPhysicalOffset);
        Assert.Equal(master.LogBytes(), slave.LogBytes());

        // It comes back to that, whichever log begins later.
        await slave.StopAsync();
        await Eventually.TrueAsync(
            "another file to be gone", async () => await master.Store.DeleteBeforeAsync(4 * ReplicaNode.LogFileBytes) == 4 * ReplicaNode.LogFileBytes);
        await slave.StartAsync();
        await OkAsync(master);
        Assert.Equal(3 * ReplicaNode.LogFileBytes, slave.Store.MinPhysicalOffset);
        await slave.StopAsync();
        await using (var store = await slave.OpenStoreAsync())
        {
            await store.DeleteBeforeAsync(store.MaxPhysicalOffset);
            Assert.True(store.MinPhysicalOffset > 4 * ReplicaNode.LogFileBytes);
        }
        await slave.StartAsync();
        await OkAsync(master);

        // And such a slave, wiped, begins there again.
        await slave.StopAsync();
        slave.Wipe();
        await slave.StartAsync();
        await OkAsync(master);
        Assert.Equal(master.LogBytes(), slave.LogBytes());

        // As does a wiped master that gets back a log whose beginning has expired.
        await master.StopAsync();
        master.Wipe();
        await master.StartAsync();
        await OkAsync(master);
        Assert.Equal(4 * ReplicaNode.LogFileBytes, master.Store.MinPhysicalOffset);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
    }

    [Fact]
    public async Task A_slave_far_behind_catches_up_while_the_master_serves()
    {
        var (master, slave) = await StartPairAsync();
        await slave.StopAsync();
        for (var i = 0; i < 5000; i++)
        {
            master.Append(new string('y', 1000));
        }
        await slave.StartAsync();
        for (var i = 0; i < 1000; i++)
        {
            master.Append($"meanwhile {i}");
        }
        await OkAsync(master);
        Assert.Equal(master.LogBytes(), slave.LogBytes());
    }

    [Fact]
    public async Task Tables_arrive_at_once()
    {
        var (master, slave) = await StartPairAsync();
        for (var i = 0; i < 20; i++)
        {
            master.Topics.Text = $"topics {i}";
            await Eventually.TrueAsync("the topics", () => slave.Topics.Text == $"topics {i}", TimeSpan.FromSeconds(2));
            master.Offsets.Text = $"offsets {i}";
            await Eventually.TrueAsync("the offsets", () => slave.Offsets.Text == $"offsets {i}", TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public async Task Nodes_that_do_not_belong_together_are_kept_apart()
    {
        var (master, slave) = Pair();
        slave.Configure = static options => options with { BrokerName = "broker-b" };
        using var logs = new CollectedLogs();
        var stranger = new ReplicaNode { Role = ReplicationRole.Slave, MasterPort = master.Port, MasterHaPort = master.HaPort, Configure = slave.Configure, Logs = logs };
        _nodes.Add(stranger);
        await master.StartAsync();
        await stranger.StartAsync();
        await Eventually.TrueAsync("the refusal to be told", () => logs.Contains("brokerName is broker-b"));
        Assert.False(master.Replication.AcceptsWrites(out _));
    }

    private static async Task SendManyAsync(ReplicaNode master, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(ReplicationAck.Ok, await master.SendAsync(Text(i)));
        }
    }

    private static string Text(int number) => $"message {number} {new string('x', 200)}";

    /// <summary>Queues follow the log a moment later.</summary>
    private static Task HoldsAsync(ReplicaNode node, int count) =>
        Eventually.TrueAsync($"all {count} messages to be readable in order", () => node.Messages().Take(count).SequenceEqual(Enumerable.Range(0, count).Select(Text)));

    private static Task WritableAsync(ReplicaNode master) =>
        Eventually.TrueAsync("the master to write", () => master.Replication.AcceptsWrites(out _));

    private static async Task OkAsync(ReplicaNode master)
    {
        await WritableAsync(master);
        await Eventually.TrueAsync("the master to answer 0", async () => await master.SendAsync("again") == ReplicationAck.Ok);
    }

    private static Task CaughtUpAsync(ReplicaNode master, ReplicaNode slave) =>
        Eventually.TrueAsync("the slave to have caught up", () => slave.Store.MaxPhysicalOffset == master.Store.MaxPhysicalOffset);

    private (ReplicaNode Master, ReplicaNode Slave) Pair(bool syncFlush = false)
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
        await WritableAsync(master);
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
