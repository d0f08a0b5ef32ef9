using System.Globalization;
using RocketAspire.Hosting.Doctor.Checks;

namespace RocketAspire.Hosting.Doctor;

/// <summary>All checks, in the order in which their findings are told: what others follow from comes first.</summary>
internal static class DoctorChecks
{
    private static readonly Func<ClusterFacts, IEnumerable<DoctorFinding>>[] All =
    [
        AddressCheck.Examine,
        ListenPortCheck.Examine,
        SidePortCheck.Examine,
        RegistrationCheck.Examine,
        SettingsCheck.Examine,
        StoreCheck.Examine,
        MemoryCheck.Examine,
        ClockCheck.Examine,
        ReplicationCheck.Examine,
    ];

    public static IReadOnlyList<DoctorFinding> Examine(ClusterFacts facts) => [.. All.SelectMany(check => check(facts))];

    /// <summary><c>1 broker</c>, <c>2 brokers</c>.</summary>
    public static string Count(int number, string one, string? many = null) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many ?? one + "s")}");

    /// <summary>The findings, or one that all is well when there are none and somebody was asked.</summary>
    public static IEnumerable<DoctorFinding> OrOk(this IEnumerable<DoctorFinding> findings, string check, int asked, string message)
    {
        var any = false;
        foreach (var finding in findings)
        {
            any = true;
            yield return finding;
        }

        if (!any && asked > 0) yield return DoctorFinding.Ok(check, message);
    }
}
