namespace RocketAspire.Protocol.Config;

public enum ConfSeverity
{
    /// <summary>The node starts and goes another way than the file's author meant.</summary>
    Warning,

    /// <summary>The node can't start with it.</summary>
    Error,
}

/// <summary>One thing that is wrong with a file.</summary>
/// <param name="Line">From 1; 0 when it belongs to no line.</param>
/// <param name="Severity">Whether a node can start with it.</param>
/// <param name="Key">The setting.</param>
/// <param name="Message">What is wrong and what to write instead, in one line, without the key.</param>
public sealed record ConfProblem(int Line, ConfSeverity Severity, string Key, string Message)
{
    public override string ToString() => Line > 0 ? $"line {Line}: {Key}: {Message}" : $"{Key}: {Message}";
}

/// <summary>A node's settings as read from its file: typed values, with defaults where nothing is written.</summary>
public sealed class BrokerSettings
{
    private readonly PropertiesFile _file;

    private BrokerSettings(PropertiesFile file) => _file = file;

    /// <summary>The pairs that the settings were read from.</summary>
    public PropertiesFile File => _file;

    /// <summary>
    /// Takes a file's pairs. A value of the wrong kind is an error (Apache's broker would keep its default without a word);
    /// a key that nobody reads is a warning.
    /// </summary>
    public static BrokerSettings Read(PropertiesFile file, out IReadOnlyList<ConfProblem> problems)
    {
        List<ConfProblem>? found = null;
        foreach (var line in file.Lines)
        {
            if (BrokerConf.Find(line.Key) is not { } key)
                (found ??= []).Add(new ConfProblem(line.Line, ConfSeverity.Warning, line.Key, UnknownKeys.Explain(line.Key, line.Value)));
            else if (key.Check(line.Value) is { } wrong)
                (found ??= []).Add(new ConfProblem(line.Line, ConfSeverity.Error, line.Key, wrong));
        }
        problems = (IReadOnlyList<ConfProblem>?)found ?? [];
        return new BrokerSettings(file);
    }

    public T Get<T>(BrokerConfKey<T> key) => key.Parse(_file.Get(key.Name));

    /// <summary>Whether the file itself holds the key (so that a default can depend on other settings).</summary>
    public bool IsSet(BrokerConfKey key) => _file.Get(key.Name) is not null;

    /// <summary>The keys that the file sets and that the embedded node doesn't look at.</summary>
    public IEnumerable<BrokerConfKey> Unhonoured()
    {
        foreach (var line in _file.Lines)
            if (BrokerConf.Find(line.Key) is { IsHonoured: false } key) yield return key;
    }

    /// <summary>
    /// Every key that is set or that has a fixed default, with the value in force, sorted: the answer to "get broker config". Those that only
    /// 4.9's brokers look at are there too, since its tools (exportConfigs) fail without them.
    /// </summary>
    public SortedDictionary<string, string> InForce()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in BrokerConf.Undeclared)
            if (key.Versions.HasFlag(ConfVersions.V4) && (key.DefaultInV4 ?? key.Default) is { } value) all[key.Name] = value;
        foreach (var key in BrokerConf.Declared)
            if (key.Default is not null) all[key.Name] = key.Default;
        foreach (var line in _file.Lines) all[line.Key] = line.Value;
        if (Get(BrokerConf.HaListenPort) == 0) all[BrokerConf.HaListenPort.Name] = BrokerConf.HaListenPort.Format(Get(BrokerConf.ListenPort) + 1);
        return all;
    }
}
