using System.Collections.Concurrent;
using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Load;
using RocketAspire.Chaos.Report;

namespace RocketAspire.Chaos.Faults;

/// <summary>
/// Faults of disks. A mode outlives the disk of one node of a group, so no other is touched before that one has caught up
/// again. Kills and partitions go on meanwhile, but for a log in a group of equals that lost bytes without anybody's knowing:
/// of two such nodes at once no vote can tell.
/// </summary>
internal sealed class StoreFaults(ChaosCluster cluster, ClusterProbe probe, RunLoad load, Turns turns, bool loseNothingUnsynced, Timeline timeline)
{
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AloneLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, ChaosBroker> _damaged = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _wipedMasters = new(StringComparer.Ordinal);

    /// <summary>False once a log went that may have held messages which consumers had read and nobody had acknowledged.</summary>
    public bool ReadsArePermanent(string group) => !_wipedMasters.ContainsKey(group);

    public async Task RunAsync(FaultEvent fault, CancellationToken healNow)
    {
        var random = new Random(fault.Choice);
        var group = cluster.Groups[fault.Group % cluster.Groups.Length];
        var target = Target(fault.Kind, group, random);
        if (!_damaged.TryAdd(group, target))
        {
            LeaveOut(fault, $"{_damaged.GetValueOrDefault(group)?.Name} of {group} has a damaged disk already");
            return;
        }

        if (!target.Node.IsDLedger || fault.Kind is not (FaultKind.TruncateLog or FaultKind.FlipTail))
        {
            await DamageAndRepairAsync(fault, target, random, healNow).ConfigureAwait(false);
        }
        else
        {
            using var alone = await turns.TryTakeAloneAsync(AloneLimit).ConfigureAwait(false);
            if (alone is not null && await AllAreLevelAsync(group, healNow).ConfigureAwait(false)) await DamageAndRepairAsync(fault, target, random, healNow).ConfigureAwait(false);
            else LeaveOut(fault, $"{group} isn't whole");
        }

        _damaged.TryRemove(group, out _);
    }

    /// <summary>
    /// Any node of a group of equals. With masters and slaves a slave, whose log is compared with its master's at each
    /// meeting; a master that lost the end of its log while its machine ran on can't know it.
    /// </summary>
    private ChaosBroker Target(FaultKind kind, string group, Random random)
    {
        var leader = probe.LeaderOf(group);
        var nodes = cluster.BrokersOf(group).Where(b => b != leader || b.Node.IsDLedger || kind is FaultKind.Wipe or FaultKind.FlipState).ToList();
        return nodes[random.Next(nodes.Count)];
    }

    private async Task<bool> AllAreLevelAsync(string group, CancellationToken healNow)
    {
        foreach (var broker in cluster.BrokersOf(group))
            if (!await probe.CatchesUpAsync(broker, AloneLimit, healNow).ConfigureAwait(false)) return false;
        return true;
    }

    private async Task DamageAndRepairAsync(FaultEvent fault, ChaosBroker target, Random random, CancellationToken healNow)
    {
        if (await TryDamageAsync(fault, target, random, healNow).ConfigureAwait(false) is not { } damage) return;
        await RepairAsync(target, damage.Place, healNow).ConfigureAwait(false);
    }

    private async Task<Damaged?> TryDamageAsync(FaultEvent fault, ChaosBroker target, Random random, CancellationToken healNow)
    {
        var isMaster = target == probe.LeaderOf(target.Group) && !target.Node.IsDLedger;
        // Everything that the other nodes lack must be unacknowledged, or wait until they have it.
        using var hold = isMaster && fault.Kind == FaultKind.Wipe && loseNothingUnsynced ? await load.HoldAsync(target.Group).ConfigureAwait(false) : null;
        if (hold is not null && !await AllAreLevelAsync(target.Group, healNow).ConfigureAwait(false))
        {
            LeaveOut(fault, $"the other nodes don't have all that {target.Name} acknowledged");
            return null;
        }

        using var lease = await Lease.TryTakeAsync([target.Process], BusyLimit).ConfigureAwait(false);
        if (lease is null)
        {
            LeaveOut(fault, $"{target.Name} is in another fault's hands");
            return null;
        }

        target.Process.Kill();
        var damage = Damage(fault.Kind, target.Process.Store, random);
        if (damage.What is null) damage = damage with { Place = null };
        timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: {target.Name}: {damage.What ?? "nothing to damage"}");
        if (isMaster && fault.Kind == FaultKind.Wipe) OnMasterWiped(target.Group);
        await Task.Delay(fault.Hold, healNow).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        target.Process.Start();
        timeline.Say($"  started {target.Name}");
        return damage;
    }

    private static Damaged Damage(FaultKind kind, string store, Random random) => kind switch
    {
        FaultKind.Wipe => Wipe(store),
        FaultKind.TruncateLog => new(StoreDamage.Truncate(store, random)),
        FaultKind.FlipTail => new(StoreDamage.FlipTail(store, random, out var place), place),
        FaultKind.FlipMiddle => new(StoreDamage.FlipMiddle(store, random, out var place), place),
        FaultKind.FlipIndex => new(StoreDamage.FlipAny(StoreDamage.QueueAndIndexFiles(store), random)),
        _ => new(StoreDamage.FlipAny(StoreDamage.StateFiles(store), random)),
    };

    private static Damaged Wipe(string store)
    {
        StoreDamage.Wipe(store);
        return new("its store is gone");
    }

    private void OnMasterWiped(string group)
    {
        _wipedMasters[group] = true;
        foreach (var consumer in load.Consumers.Where(c => c.Queue.Group == group)) consumer.OnLogWiped();
    }

    /// <summary>
    /// Until it has caught up and its damaged byte is right again. A node that can't, though nobody disturbs its group, is
    /// emptied, as its operator would be told to do; a node of a group of equals has failed then.
    /// </summary>
    private async Task RepairAsync(ChaosBroker target, (string File, long At)? damaged, CancellationToken healNow)
    {
        if (await IsWholeAsync(target, damaged, healNow).ConfigureAwait(false)) return;
        using var lease = await TakeGroupAsync(target.Group).ConfigureAwait(false);
        if (await IsWholeAsync(target, damaged, CancellationToken.None).ConfigureAwait(false)) return;
        var caughtUp = await probe.CatchesUpAsync(target, TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        var text = $"{target.Name} {(caughtUp ? "did not mend the damage" : "did not catch up")}";
        if (target.Node.IsDLedger) cluster.Failures.Enqueue($"{text} within {CatchUpLimit.TotalSeconds:0} s");
        timeline.Say($"  {text}: its store is emptied by hand");
        target.Process.Kill();
        StoreDamage.Wipe(target.Process.Store);
        target.Process.Start();
        if (!await probe.CatchesUpAsync(target, CatchUpLimit, CancellationToken.None).ConfigureAwait(false)) timeline.Say($"  {target.Name} did not catch up after that either");
    }

    private async Task<bool> IsWholeAsync(ChaosBroker target, (string File, long At)? damaged, CancellationToken healNow)
    {
        if (!await probe.CatchesUpAsync(target, CatchUpLimit, healNow).ConfigureAwait(false)) return false;
        timeline.Say($"  {target.Name} has caught up");
        if (damaged is not { } place) return true;
        var others = cluster.BrokersOf(target.Group).Where(b => b != target).ToList();
        var isMended = await Wait.UntilAsync(
            () => Task.FromResult(others.TrueForAll(b => StoreDamage.IsSame(target.Process.Store, b.Process.Store, place))), CatchUpLimit, Between, healNow).ConfigureAwait(false);
        if (isMended) timeline.Say($"  {target.Name} has the byte again that was damaged");
        return isMended;
    }

    private async Task<Lease> TakeGroupAsync(string group)
    {
        var nodes = cluster.BrokersOf(group).Select(static b => b.Process).ToList();
        while (true)
        {
            // Every other fault ends by itself, or when all are taken back.
            if (await Lease.TryTakeAsync(nodes, BusyLimit).ConfigureAwait(false) is { } lease) return lease;
        }
    }

    private void LeaveOut(FaultEvent fault, string why) => timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: left out, {why}");

    /// <param name="What">In words; null when there was nothing to damage.</param>
    /// <param name="Place">A byte of the log that another node has as it was.</param>
    private sealed record Damaged(string? What, (string File, long At)? Place = null);
}
