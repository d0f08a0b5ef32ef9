using System.Globalization;
using RocketAspire.Chaos.Check;
using RocketAspire.Chaos.Load;

namespace RocketAspire.Chaos.Report;

/// <summary>What a run was and what was wrong with it.</summary>
internal sealed record RunResult(int Seed, string Topology, IReadOnlyList<Violation> Violations, RunStatistics Statistics);

/// <summary>A stretch without an acknowledged message.</summary>
/// <param name="Where">A group, or all of them.</param>
/// <param name="From">The last answer before it.</param>
/// <param name="To">The first one after it.</param>
/// <param name="Began">What had been told last when it began.</param>
internal sealed record Gap(string Where, TimeSpan From, TimeSpan To, string Began)
{
    public TimeSpan Length => To - From;
}

/// <summary>Counts and gaps of a run's sends.</summary>
internal sealed record RunStatistics(IReadOnlyDictionary<SendOutcome, int> Outcomes, IReadOnlyDictionary<int, int> Codes, double AcknowledgedPerSecond, IReadOnlyList<Gap> Gaps)
{
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(0.5);

    public static RunStatistics Of(IReadOnlyList<SendAttempt> sends, IReadOnlyList<string> groups, Timeline timeline)
    {
        var outcomes = sends.CountBy(static s => s.Outcome).ToDictionary();
        var codes = sends.Where(static s => s.Outcome != SendOutcome.Acknowledged).CountBy(static s => s.Code).OrderBy(static c => c.Key).ToDictionary();
        var acknowledged = sends.Where(static s => s.Outcome == SendOutcome.Acknowledged).OrderBy(static s => s.AnsweredAt).ToList();
        var span = acknowledged.Count < 2 ? 0 : (acknowledged[^1].AnsweredAt - acknowledged[0].AnsweredAt).TotalSeconds;
        var gaps = GapsOf("all groups", acknowledged, timeline).Concat(groups.SelectMany(g => GapsOf(g, [.. acknowledged.Where(s => s.Queue.Group == g)], timeline)));
        return new(outcomes, codes, span > 0 ? acknowledged.Count / span : 0, [.. gaps]);
    }

    private static IEnumerable<Gap> GapsOf(string where, List<SendAttempt> acknowledged, Timeline timeline)
    {
        for (var i = 1; i < acknowledged.Count; i++)
        {
            var (from, to) = (acknowledged[i - 1].AnsweredAt, acknowledged[i].AnsweredAt);
            if (to - from < Told) continue;
            // The fault that was said last before the gap, or the first in it: what was told just before may be its cause.
            var began = timeline.Entries.LastOrDefault(e => e.At <= from + Told && !e.Text.StartsWith(' ')).Text ?? "";
            yield return new Gap(where, from, to, began);
        }
    }
}

/// <summary>Writes a run's result for people.</summary>
internal static class RunReport
{
    private const int MostGaps = 12;

    public static void Write(Timeline timeline, RunResult result, string? keptIn)
    {
        var statistics = result.Statistics;
        timeline.Write(Line($"sends: {Count(result, SendOutcome.Acknowledged)} acknowledged ({statistics.AcknowledgedPerSecond:0} a second), {Count(result, SendOutcome.NotSafe)} stored but not safe, {Count(result, SendOutcome.Refused)} refused, {Count(result, SendOutcome.Uncertain)} uncertain; other codes: {string.Join(", ", statistics.Codes.Select(static c => $"{c.Key}: {c.Value}"))}"));
        foreach (var where in statistics.Gaps.GroupBy(static g => g.Where))
        {
            timeline.Write(Line($"without an acknowledgement, {where.Key}: {where.Count()} times over 0.5 s, {where.Sum(static g => g.Length.TotalSeconds):0.0} s in all, longest {where.Max(static g => g.Length.TotalSeconds):0.0} s"));
            foreach (var gap in where.OrderByDescending(static g => g.Length).Take(MostGaps)) timeline.Write(Line($"  {gap.From.TotalSeconds,8:0.000} to {gap.To.TotalSeconds:0.000}: {gap.Length.TotalSeconds:0.0} s, after \"{gap.Began}\""));
        }

        foreach (var violation in result.Violations) timeline.Write($"VIOLATION {violation}");
        if (keptIn is not null) timeline.Write($"nodes' folders and logs are kept in {keptIn}");
        timeline.Write($"verdict: {(result.Violations.Count == 0 ? "OK" : $"{result.Violations.Count} violations")} ({result.Topology}, seed {result.Seed})");
    }

    public static void WriteTable(TextWriter output, IReadOnlyList<RunResult> results)
    {
        output.WriteLine("seed       acknowledged  not safe  refused  uncertain  longest gap  verdict");
        foreach (var result in results)
        {
            var gap = result.Statistics.Gaps.Where(static g => g.Where == "all groups").Select(static g => g.Length.TotalSeconds).DefaultIfEmpty(0).Max();
            output.WriteLine(Line($"{result.Seed,-9}  {Count(result, SendOutcome.Acknowledged),12}  {Count(result, SendOutcome.NotSafe),8}  {Count(result, SendOutcome.Refused),7}  {Count(result, SendOutcome.Uncertain),9}  {gap,9:0.0} s  {(result.Violations.Count == 0 ? "OK" : $"{result.Violations.Count} violations")}"));
        }

        output.WriteLine(Line($"{results.Sum(static r => Count(r, SendOutcome.Acknowledged))} acknowledged messages, {results.Sum(static r => r.Violations.Count)} violations"));
    }

    private static int Count(RunResult result, SendOutcome outcome) => result.Statistics.Outcomes.GetValueOrDefault(outcome);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
