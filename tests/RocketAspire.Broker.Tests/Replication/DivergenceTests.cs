using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>Two real stores whose logs differ, in each way that faults can bring about.</summary>
public sealed class DivergenceTests : IAsyncDisposable
{
    private readonly CollectedLogs _logs = new();
    private readonly List<ReplicaNode> _nodes = [];

    /// <summary>Ten orders of faults; <c>ROCKETASPIRE_REPLICATION_SEEDS=500</c> tries that many.</summary>
    public static TheoryData<int, bool> FaultSeeds()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("ROCKETASPIRE_REPLICATION_SEEDS"), out var wanted) ? wanted : 10;
        var seeds = new TheoryData<int, bool>();
        for (var seed = 1; seed <= count; seed++)
        {
            seeds.Add(seed, seed % 3 != 0);
        }
        return seeds;
    }

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
        Assert.True(_logs.Contains("never confirmed"), _logs.ToString());
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
        await Eventually.TrueAsync("the refusal to be told", () => _logs.Contains("nothing confirmed is deleted"));
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
            SyncMaster = true, TotalReplicas = 2, AllowUncleanMaster = true, UncleanMasterGrace = TimeSpan.FromMilliseconds(50),
        };
        await master.StartAsync();
        await WritableAsync(master);
        Assert.True(_logs.Contains("allowUncleanMaster"));
        await master.SendAsync("a new beginning");
        await slave.StartAsync();
        await Eventually.TrueAsync("the refusal to be told", () => _logs.Contains("nothing confirmed is deleted"));
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

    /// <summary>
    /// Sends run all the time; one node after the other stops, is killed, loses power or its whole store, and returns.
    /// Whatever was acknowledged is there in the end, in order, and both logs are the same.
    /// </summary>
    [Theory]
    [MemberData(nameof(FaultSeeds))]
    public async Task Whatever_was_acknowledged_survives_every_order_of_faults(int seed, bool syncFlush)
    {
        var (master, slave) = await StartPairAsync(seed, syncFlush);
        var random = new Random(seed);
        var acknowledged = new List<string>();
        var number = 0;
        for (var round = 0; round < 8; round++)
        {
            // One fault at a time: the other side has all that was acknowledged before the next one comes.
            await AgreeOrTellAsync(master, slave);
            using var stop = new CancellationTokenSource();
            var sending = Task.Run(() => SendUntilAsync(master, () => $"{seed}/{number++}", acknowledged, stop.Token), CancellationToken.None);
            var wanted = acknowledged.Count + random.Next(5, 60);
            await Eventually.TrueAsync("some messages to be acknowledged", () => Count(acknowledged) >= wanted);
            var node = random.Next(2) == 0 ? master : slave;
            var how = random.Next(4);
            _logs.Note($"--- {node.Role}: {how} at {node.Store.MaxPhysicalOffset}");
            await BreakAsync(node, how, stop, sending);
            await node.StartAsync();
        }
        await AgreeAsync(master, slave);

        // Without synchronous flushing a power loss may take the very name of a slave's first file: its log begins later then.
        var whole = syncFlush || slave.Store.MinPhysicalOffset == master.Store.MinPhysicalOffset;
        await Eventually.TrueAsync(
            $"seed {seed}: all {acknowledged.Count} acknowledged messages, in order",
            () => IsSubsequence(acknowledged, master.Messages()) && (!whole || IsSubsequence(acknowledged, slave.Messages())));
    }

    private static async Task BreakAsync(ReplicaNode node, int how, CancellationTokenSource stop, Task sending)
    {
        if (how == 3 || node.Role == ReplicationRole.Slave)
        {
            // Kill and power loss hit the master amid its sends; else they end first.
            await stop.CancelAsync();
            await sending;
        }
        switch (how)
        {
            case 0: await node.StopAsync(); break;
            case 1: await node.KillAsync(); break;
            case 2: await node.LosePowerAsync(); break;
            case 3:
                await node.StopAsync();
                node.Wipe();
                break;
        }
        await stop.CancelAsync();
        await sending;
    }

    private static async Task SendUntilAsync(ReplicaNode master, Func<string> next, List<string> acknowledged, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var text = next();
            try
            {
                var result = master.Store.Append(ReplicaNode.Message(text));
                if (!result.IsOk)
                {
                    return;
                }
                var replicated = master.Replication.WaitReplicatedAsync(result.EndOffset, CancellationToken.None);
                var flushed = !master.SyncFlush || await master.Store.WaitFlushedAsync(result.EndOffset, TimeSpan.FromSeconds(5), CancellationToken.None);
                if (await replicated == ReplicationAck.Ok && flushed)
                {
                    lock (acknowledged)
                    {
                        acknowledged.Add(text);
                    }
                }
            }
            catch (Exception e) when (e is Store.StoreException or IOException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static int Count(List<string> acknowledged)
    {
        lock (acknowledged)
        {
            return acknowledged.Count;
        }
    }

    private static bool IsSubsequence(List<string> expected, List<string> actual)
    {
        var found = 0;
        foreach (var text in actual)
        {
            if (found < expected.Count && text == expected[found])
            {
                found++;
            }
        }
        return found == expected.Count;
    }

    private static async Task RestartAsync(ReplicaNode node)
    {
        await node.StopAsync();
        await node.StartAsync();
    }

    private static async Task SendAsync(ReplicaNode master, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            Assert.Equal(ReplicationAck.Ok, await master.SendAsync($"message {i}"));
        }
    }

    private static Task HoldsAsync(ReplicaNode node, int count) =>
        Eventually.TrueAsync(
            $"all {count} messages to be readable in order",
            () => node.Messages().Where(text => text.StartsWith("message ", StringComparison.Ordinal)).SequenceEqual(Enumerable.Range(0, count).Select(i => $"message {i}")));

    private static Task WritableAsync(ReplicaNode master) =>
        Eventually.TrueAsync("the master to write", () => master.Replication.AcceptsWrites(out _));

    private static async Task OkAsync(ReplicaNode master)
    {
        await WritableAsync(master);
        await Eventually.TrueAsync("the master to answer 0", async () => await master.SendAsync("sync") == ReplicationAck.Ok);
    }

    private async Task AgreeOrTellAsync(ReplicaNode master, ReplicaNode slave)
    {
        try
        {
            await OkAsync(master);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"{e.Message}\nmaster {master.Store.MaxPhysicalOffset}, slave {slave.Store.MaxPhysicalOffset}\n{_logs}", e);
        }
    }

    private static async Task AgreeAsync(ReplicaNode master, ReplicaNode slave)
    {
        await OkAsync(master);
        var from = slave.Store.MinPhysicalOffset - master.Store.MinPhysicalOffset;
        Assert.Equal(master.LogBytes()[(int)Math.Max(0, from)..], slave.LogBytes()[(int)Math.Max(0, -from)..]);
    }

    private async Task<(ReplicaNode Master, ReplicaNode Slave)> StartPairAsync(int seed, bool syncFlush)
    {
        var master = new ReplicaNode(seed)
        {
            Role = ReplicationRole.Master,
            SyncFlush = syncFlush,
            Logs = _logs,
            Configure = static options => options with { SyncMaster = true, TotalReplicas = 2 },
        };
        var slave = new ReplicaNode(seed + 1000)
        {
            Role = ReplicationRole.Slave, SyncFlush = syncFlush, Logs = _logs, MasterPort = master.Port, MasterHaPort = master.HaPort,
        };
        _nodes.AddRange([slave, master]);
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
