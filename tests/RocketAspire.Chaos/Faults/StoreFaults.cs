using System.Collections.Concurrent;
using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Load;
using RocketAspire.Chaos.Report;

namespace RocketAspire.Chaos.Faults;

/// <summary>
/// Faults of disks. A mode outlives the disk of one node of a group, so no other is touched before that one has caught up
/// again; kills and pauses go on meanwhile.
/// </summary>
internal sealed class StoreFaults(ChaosCluster cluster, ClusterProbe probe, RunLoad load, bool loseNothingUnsynced, Timeline timeline)
{
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(20);

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
            timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: left out, {_damaged.GetValueOrDefault(group)?.Name} of {group} has a damaged disk already");
            return;
        }

        if (await TryDamageAsync(fault, target, random, healNow).ConfigureAwait(false)) await RepairAsync(target, healNow).ConfigureAwait(false);
        _damaged.TryRemove(group, out _);
    }

    /// <summary>A master's log can't be damaged unseen and a slave's can: it is compared with its master's.</summary>
    private ChaosBroker Target(FaultKind kind, string group, Random random)
    {
        var leader = probe.LeaderOf(group);
        var nodes = cluster.BrokersOf(group).Where(b => b != leader || kind is FaultKind.Wipe or FaultKind.FlipState).ToList();
        return nodes[random.Next(nodes.Count)];
    }

    private async Task<bool> TryDamageAsync(FaultEvent fault, ChaosBroker target, Random random, CancellationToken healNow)
    {
        var isMaster = target == probe.LeaderOf(target.Group) && !target.Node.IsDLedger;
        // Everything that the other nodes lack must be unacknowledged, or wait until they have it.
        var hold = isMaster && fault.Kind == FaultKind.Wipe && loseNothingUnsynced ? await load.HoldAsync(target.Group).ConfigureAwait(false) : null;
        try
        {
            if (hold is not null && !await SlavesHaveAllAsync(target, healNow).ConfigureAwait(false))
            {
                timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: left out, the other nodes don't have all that {target.Name} acknowledged");
                return false;
            }

            using var lease = await Lease.TryTakeAsync([target.Process], BusyLimit).ConfigureAwait(false);
            if (lease is null)
            {
                timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: left out, {target.Name} is in another fault's hands");
                return false;
            }

            target.Process.Kill();
            var what = Damage(fault.Kind, target, random);
            timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: {target.Name}: {what ?? "nothing to damage"}");
            if (isMaster && fault.Kind == FaultKind.Wipe) OnMasterWiped(target.Group);
            await Task.Delay(fault.Hold, healNow).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            target.Process.Start();
            timeline.Say($"  started {target.Name}");
            return what is not null;
        }
        finally
        {
            hold?.Dispose();
        }
    }

    private async Task<bool> SlavesHaveAllAsync(ChaosBroker master, CancellationToken healNow)
    {
        foreach (var slave in cluster.BrokersOf(master.Group).Where(b => b != master))
            if (!await probe.CatchesUpAsync(slave, CatchUpLimit, healNow).ConfigureAwait(false)) return false;
        return true;
    }

    private static string? Damage(FaultKind kind, ChaosBroker target, Random random)
    {
        var store = target.Process.Store;
        switch (kind)
        {
            case FaultKind.Wipe:
                StoreDamage.Wipe(store);
                return "its store is gone";
            case FaultKind.TruncateLog:
                return StoreDamage.Truncate(store, random);
            case FaultKind.FlipTail:
                return StoreDamage.FlipTail(store, random);
            case FaultKind.FlipIndex:
                return StoreDamage.FlipAny(StoreDamage.QueueAndIndexFiles(store), random);
            default:
                return StoreDamage.FlipAny(StoreDamage.StateFiles(store), random);
        }
    }

    private void OnMasterWiped(string group)
    {
        _wipedMasters[group] = true;
        foreach (var consumer in load.Consumers.Where(c => c.Queue.Group == group)) consumer.OnLogWiped();
    }

    /// <summary>Until it has caught up. One that can't, though nobody disturbs its group, is emptied, as its operator would be told to do.</summary>
    private async Task RepairAsync(ChaosBroker target, CancellationToken healNow)
    {
        if (await probe.CatchesUpAsync(target, CatchUpLimit, healNow).ConfigureAwait(false))
        {
            timeline.Say($"  {target.Name} has caught up");
            return;
        }

        var nodes = cluster.BrokersOf(target.Group).Select(static b => b.Process).ToList();
        Lease? lease;
        while ((lease = await Lease.TryTakeAsync(nodes, BusyLimit).ConfigureAwait(false)) is null)
        {
            // Every other fault ends by itself, or when all are taken back.
        }

        using (lease)
        {
            if (await probe.CatchesUpAsync(target, CatchUpLimit, CancellationToken.None).ConfigureAwait(false))
            {
                timeline.Say($"  {target.Name} has caught up");
                return;
            }

            target.Process.Kill();
            StoreDamage.Wipe(target.Process.Store);
            target.Process.Start();
            timeline.Say($"  {target.Name} did not catch up: its store was emptied by hand");
            if (!await probe.CatchesUpAsync(target, CatchUpLimit, CancellationToken.None).ConfigureAwait(false)) timeline.Say($"  {target.Name} did not catch up after that either");
        }
    }
}
