using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Lint;

/// <summary>One remark of the linter.</summary>
/// <param name="File">As it was given.</param>
/// <param name="Line">From 1; 1 when the remark is about something that isn't there.</param>
/// <param name="Severity">Whether a node can start with it.</param>
/// <param name="Key">The setting.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
public sealed record LintRemark(string File, int Line, ConfSeverity Severity, string Key, string Message)
{
    /// <summary><c>file:line: severity key: message</c>.</summary>
    public override string ToString() => $"{File}:{Line}: {(Severity == ConfSeverity.Error ? "error" : "warning")} {Key}: {Message}";
}

/// <summary>Reads RocketMQ's properties files, whoever wrote them, and says what their authors probably didn't mean.</summary>
public static class RocketMQLint
{
    /// <summary>Checks files, each alone and all together.</summary>
    /// <param name="files">Names and contents. Files that set no <c>brokerIP1</c> count as being on one host when they lie in one folder.</param>
    /// <returns>The remarks in the files' and lines' order.</returns>
    public static IReadOnlyList<LintRemark> Check(IReadOnlyList<(string Name, PropertiesFile Content)> files)
    {
        var remarks = new List<LintRemark>();
        var views = new List<NodeView>();
        foreach (var (name, content) in files)
        {
            var isNameServer = IsNameServer(name, content);
            remarks.AddRange(KeyRules.Check(content, isNameServer).Concat(isNameServer ? [] : BrokerRules.Check(content))
                .Select(p => new LintRemark(name, Math.Max(1, p.Line), p.Severity, p.Key, p.Message)));
            var folder = Path.GetDirectoryName(name) ?? "";
            views.Add(isNameServer
                ? NodeView.OfNameServer(name, folder, content)
                : NodeView.OfBroker(name, content.Get(BrokerConf.BrokerIP1.Name)?.Trim() ?? folder, content));
        }
        remarks.AddRange(NodeRules.Check(views).Select(f => new LintRemark(f.Node.Label, LineOf(f.Node.File, f.Key), f.Severity, f.Key, f.Message)));

        var order = files.Select((f, i) => (f.Name, i)).ToDictionary(f => f.Name, f => f.i, StringComparer.Ordinal);
        return [.. remarks.OrderBy(r => order[r.File]).ThenBy(r => r.Line)];
    }

    private static int LineOf(PropertiesFile file, string key) => file.TryGet(key, out var line) ? line.Line : 1;

    /// <summary>The two kinds of file share no marker: the name decides, or a key that only a name server reads.</summary>
    private static bool IsNameServer(string name, PropertiesFile content)
    {
        var file = Path.GetFileName(name);
        return file.Contains("namesrv", StringComparison.OrdinalIgnoreCase) || file.Contains("nameserver", StringComparison.OrdinalIgnoreCase)
            || content.Get(NameServerConf.KvConfigPath.Name) is not null || content.Get(NameServerConf.ConfigStorePath.Name) is not null;
    }
}
