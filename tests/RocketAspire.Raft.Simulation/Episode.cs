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
        steps = Math.Min(steps, random.Next(3) == 0 ? 3000 : 20_000);
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
        if (world.Random.Next(2) == 0) chaos.Strike();
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

    /// <summary>All become voters with all data, and then a leader's new record is committed everywhere.</summary>
    public static void CheckHealing(World world, int limitMs = HealingLimitMs)
    {
        var (term, target, produced) = (0, 0L, false);
        var healed = world.RunUntil(
            () =>
            {
                if (world.Leader is not { } leader) return false;
                // Another leader may have cut away what was waited for.
                if (leader.Core!.Term != term) (term, target, produced) = (leader.Core.Term, leader.Log.End, false);
                if (!Array.TrueForAll(world.Nodes, node => node.Core is { State.Member: MemberState.Voter } core && core.Commit >= target)) return false;
                if (produced) return true;
                leader.Produce();
                (target, produced) = (leader.Log.End, true);
                return false;
            },
            limitMs);
        if (healed) return;
        var nodes = world.Nodes.Select(node => $"{node.Id} {node.Core?.State.Member} {node.Core?.Role} term {node.Core?.Term} log {node.Log.Start}..{node.Log.End} commit {node.Core?.Commit} \"{node.Core?.Reason}\"");
        throw new InvariantException($"healed for {limitMs} ms, and not well:\n  {string.Join("\n  ", nodes)}");
    }
}

internal sealed class EpisodeException(World world, Exception cause) : Exception($"{cause.Message} (after {world.Steps} steps, {world.NowMs} ms; {world.Profile})", cause)
{
    public World World => world;
}
