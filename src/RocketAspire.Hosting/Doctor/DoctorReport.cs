using System.Globalization;

namespace RocketAspire.Hosting.Doctor;

/// <summary>Findings as people read them.</summary>
internal static class DoctorReport
{
    /// <param name="findings">In the order in which they are told.</param>
    /// <param name="showsOk">Whether to tell what is well, too.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<DoctorFinding> findings, bool showsOk = true)
    {
        foreach (var finding in findings)
        {
            if (finding.Severity == DoctorSeverity.Ok && !showsOk) continue;
            yield return $"{Word(finding.Severity),-5} {finding.Check,-12} {finding.Message}";
            if (finding.NextStep.Length > 0) yield return $"{"",-5} {"",-12} → {finding.NextStep}";
        }

        yield return string.Create(CultureInfo.InvariantCulture,
            $"doctor: {Count(findings, DoctorSeverity.Ok)} ok, {Count(findings, DoctorSeverity.Warn)} to watch, {Count(findings, DoctorSeverity.Fail)} failed");
    }

    public static bool HasFailed(IEnumerable<DoctorFinding> findings) => findings.Any(static f => f.Severity == DoctorSeverity.Fail);

    private static string Word(DoctorSeverity severity) => severity switch { DoctorSeverity.Ok => "ok", DoctorSeverity.Warn => "warn", _ => "FAIL" };

    private static int Count(IEnumerable<DoctorFinding> findings, DoctorSeverity severity) => findings.Count(f => f.Severity == severity);
}
