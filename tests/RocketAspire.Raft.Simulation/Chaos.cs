using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>Breaks things at random, but never destroys the data of more nodes than a group can lose.</summary>
internal sealed class Chaos(World world)
{
    private readonly Random _random = world.Random;

    public void Strike()
    {
        var faults = world.Profile.Faults;
        var fault = faults[_random.Next(faults.Count)];
        world.Trace(null, $"-- {fault}");
        if (fault <= Fault.CutDownLeaders) StrikeNetwork(fault);
        else if (fault <= Fault.PauseAny) StrikeProcess(fault);
        else StrikeMachine(fault);
    }

    /// <summary>Everything works again, and stays so.</summary>
    public void Heal()
    {
        world.Trace(null, "-- all is well");
        world.Network.Heal();
        world.CutsDownLeaders = false;
        foreach (var node in world.Nodes)
        {
            node.DiskFull = false;
            node.SyncUs = 300;
            node.CrashIn(0, false);
            node.SetClock(1, 0);
            node.Start();
            node.Resume();
            if (node.Core is { } core) core.CanLead = true;
        }
    }

    private void StrikeNetwork(Fault fault)
    {
        var network = world.Network;
        var count = world.Nodes.Length;
        if (fault < Fault.BadLinks && _random.Next(2) == 0) network.MendLinks();
        switch (fault)
        {
            case Fault.Halves:
                var side = world.Nodes.Select(_ => _random.Next(2)).ToArray();
                Pairs((a, b) => side[a] != side[b]);
                break;
            case Fault.IsolateLeader when world.Leader is { } leader:
                Pairs((a, b) => a == leader.Index || b == leader.Index);
                break;
            case Fault.IsolateAny:
                var alone = _random.Next(count);
                Pairs((a, b) => a == alone || b == alone);
                break;
            case Fault.Ring:
                Pairs((a, b) => (a - b + count) % count is not 1 && (b - a + count) % count is not 1);
                break;
            case Fault.OneWay:
                network.Cut(_random.Next(count), _random.Next(count));
                break;
            case Fault.LateAnswers:
                network.LateAnswerPercent = _random.Next(40);
                break;
            case Fault.CutDownLeaders:
                world.CutsDownLeaders = !world.CutsDownLeaders;
                break;
            case Fault.BadLinks:
                (network.LossPercent, network.DuplicatePercent, network.LatePercent, network.LateUs) = (_random.Next(20), _random.Next(10), _random.Next(10), 1 + _random.Next(400_000));
                break;
        }
    }

    private void Pairs(Func<int, int, bool> cut)
    {
        for (var a = 0; a < world.Nodes.Length; a++)
        {
            for (var b = 0; b < world.Nodes.Length; b++)
            {
                if (cut(a, b)) world.Network.Cut(a, b);
            }
        }
    }

    private void StrikeProcess(Fault fault)
    {
        var victims = fault switch
        {
            Fault.KillLeader or Fault.PauseLeader => world.Leader is { } leader ? [leader] : [],
            Fault.KillAll or Fault.PowerLossAll => world.Nodes,
            Fault.KillMany or Fault.PowerLossMany => world.Nodes.Where(_ => _random.Next(2) == 0).ToArray(),
            _ => [Any()],
        };
        foreach (var node in victims)
        {
            switch (fault)
            {
                case Fault.PauseLeader or Fault.PauseAny:
                    node.Pause();
                    world.After(_random.Next(1000), node.Resume);
                    break;
                case Fault.CrashInOutput:
                    node.CrashIn(1 + _random.Next(12), _random.Next(2) == 0);
                    break;
                case Fault.PowerLossAny or Fault.PowerLossMany or Fault.PowerLossAll:
                    if (!world.MayLosePower(node)) break;
                    node.LosePower();
                    world.RestartLater(node);
                    break;
                default:
                    node.Kill();
                    world.RestartLater(node);
                    break;
            }
        }
    }

    private void StrikeMachine(Fault fault)
    {
        var node = Any();
        switch (fault)
        {
            case Fault.ClockJump: node.SetClock(1, _random.Next(5000)); break;
            case Fault.ClockRate: node.SetClock(0.5 + _random.NextDouble(), 0); break;
            case Fault.Wipe: Destroy(node, Loss.Everything); break;
            case Fault.LoseLog: Destroy(node, Loss.Log); break;
            case Fault.LoseState: Destroy(node, Loss.State); break;
            case Fault.LoseTail: Destroy(node, Loss.Tail); break;
            case Fault.LoseBelowFloor when node.DiskState is { CommitFloor: var floor } && floor > node.Log.Start: Destroy(node, Loss.BelowFloor); break;
            case Fault.DeleteOldFiles: node.Log.DeleteBefore(Math.Min(node.Core?.Commit ?? 0, node.Log.Synced)); break;
            case Fault.SlowDisk: node.SyncUs = _random.Next(3) == 0 ? 300 : _random.Next(200_000); break;
            case Fault.FullDisk: node.DiskFull = !node.DiskFull; break;
            case Fault.Transfer: world.Leader?.Call(core => core.TransferLeadership(_random.Next(2) == 0 ? null : Any().Id, world.Leader.NowMs)); break;
            case Fault.Resign: world.Leader?.Call(core => core.Resign("chaos", world.Leader.NowMs)); break;
            case Fault.FalsePeerDown: node.Call(core => core.PeerDown(Any().Id, node.NowMs)); break;
            case Fault.CannotLead when node.Core is { } core: core.CanLead = !core.CanLead; break;
        }
    }

    private SimNode Any() => world.Nodes[_random.Next(world.Nodes.Length)];

    private void Destroy(SimNode node, Loss loss)
    {
        if (!world.MayLose(node)) return;
        node.Lose(loss);
        world.RestartLater(node);
    }
}
