using System.Collections.Immutable;
using System.Globalization;

namespace RocketAspire.Chaos.Faults;

/// <summary>One fault: when, of which kind, for how long, and numbers by which whoever does it chooses among what is there then.</summary>
/// <param name="At">Since the load began.</param>
/// <param name="Kind">What.</param>
/// <param name="Hold">Until it is taken back.</param>
/// <param name="Group">Modulo the number of groups: which.</param>
/// <param name="Choice">Seed of everything else about it.</param>
internal sealed record FaultEvent(TimeSpan At, FaultKind Kind, TimeSpan Hold, int Group, int Choice)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.TotalSeconds:0.0} {FaultKinds.NameOf(Kind)} {Hold.TotalSeconds:0.0} {Group} {Choice}");
}

/// <summary>Makes a run's faults from its seed alone. Pure.</summary>
internal static class Schedule
{
    private static readonly TimeSpan CalmBefore = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CalmAfter = TimeSpan.FromSeconds(3);

    /// <param name="seed">The same seed, seconds and kinds make the same schedule.</param>
    /// <param name="length">Of the run's load.</param>
    /// <param name="kinds">What may happen.</param>
    public static ImmutableArray<FaultEvent> Create(int seed, TimeSpan length, IReadOnlyList<FaultKind> kinds)
    {
        var random = new Random(seed);
        var events = ImmutableArray.CreateBuilder<FaultEvent>();
        var bag = new List<FaultKind>();
        for (var at = CalmBefore; at < length - CalmAfter;)
        {
            // Each kind comes once before any comes again: a short run tries many.
            if (bag.Count == 0) bag.AddRange(kinds);
            var kind = bag[random.Next(bag.Count)];
            bag.Remove(kind);
            var hold = Seconds(random, 0, MostSecondsHeld(kind));
            events.Add(new FaultEvent(at, kind, hold, random.Next(1_000), random.Next()));
            // One in four begins while the one before it still holds or is being recovered from.
            at += random.Next(4) == 0 ? Seconds(random, 0.1, 1) : hold + Seconds(random, 0.5, 4);
        }

        return events.ToImmutable();
    }

    private static double MostSecondsHeld(FaultKind kind) => kind switch
    {
        FaultKind.PauseLeader or FaultKind.PauseAny => 8,
        FaultKind.KillNameServers or FaultKind.IsolateLeader or FaultKind.OneWay or FaultKind.Halves or FaultKind.Ring or FaultKind.Unregistered => 6,
        FaultKind.Garbage => 1,
        _ => 3,
    };

    private static TimeSpan Seconds(Random random, double from, double to) => TimeSpan.FromMilliseconds(Math.Round(1000 * (from + (random.NextDouble() * (to - from)))));
}
