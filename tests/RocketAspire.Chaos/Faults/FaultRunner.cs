using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Report;

namespace RocketAspire.Chaos.Faults;

/// <summary>Does a schedule's faults at their times, each beside the others, and takes back what still holds at the end.</summary>
internal sealed class FaultRunner(ChaosCluster cluster, ProcessFaults processes, StoreFaults stores, SeamFaults seams, Garbage garbage, Turns turns, Timeline timeline)
{
    public async Task RunAsync(IReadOnlyList<FaultEvent> schedule, TimeSpan length, CancellationToken stop)
    {
        using var heal = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var began = timeline.Now;
        var running = new List<Task>();
        foreach (var fault in schedule)
        {
            await PauseAsync(began + fault.At - timeline.Now, stop).ConfigureAwait(false);
            if (stop.IsCancellationRequested) break;
            running.Add(Task.Run(() => DoAsync(fault, heal.Token), CancellationToken.None));
        }

        await PauseAsync(began + length - timeline.Now, stop).ConfigureAwait(false);
        await heal.CancelAsync().ConfigureAwait(false);
        timeline.Say("all faults are taken back");
        await Task.WhenAll(running).ConfigureAwait(false);
        foreach (var node in cluster.Nodes)
        {
            node.Resume();
            node.Start();
        }

        await seams.HealAllAsync().ConfigureAwait(false);
    }

    private async Task DoAsync(FaultEvent fault, CancellationToken healNow)
    {
        if (fault.Kind is FaultKind.Wipe or FaultKind.TruncateLog or FaultKind.FlipTail or FaultKind.FlipMiddle or FaultKind.FlipIndex or FaultKind.FlipState)
        {
            await stores.RunAsync(fault, healNow).ConfigureAwait(false);
            return;
        }

        using var turn = turns.TryShare();
        if (turn is null)
        {
            timeline.Say($"{FaultKinds.NameOf(fault.Kind)}: left out, a damaged log is being mended");
            return;
        }

        await (fault.Kind switch
        {
            FaultKind.Garbage => garbage.RunAsync(fault, healNow),
            < FaultKind.Wipe => processes.RunAsync(fault, healNow),
            _ => seams.RunAsync(fault, healNow),
        }).ConfigureAwait(false);
    }

    private static async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        if (pause > TimeSpan.Zero) await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
