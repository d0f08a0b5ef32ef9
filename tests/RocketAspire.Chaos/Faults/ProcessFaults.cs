using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Report;

namespace RocketAspire.Chaos.Faults;

/// <summary>Faults by signals: nodes die, freeze, are stopped in order, and come back.</summary>
internal sealed class ProcessFaults(ChaosCluster cluster, ClusterProbe probe, Timeline timeline)
{
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BackLimit = TimeSpan.FromSeconds(20);

    /// <summary>A node that takes longer to stop in order has failed.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    public Task RunAsync(FaultEvent fault, CancellationToken healNow)
    {
        var random = new Random(fault.Choice);
        var group = cluster.Groups[fault.Group % cluster.Groups.Length];
        var leader = probe.LeaderOf(group) ?? Any(cluster.BrokersOf(group), random);
        var followers = cluster.BrokersOf(group).Where(b => b != leader).ToList();
        return fault.Kind switch
        {
            FaultKind.KillLeader => KillAsync(fault, [leader.Process], healNow),
            FaultKind.KillFollower => KillAsync(fault, [Any(followers, random).Process], healNow),
            FaultKind.KillMajority => KillAsync(fault, Majority(group, random), healNow),
            FaultKind.KillAll => KillAsync(fault, [.. cluster.Brokers.Select(static b => b.Process)], healNow),
            FaultKind.KillNameServers => KillAsync(fault, cluster.NameServers, healNow),
            FaultKind.KillTwice => KillTwiceAsync(fault, Any(cluster.BrokersOf(group), random).Process, random, healNow),
            FaultKind.PauseLeader => PauseAsync(fault, leader.Process, healNow),
            FaultKind.PauseAny => PauseAsync(fault, Any(cluster.Brokers, random).Process, healNow),
            FaultKind.Restart => StopAsync(fault, [Any(cluster.Brokers, random).Process], healNow),
            FaultKind.FullStop => StopAsync(fault, [.. cluster.Brokers.Select(static b => b.Process)], healNow),
            FaultKind.RollingRestart => RollAsync(fault, healNow),
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "no fault by signals"),
        };
    }

    /// <summary>Kills a node and starts it, unless another fault has it in hand and does so anyway.</summary>
    public async Task ReviveAsync(ChaosBroker broker)
    {
        using var lease = await Lease.TryTakeAsync([broker.Process], BusyLimit).ConfigureAwait(false);
        if (lease is null) return;
        broker.Process.Kill();
        broker.Process.Start();
        timeline.Say($"  started {broker.Name} anew");
    }

    private static T Any<T>(IReadOnlyList<T> of, Random random) => of[random.Next(of.Count)];

    private IReadOnlyList<NodeProcess> Majority(string group, Random random)
    {
        var nodes = cluster.BrokersOf(group).ToArray();
        if (!nodes[0].Node.IsDLedger) return [.. cluster.Brokers.Where(static b => b.Node.IsMaster).Select(static b => b.Process)];
        random.Shuffle(nodes);
        return [.. nodes.Take((nodes.Length / 2) + 1).Select(static b => b.Process)];
    }

    private async Task KillAsync(FaultEvent fault, IReadOnlyList<NodeProcess> nodes, CancellationToken healNow)
    {
        using var lease = await TakeAsync(fault, nodes).ConfigureAwait(false);
        if (lease is null) return;
        timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: {Names(nodes)} for {fault.Hold.TotalSeconds:0.0} s");
        foreach (var node in nodes) node.Kill();
        await HoldAsync(fault.Hold, healNow).ConfigureAwait(false);
        foreach (var node in nodes) node.Start();
        timeline.Say($"  started {Names(nodes)}");
    }

    private async Task KillTwiceAsync(FaultEvent fault, NodeProcess node, Random random, CancellationToken healNow)
    {
        using var lease = await TakeAsync(fault, [node]).ConfigureAwait(false);
        if (lease is null) return;
        var between = TimeSpan.FromMilliseconds(random.Next(50, 2_000));
        timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: {node.Name}, again {between.TotalMilliseconds:0} ms after its start");
        node.Kill();
        node.Start();
        await HoldAsync(between, healNow).ConfigureAwait(false);
        node.Kill();
        await HoldAsync(fault.Hold, healNow).ConfigureAwait(false);
        node.Start();
        timeline.Say($"  started {node.Name}");
    }

    private async Task PauseAsync(FaultEvent fault, NodeProcess node, CancellationToken healNow)
    {
        using var lease = await TakeAsync(fault, [node]).ConfigureAwait(false);
        if (lease is null) return;
        timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: {node.Name} for {fault.Hold.TotalSeconds:0.0} s");
        node.Pause();
        await HoldAsync(fault.Hold, healNow).ConfigureAwait(false);
        node.Resume();
        timeline.Say($"  resumed {node.Name}");
    }

    private async Task StopAsync(FaultEvent fault, IReadOnlyList<NodeProcess> nodes, CancellationToken healNow)
    {
        using var lease = await TakeAsync(fault, nodes).ConfigureAwait(false);
        if (lease is null) return;
        timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: {Names(nodes)} for {fault.Hold.TotalSeconds:0.0} s");
        await Task.WhenAll(nodes.Select(StopAsync)).ConfigureAwait(false);
        await HoldAsync(fault.Hold, healNow).ConfigureAwait(false);
        foreach (var node in nodes) node.Start();
        timeline.Say($"  started {Names(nodes)}");
    }

    private async Task RollAsync(FaultEvent fault, CancellationToken healNow)
    {
        timeline.Say($"{FaultKinds.NameOf(fault.Kind)}");
        foreach (var broker in cluster.Brokers)
        {
            using (var lease = await TakeAsync(fault, [broker.Process]).ConfigureAwait(false))
            {
                if (lease is null) continue;
                await StopAsync(broker.Process).ConfigureAwait(false);
                broker.Process.Start();
            }

            await probe.CatchesUpAsync(broker, BackLimit, healNow).ConfigureAwait(false);
        }

        timeline.Say($"  {FaultKinds.NameOf(fault.Kind)} done");
    }

    /// <summary>A stop in order is a promise: in time, and with exit code 0.</summary>
    public Task StopAsync(NodeProcess node) => Task.Run(() =>
    {
        var wasDeaf = !node.HasSpoken;
        var code = node.Stop(StopLimit);
        if (code == 0 || (wasDeaf && code == 128 + ProcessSignals.Terminate)) return;
        var text = code is null ? $"{node.Name} did not stop within {StopLimit.TotalSeconds:0} s of SIGTERM" : $"{node.Name} ended with exit code {code} after SIGTERM";
        timeline.Say(text);
        cluster.Failures.Enqueue(text);
    });

    private async Task<Lease?> TakeAsync(FaultEvent fault, IReadOnlyList<NodeProcess> nodes)
    {
        var lease = await Lease.TryTakeAsync(nodes, BusyLimit).ConfigureAwait(false);
        if (lease is null) timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: left out, {Names(nodes)} in another fault's hands");
        return lease;
    }

    private static string Names(IEnumerable<NodeProcess> nodes) => string.Join(", ", nodes.Select(static n => n.Name));

    private static Task HoldAsync(TimeSpan hold, CancellationToken healNow) => Task.Delay(hold, healNow).ContinueWith(static _ => { }, TaskScheduler.Default);
}
