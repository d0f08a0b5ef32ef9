using System.Globalization;

namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>The brokers' times of day agree with this machine's and with one another: delays, retention and traces go by them.</summary>
internal static class ClockCheck
{
    private const string Name = "clocks";
    private const string Next = "let a time service (chrony, ntpd) set the clocks of all machines";

    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Harmful = TimeSpan.FromSeconds(30);

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts)
    {
        var told = facts.Brokers.Where(b => b.ClockAhead is not null).ToList();
        return Bad(told).OrOk(Name, told.Count, $"{DoctorChecks.Count(told.Count, "clock")} of brokers and this machine's agree");
    }

    private static IEnumerable<DoctorFinding> Bad(List<BrokerFacts> told)
    {
        foreach (var b in told)
            if (b.ClockAhead!.Value.Duration() > Noticeable)
                yield return Finding(b.ClockAhead.Value.Duration(), $"the clock of {b.Name} is {Shown(b.ClockAhead.Value)} {(b.ClockAhead > TimeSpan.Zero ? "ahead of" : "behind")} this machine's");
        if (told.Count < 2) yield break;
        var first = told.MaxBy(b => b.ClockAhead)!;
        var last = told.MinBy(b => b.ClockAhead)!;
        var apart = first.ClockAhead!.Value - last.ClockAhead!.Value;
        // Each may be within bounds, and both not.
        if (apart > Noticeable && first.ClockAhead <= Noticeable && last.ClockAhead >= -Noticeable)
            yield return Finding(apart, $"the clock of {first.Name} is {Shown(apart)} ahead of {last.Name}'s");
    }

    private static DoctorFinding Finding(TimeSpan wrong, string message) => wrong > Harmful ? DoctorFinding.Fail(Name, message, Next) : DoctorFinding.Warn(Name, message, Next);

    private static string Shown(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.Duration().TotalSeconds:0} s");
}
