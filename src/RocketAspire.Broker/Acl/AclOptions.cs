using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Acl;

/// <summary>Where the rules lie.</summary>
/// <param name="Home">Admin calls may change files below this folder only.</param>
/// <param name="DefaultFile">Takes accounts that are new, and the global white addresses.</param>
/// <param name="Folder">Further files, also in folders below.</param>
public sealed record AclOptions(string Home, string DefaultFile, string Folder)
{
    /// <summary>How often the files are looked at.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Name of the environment variable that names another default file, below the home.</summary>
    public const string FileVariable = "rocketmq.acl.plain.file";

    /// <summary>
    /// <c>conf/</c> of <c>rocketmqHome</c> or ROCKETMQ_HOME; without either the folder of the settings file, which Apache's layout calls conf too. Null when
    /// there is none of them.
    /// </summary>
    public static AclOptions? Locate(PropertiesFile file, string? settingsPath, Func<string, string?> environment)
    {
        var home = file.Get(BrokerConf.RocketmqHome.Name) is { Length: > 0 } own ? own : environment("ROCKETMQ_HOME");
        var isHome = !string.IsNullOrEmpty(home);
        if (!isHome) home = settingsPath is null ? null : Path.GetDirectoryName(Path.GetFullPath(settingsPath));
        if (string.IsNullOrEmpty(home)) return null;
        home = Path.GetFullPath(home);
        var conf = isHome ? Path.Combine(home, "conf") : home;
        var named = environment(FileVariable);
        return new AclOptions(home, string.IsNullOrEmpty(named) ? Path.Combine(conf, "plain_acl.yml") : Path.GetFullPath(named.TrimStart('/'), home), Path.Combine(conf, "acl"));
    }

    /// <summary>The account in <c>tools.yml</c>, beside the default file's place; null when there is none.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public AclCredentials? ReadTools()
    {
        var path = Path.Combine(Path.GetDirectoryName(Folder)!, ToolsFile.Name);
        return File.Exists(path) ? ToolsFile.Parse(File.ReadAllText(path)) : null;
    }
}
