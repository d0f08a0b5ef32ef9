namespace RocketAspire.Hosting.Doctor;

/// <summary>How bad a finding is.</summary>
public enum DoctorSeverity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, and may not go on doing so.</summary>
    Warn,

    /// <summary>It doesn't work, or not as it was asked for.</summary>
    Fail,
}

/// <summary>One thing that the doctor saw.</summary>
/// <param name="Check">What was looked at, in a word: <c>address</c>, <c>store</c>.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Message">What it is and of whom, in one line.</param>
/// <param name="NextStep">What to do about it; empty when nothing is to be done.</param>
public sealed record DoctorFinding(string Check, DoctorSeverity Severity, string Message, string NextStep = "")
{
    public static DoctorFinding Ok(string check, string message) => new(check, DoctorSeverity.Ok, message);

    public static DoctorFinding Warn(string check, string message, string nextStep) => new(check, DoctorSeverity.Warn, message, nextStep);

    public static DoctorFinding Fail(string check, string message, string nextStep) => new(check, DoctorSeverity.Fail, message, nextStep);
}
