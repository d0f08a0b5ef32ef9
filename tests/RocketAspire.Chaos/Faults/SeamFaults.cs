using System.Globalization;
using RocketAspire.Chaos.Cluster;
using RocketAspire.Chaos.Report;

namespace RocketAspire.Chaos.Faults;

/// <summary>Faults inside running nodes: their network to one another, their disk and their clock, by fault control.</summary>
internal sealed class SeamFaults(ChaosCluster cluster, ClusterProbe probe, ProcessFaults processes, Timeline timeline)
{
    private const string HealNetwork = """{"heal":true}""";
    private const string HealDisk = """{"disk":{"slowMs":0,"full":false,"failFlush":false}}""";
    private const string HealClock = """{"clock":{"offsetMs":0}}""";

    // No pause is longer.
    private static readonly TimeSpan PauseLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    public async Task RunAsync(FaultEvent fault, CancellationToken healNow)
    {
        var random = new Random(fault.Choice);
        var group = cluster.BrokersOf(cluster.Groups[fault.Group % cluster.Groups.Length]);
        var leader = probe.LeaderOf(group[0].Group) ?? group[random.Next(group.Count)];
        var any = group[random.Next(group.Count)];
        var steps = fault.Kind switch
        {
            FaultKind.IsolateLeader => [(leader, Isolate("*", "both"))],
            FaultKind.OneWay => [(leader, Isolate("*", random.Next(2) == 0 ? "in" : "out"))],
            FaultKind.Halves => Halves(group, random),
            FaultKind.Ring => Ring(group, random),
            FaultKind.Unregistered => [(any, Isolate("namesrv", "both"))],
            FaultKind.Refuse => [(any, """{"refuse":{"peer":"*"}}""")],
            FaultKind.Delay => [(any, Text($$$"""{"delay":{"peer":"*","ms":{{{random.Next(5, 400)}}}}}"""))],
            FaultKind.Drop => [(any, Percent("drop", random))],
            FaultKind.Duplicate => [(any, Percent("duplicate", random))],
            FaultKind.SlowDisk => [(any, Text($$$"""{"disk":{"slowMs":{{{random.Next(20, 1_500)}}}}}"""))],
            FaultKind.FullDisk => [(any, """{"disk":{"full":true}}""")],
            FaultKind.FailFlush => [(any, """{"disk":{"failFlush":true}}""")],
            FaultKind.ClockJump => [(any, Text($$$"""{"clock":{"offsetMs":{{{random.Next(-86_400_000, 86_400_000) / (random.Next(2) == 0 ? 1 : 3_600)}}}}}"""))],
            _ => (List<(ChaosBroker, string)>)[],
        };
        await DoAsync(fault, steps, healNow).ConfigureAwait(false);
    }

    /// <summary>Takes back whatever a node may still suffer.</summary>
    public async Task HealAllAsync()
    {
        foreach (var broker in cluster.Brokers)
            foreach (var heal in (string[])[HealNetwork, HealDisk, HealClock])
                await TellAsync(broker, heal).ConfigureAwait(false);
    }

    private async Task DoAsync(FaultEvent fault, IReadOnlyList<(ChaosBroker Broker, string Command)> steps, CancellationToken healNow)
    {
        foreach (var (broker, command) in steps)
        {
            var isTold = await TellAsync(broker, command).ConfigureAwait(false);
            timeline.Say(Text($"{FaultKinds.NameOf(fault.Kind)}: {broker.Name} {(isTold ? command : "isn't there")} for {fault.Hold.TotalSeconds:0.0} s"));
        }

        await Task.Delay(fault.Hold, healNow).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var heal = fault.Kind switch
        {
            FaultKind.SlowDisk or FaultKind.FullDisk or FaultKind.FailFlush => HealDisk,
            FaultKind.ClockJump => HealClock,
            _ => HealNetwork,
        };
        foreach (var broker in steps.Select(static s => s.Broker).Distinct())
        {
            // A node that is paused keeps what it suffers, and hears of its end only when it goes on.
            await Wait.UntilAsync(() => Task.FromResult(broker.Process.State != NodeState.Paused), PauseLimit, Between, CancellationToken.None).ConfigureAwait(false);
            await TellAsync(broker, heal).ConfigureAwait(false);
        }

        timeline.Say($"  {FaultKinds.NameOf(fault.Kind)} is over");
        // A log that could not be synced stores nothing before its node was started anew.
        if (fault.Kind == FaultKind.FailFlush) await processes.ReviveAsync(steps[0].Broker).ConfigureAwait(false);
    }

    private static Task<bool> TellAsync(ChaosBroker broker, string command) =>
        broker.Process.State == NodeState.Running ? FaultSocket.TellAsync(broker.FaultSocket, command) : Task.FromResult(false);

    /// <summary>Each node of one part loses every node of the other.</summary>
    private static List<(ChaosBroker, string)> Halves(IReadOnlyList<ChaosBroker> group, Random random)
    {
        var nodes = group.ToArray();
        random.Shuffle(nodes);
        var one = nodes.Take(random.Next(1, (nodes.Length / 2) + 1)).ToList();
        return [.. one.SelectMany(n => nodes.Except(one).Select(other => (n, Isolate(other.PeerName, "both"))))];
    }

    /// <summary>Each node keeps only its two neighbours of a circle; of three nodes one pair is parted.</summary>
    private static List<(ChaosBroker, string)> Ring(IReadOnlyList<ChaosBroker> group, Random random)
    {
        var nodes = group.ToArray();
        random.Shuffle(nodes);
        var steps = new List<(ChaosBroker, string)>();
        for (var i = 0; i < nodes.Length; i++)
        {
            for (var j = i + 1; j < nodes.Length; j++)
            {
                // With three nodes everyone is everyone's neighbour: then the circle is open.
                var areNeighbours = j == i + 1 || (i == 0 && j == nodes.Length - 1 && nodes.Length > 3);
                if (!areNeighbours) steps.Add((nodes[i], Isolate(nodes[j].PeerName, "both")));
            }
        }

        return steps;
    }

    private static string Isolate(string peer, string direction) => Text($$$"""{"isolate":{"peer":"{{{peer}}}","direction":"{{{direction}}}"}}""");

    private static string Percent(string command, Random random) => Text($$$"""{"{{{command}}}":{"peer":"*","percent":{{{random.Next(1, 30)}}},"seed":{{{random.Next()}}}}}""");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
