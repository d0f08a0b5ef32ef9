using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>A master and a slave of it, and what tests of faults do with them.</summary>
public abstract class PairOfNodes : IAsyncDisposable
{
    private readonly List<ReplicaNode> _nodes = [];

    internal CollectedLogs Logs { get; } = new();

    internal static async Task RestartAsync(ReplicaNode node)
    {
        await node.StopAsync();
        await node.StartAsync();
    }

    internal static async Task SendAsync(ReplicaNode master, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            Assert.Equal(ReplicationAck.Ok, await master.SendAsync($"message {i}"));
        }
    }

    internal static Task HoldsAsync(ReplicaNode node, int count) =>
        Eventually.TrueAsync(
            $"all {count} messages to be readable in order",
            () => node.Messages().Where(text => text.StartsWith("message ", StringComparison.Ordinal)).SequenceEqual(Enumerable.Range(0, count).Select(i => $"message {i}")));

    internal static Task WritableAsync(ReplicaNode master) =>
        Eventually.TrueAsync("the master to write", () => master.Replication.AcceptsWrites(out _));

    internal static async Task OkAsync(ReplicaNode master)
    {
        await WritableAsync(master);
        await Eventually.TrueAsync("the master to answer 0", async () => await master.SendAsync("sync") == ReplicationAck.Ok);
    }

    internal static async Task AgreeAsync(ReplicaNode master, ReplicaNode slave)
    {
        await OkAsync(master);
        var from = slave.Store.MinPhysicalOffset - master.Store.MinPhysicalOffset;
        Assert.Equal(master.LogBytes()[(int)Math.Max(0, from)..], slave.LogBytes()[(int)Math.Max(0, -from)..]);
    }

    internal async Task<(ReplicaNode Master, ReplicaNode Slave)> StartPairAsync(int seed, bool syncFlush)
    {
        var master = new ReplicaNode(seed)
        {
            Role = ReplicationRole.Master,
            SyncFlush = syncFlush,
            Logs = Logs,
            Configure = static options => options with { SyncMaster = true, TotalReplicas = 2 },
        };
        var slave = new ReplicaNode(seed + 1000)
        {
            Role = ReplicationRole.Slave,
            SyncFlush = syncFlush,
            Logs = Logs,
            MasterPort = master.Port,
            MasterHaPort = master.HaPort,
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
