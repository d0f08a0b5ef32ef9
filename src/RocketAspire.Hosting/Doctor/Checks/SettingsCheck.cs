using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Doctor.Checks;

/// <summary>Each line of the file that was generated is in force at the broker.</summary>
internal static class SettingsCheck
{
    private const string Name = "settings";

    public static IEnumerable<DoctorFinding> Examine(ClusterFacts facts)
    {
        if (!facts.IsGenerated) return [];
        var told = facts.Brokers.Where(b => b.InForce is not null).ToList();
        return told.SelectMany(Bad).OrOk(Name, told.Count, $"in force at {DoctorChecks.Count(told.Count, "broker")}: all {told.Sum(b => b.Node.Conf.Lines.Count)} lines of the generated files");
    }

    private static IEnumerable<DoctorFinding> Bad(BrokerFacts b)
    {
        foreach (var key in b.Node.Conf.Lines.Select(l => l.Key).Distinct(StringComparer.Ordinal))
        {
            var written = b.Node.Conf.Get(key)!;
            if (b.InForce!.Get(key) is not { } told)
                yield return DoctorFinding.Warn(Name, $"{b.Name} doesn't know {key}, which is {written} in its file", "leave it out, or take a release of RocketMQ that reads it");
            else if (!Same(key, written, told))
                yield return DoctorFinding.Fail(Name, $"{key} of {b.Name} is {Shown(told)} in force and {Shown(written)} in its file", $"restart {b.Name}; when it stays so, the broker reads another file, or somebody changed it with mqadmin");
        }
    }

    private static bool Same(string key, string written, string told)
    {
        written = written.Trim();
        told = told.Trim();
        return BrokerConf.Find(key)?.Kind switch
        {
            ConfKind.Bool => written.Equals(told, StringComparison.OrdinalIgnoreCase),
            ConfKind.Text when key.StartsWith("storePath", StringComparison.Ordinal) => written.TrimEnd('/') == told.TrimEnd('/'),
            _ => written == told,
        };
    }

    private static string Shown(string value) => value.Length == 0 ? "empty" : value;
}
