using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Lint;

/// <summary>What can be said of one line alone: is the key read at all, and is its value of the right kind.</summary>
internal static class KeyRules
{
    public static IEnumerable<ConfProblem> Check(PropertiesFile file, bool isNameServer)
    {
        foreach (var line in file.Lines)
        {
            var found = isNameServer ? NameServerConf.Find(line.Key) : BrokerConf.Find(line.Key);
            if (found is not { } key)
            {
                yield return Warn(line, isNameServer ? UnknownToNameServer(line.Key) : UnknownKeys.Explain(line.Key, line.Value));
                continue;
            }
            if (file.TryGet(line.Key, out var last) && last.Line != line.Line)
                yield return Warn(line, $"is set again in line {last.Line}, which wins");
            if (key.Versions == ConfVersions.V4)
                yield return Warn(line, key == BrokerConf.HaSlaveFallbehindMax
                    ? $"is ignored from 5.0 on; write {BrokerConf.HaMaxGapNotInSync.Name}={line.Value.Trim()} there"
                    : "is ignored from 5.0 on");
            if (WrongValue(key, line.Value) is { } wrong) yield return new ConfProblem(line.Line, ConfSeverity.Error, line.Key, wrong);
        }
    }

    private static string? WrongValue(BrokerConfKey key, string value)
    {
        if (key.Check(value) is not { } wrong) return null;
        // The commonest reason can't be seen on a screen.
        return value != value.TrimEnd() && key.Check(value.Trim()) is null
            ? $"has a blank after its value; Apache's broker then {(key.Kind == ConfKind.Bool ? "reads false" : "keeps its default " + key.Default)}"
            : key.Kind is ConfKind.Int or ConfKind.Long or ConfKind.Double ? $"{wrong}; Apache's broker then keeps its default {key.Default}" : wrong;
    }

    private static string UnknownToNameServer(string key)
    {
        if (BrokerConf.Find(key) is not null) return "is a broker's setting; no name server reads it";
        var near = UnknownKeys.Nearest(key, NameServerConf.Declared.Select(k => k.Name));
        return near is null ? "is not known: no name server reads it" : $"is not known; did you mean {near}?";
    }

    private static ConfProblem Warn(PropertyLine line, string message) => new(line.Line, ConfSeverity.Warning, line.Key, message);
}
