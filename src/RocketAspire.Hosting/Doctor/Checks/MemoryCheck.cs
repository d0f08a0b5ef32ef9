using System.Globalization;

namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>What the nodes' heaps may grow to fits into the machine, and into the control group that limits it.</summary>
internal static class MemoryCheck
{
    private const string Name = "memory";

    /// <summary>A JVM takes memory beside its heap, and a broker lives by the page cache.</summary>
    private const double Beside = 1.5;

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts)
    {
        if (facts.Machine is not { } machine) yield break;
        var limit = Math.Min(machine.MemoryBytes, machine.LimitBytes ?? long.MaxValue);
        var of = machine.LimitBytes is { } group && group < machine.MemoryBytes ? "the control group's limit of " : "the machine's ";
        if (machine.HeapBytes is not { } heap)
        {
            yield return DoctorFinding.Ok(Name, $"{DoctorChecks.Count(machine.Nodes, "node")} without a heap of fixed size on {of}{Megabytes(limit)}");
            yield break;
        }

        const string Next = "give them less with --heap, or leave out nodes";
        var all = heap * machine.Nodes;
        if (heap > limit)
            yield return DoctorFinding.Fail(Name, $"one node's heap may grow to {Megabytes(heap)}, more than {of}{Megabytes(limit)}", Next);
        else if (all > limit)
            yield return DoctorFinding.Fail(Name, $"{machine.Nodes} heaps of {Megabytes(heap)} are more than {of}{Megabytes(limit)}", Next);
        else if (all * Beside > limit)
            yield return DoctorFinding.Warn(Name, $"{machine.Nodes} heaps of {Megabytes(heap)} leave little of {of}{Megabytes(limit)}", Next);
        else
            yield return DoctorFinding.Ok(Name, $"{machine.Nodes} heaps of {Megabytes(heap)} fit into {of}{Megabytes(limit)}");
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MB");
}
