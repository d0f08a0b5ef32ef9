using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Replication;

/// <summary>Real pairs through seeded orders of faults, one after the other.</summary>
public sealed class FaultOrderTests : PairOfNodes
{
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
            Logs.Note($"--- {node.Role}: {how} at {node.Store.MaxPhysicalOffset}");
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
                var replicated = master.Replication.WaitReplicatedAsync(result, CancellationToken.None);
                var flushed = !master.SyncFlush || await master.Store.WaitFlushedAsync(result.EndOffset, TimeSpan.FromSeconds(5), CancellationToken.None);
                if (await replicated == ReplicationAck.Ok && flushed)
                {
                    lock (acknowledged)
                    {
                        acknowledged.Add(text);
                    }
                }
            }
            catch (Exception e) when (e is StoreException or IOException or ObjectDisposedException)
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

    private async Task AgreeOrTellAsync(ReplicaNode master, ReplicaNode slave)
    {
        try
        {
            await OkAsync(master);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"{e.Message}\nmaster {master.Store.MaxPhysicalOffset}, slave {slave.Store.MaxPhysicalOffset}\n{Logs}", e);
        }
    }
}
