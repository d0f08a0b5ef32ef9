using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>Chaos and healing in turns, until so many steps were made. Nothing may break, and whatever was broken must heal.</summary>
internal static class Episode
{
    /// <summary>Simulated time in which a healed group must have a leader, all its voters and all its data again.</summary>
    public const int HealingLimitMs = 15_000;

    public static World Run(int nodes, int seed, long steps, bool trace = false)
    {
        var random = new Random(seed);
        var world = new World(Profile.Random(nodes, random), random.Next(), trace);
        try
        {
            Run(world, steps);
        }
        catch (Exception e) when (e is not EpisodeException)
        {
            throw new EpisodeException(world, e);
        }

        return world;
    }

    private static void Run(World world, long steps)
    {
        var chaos = new Chaos(world);
        world.Start();
        while (world.Steps < steps)
        {
            var until = world.NowMs + world.Random.Next(500, 4000);
            while (world.NowMs < until)
            {
                world.RunMs(1 + world.Random.Next(2 * world.Profile.FaultEveryMs));
                chaos.Strike();
            }

            chaos.Heal();
            CheckHealing(world);
        }

        world.Checker.CheckAll();
    }

    /// <summary>A record that a leader takes from now on reaches all nodes, and all are voters.</summary>
    public static void CheckHealing(World world)
    {
        var target = long.MaxValue;
        var healed = world.RunUntil(
            () =>
            {
                if (target == long.MaxValue && world.Leader is { } leader && world.Checker.LedgerEnd < leader.Log.End) target = leader.Log.End;
                return world.Checker.LedgerEnd >= target && Array.TrueForAll(world.Nodes, node => node.Core is { State.Member: MemberState.Voter } core && core.Commit >= target);
            },
            HealingLimitMs);
        if (healed) return;
        var nodes = world.Nodes.Select(node => $"{node.Id} {node.Core?.State.Member} {node.Core?.Role} term {node.Core?.Term} log {node.Log.Start}..{node.Log.End} commit {node.Core?.Commit} \"{node.Core?.Reason}\"");
        throw new InvariantException($"healed for {HealingLimitMs} ms, and not well:\n  {string.Join("\n  ", nodes)}");
    }
}

internal sealed class EpisodeException(World world, Exception cause) : Exception($"{cause.Message} (after {world.Steps} steps, {world.NowMs} ms; {world.Profile})", cause)
{
    public World World => world;
}
