using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>Two real stores whose logs differ, in each way that faults can bring about.</summary>
public sealed class DivergenceTests : PairOfNodes
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_master_that_lost_its_newest_bytes_with_its_power_copies_them_back(int seed)
    {
        var (master, slave) = await StartPairAsync(seed, syncFlush: false);
        await SendAsync(master, 0, 200);
        var acknowledged = slave.Store.MaxPhysicalOffset;
        await master.LosePowerAsync();
        Assert.Equal(acknowledged, slave.Store.MaxPhysicalOffset);

        await master.StartAsync();
        Assert.True(master.Store.MaxPhysicalOffset <= acknowledged);
        await AgreeAsync(master, slave);
        await HoldsAsync(master, 200);
    }

    [Fact]
    public async Task A_master_that_lost_its_power_waits_for_its_slave()
    {
        var (master, slave) = await StartPairAsync(1, syncFlush: true);
        await SendAsync(master, 0, 10);
        await slave.StopAsync();
        await master.LosePowerAsync();
        await master.StartAsync();
        Assert.False(master.Replication.AcceptsWrites(out var reason));
        Assert.Contains("may lack", reason, StringComparison.Ordinal);
        await slave.StartAsync();
        await AgreeAsync(master, slave);
        await HoldsAsync(master, 10);
    }

    [Fact]
    public async Task A_killed_master_goes_on_without_waiting_since_the_page_cache_lost_nothing()
    {
        var (master, slave) = await StartPairAsync(1, syncFlush: false);
        await SendAsync(master, 0, 50);
        await slave.StopAsync();
        await master.KillAsync();
        await master.StartAsync();
        Assert.True(master.Replication.AcceptsWrites(out _));
        Assert.Equal(ReplicationAck.SlaveNotAvailable, await master.SendAsync("alone"));
        await HoldsAsync(master, 50);
        await slave.StartAsync();
        await AgreeAsync(master, slave);
    }

    [Fact]
    public async Task A_tail_that_was_never_confirmed_is_cut_when_the_master_went_another_way()
    {
        var (master, slave) = await StartPairAsync(1, syncFlush: true);
        await SendAsync(master, 0, 20);
        await slave.StopAsync();
        await using (var store = await slave.OpenStoreAsync())
        {
            Assert.True(store.Append(ReplicaNode.Message("received, never acknowledged")).IsOk);
        }
        await RestartAsync(master);
        Assert.Equal(ReplicationAck.SlaveNotAvailable, await master.SendAsync("another way"));
        await slave.StartAsync();
        await AgreeAsync(master, slave);
        await HoldsAsync(slave, 20);
        Assert.DoesNotContain("received, never acknowledged", slave.Messages());
        Assert.True(Logs.Contains("never confirmed"), Logs.ToString());
    }

    [Fact]
    public async Task A_confirmed_tail_is_kept_and_the_slave_stays_out_with_the_reason()
    {
        var (master, slave) = await StartPairAsync(1, syncFlush: true);
        await SendAsync(master, 0, 20);
        // Killed within a session: what it confirmed isn't known exactly, so all of its log counts.
        await slave.KillAsync();
        await using (var store = await slave.OpenStoreAsync())
        {
            Assert.True(store.Append(ReplicaNode.Message("perhaps acknowledged")).IsOk);
        }
        await RestartAsync(master);
        await master.SendAsync("another way");
        await slave.StartAsync();
        await Eventually.TrueAsync("the refusal to be told", () => Logs.Contains("nothing confirmed is deleted"));
        await Eventually.TrueAsync("the slave to hold its message", () => slave.Messages().Contains("perhaps acknowledged"));
        Assert.Equal(ReplicationAck.SlaveNotAvailable, await master.SendAsync("still alone"));
    }

    [Fact]
    public async Task A_wiped_master_that_is_told_to_go_on_alone_does_and_its_slave_loses_nothing()
    {
        var (master, slave) = await StartPairAsync(1, syncFlush: true);
        await SendAsync(master, 0, 20);
        await slave.StopAsync();
        await master.StopAsync();
        master.Wipe();
        master.Configure = static options => options with
        {
            SyncMaster = true,
            TotalReplicas = 2,
            AllowUncleanMaster = true,
            UncleanMasterGrace = TimeSpan.FromMilliseconds(50),
        };
        await master.StartAsync();
        await WritableAsync(master);
        Assert.True(Logs.Contains("allowUncleanMaster"));
        await master.SendAsync("a new beginning");
        await slave.StartAsync();
        await Eventually.TrueAsync("the refusal to be told", () => Logs.Contains("nothing confirmed is deleted"));
        await HoldsAsync(slave, 20);
    }

    [Fact]
    public async Task A_wiped_master_that_may_go_on_alone_still_copies_back_when_its_slave_is_there()
    {
        var (master, slave) = await StartPairAsync(1, syncFlush: true);
        await SendAsync(master, 0, 20);
        await master.StopAsync();
        master.Wipe();
        master.Configure = static options => options with { SyncMaster = true, TotalReplicas = 2, AllowUncleanMaster = true };
        await master.StartAsync();
        await AgreeAsync(master, slave);
        await HoldsAsync(master, 20);
    }

    [Fact]
    public async Task A_slave_that_lost_its_newest_bytes_with_its_power_is_sent_them_again()
    {
        var (master, slave) = await StartPairAsync(1, syncFlush: false);
        await SendAsync(master, 0, 200);
        await slave.LosePowerAsync();
        await slave.StartAsync();
        await AgreeAsync(master, slave);
        await HoldsAsync(slave, 200);
    }

    [Fact]
    public async Task A_slave_whose_disk_fails_is_not_counted_any_more()
    {
        var (master, slave) = await StartPairAsync(1, syncFlush: true);
        await SendAsync(master, 0, 5);
        slave.Device.FailFlush = static path => path.Contains("commitlog", StringComparison.Ordinal);
        await Eventually.TrueAsync(
            "the master to say that no slave is safe", async () => await master.SendAsync("hello") is ReplicationAck.SlaveNotAvailable);
    }
}
