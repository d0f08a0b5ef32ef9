using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>A world without chance faults, in which a test says what happens. The invariants are checked all along.</summary>
internal sealed class Script
{
    public Script(int nodes, bool syncFlush = true, bool preferred = false, int produceEveryMs = 5, int fileSize = 4096, int latencyUs = 100, int seed = 1)
    {
        World = new World(
            new Profile
            {
                Nodes = nodes,
                SyncFlush = syncFlush,
                HasPreferredLeader = preferred,
                ProduceEveryMs = produceEveryMs,
                FileSize = fileSize,
                LatencyUs = latencyUs,
                MaxBatchBytes = 2000,
                MaxInFlightBytes = 20_000,
            },
            seed);
        World.Start();
    }

    public World World { get; }

    public SimNode[] Nodes => World.Nodes;

    public SimNetwork Network => World.Network;

    /// <summary>All but these.</summary>
    public SimNode[] Others(params SimNode[] nodes) => [.. Nodes.Except(nodes)];

    public SimNode WaitForLeader(int limitMs = 5000, SimNode? otherThan = null)
    {
        SimNode? leader = null;
        Wait("a leader", () => (leader = Nodes.Where(node => node != otherThan && node.IsUp && node.Core!.Role == RaftRole.Leader && node.AppendsOpen).MaxBy(static node => node.Core!.Term)) is not null, limitMs);
        return leader!;
    }

    /// <summary>A leader whose group is whole: all are voters and hold what it committed.</summary>
    public SimNode WaitForWholeGroup(int limitMs = Episode.HealingLimitMs)
    {
        Episode.CheckHealing(World, limitMs);
        return World.Leader!;
    }

    public void Wait(string forWhat, Func<bool> condition, int limitMs = 5000) =>
        Assert.True(World.RunUntil(condition, limitMs), $"waited {limitMs} ms of simulated time for {forWhat}");

    public void RunMs(int milliseconds) => World.RunMs(milliseconds);

    public void Isolate(SimNode node)
    {
        foreach (var other in Others(node)) Disconnect(node, other);
    }

    public void Disconnect(SimNode a, SimNode b)
    {
        Network.Cut(a.Index, b.Index);
        Network.Cut(b.Index, a.Index);
    }

    public bool NobodyLeads => Array.TrueForAll(Nodes, static node => node.Core?.Role != RaftRole.Leader);
}
