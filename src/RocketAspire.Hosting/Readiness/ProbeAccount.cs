using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Hosting.Readiness;

/// <summary>The account that probes sign with when a broker has <c>aclEnable=true</c>: that of <c>tools.yml</c>, as mqadmin's and a slave's.</summary>
/// <param name="Credentials">Null when none is to be found: then a white address lets the probes pass, or nothing.</param>
/// <param name="Path">Where it is, or should be.</param>
internal sealed record ProbeAccount(AclCredentials? Credentials, string Path)
{
    private const string Refused = "AclException: ";

    /// <summary>Null when no broker asks for an account.</summary>
    /// <param name="topology">The cluster.</param>
    /// <param name="dataPath">Its data folder.</param>
    public static ProbeAccount? Of(ClusterTopology topology, string dataPath)
    {
        ProbeAccount? first = null;
        foreach (var broker in topology.Brokers)
        {
            if (!broker.Settings.Get(BrokerConf.AclEnable)) continue;
            var path = System.IO.Path.Combine(Folder(broker, dataPath), ToolsFile.Name);
            var account = new ProbeAccount(Read(path), path);
            if (account.Credentials is not null) return account;
            first ??= account;
        }

        return first;
    }

    /// <summary>The accounts that brokers ask for, so that a proxy before them asks for the same; null when none does, or the file isn't there.</summary>
    /// <param name="topology">The cluster.</param>
    /// <param name="dataPath">Its data folder.</param>
    public static string? RulesOf(ClusterTopology topology, string dataPath) => topology.Brokers
        .Where(static broker => broker.Settings.Get(BrokerConf.AclEnable))
        .Select(broker => System.IO.Path.GetFullPath(System.IO.Path.Combine(Folder(broker, dataPath), "plain_acl.yml")))
        .FirstOrDefault(File.Exists);

    /// <summary>Where the broker itself looks.</summary>
    private static string Folder(BrokerNode broker, string dataPath)
    {
        var home = broker.Conf.Get(BrokerConf.RocketmqHome.Name) is { Length: > 0 } own ? own : Environment.GetEnvironmentVariable("ROCKETMQ_HOME");
        return string.IsNullOrEmpty(home) ? System.IO.Path.GetDirectoryName(DataFolder.ConfigFile(dataPath, broker))! : System.IO.Path.GetFullPath(System.IO.Path.Combine(home, "conf"), dataPath);
    }

    /// <summary>What a broker answered, and for a refusal which file is to be mended.</summary>
    public string Explain(string answer) =>
        !answer.Contains(Refused, StringComparison.Ordinal) ? answer
        : Credentials is null ? $"{answer} (there is no account in {Path} for the AppHost to ask with)"
        : $"{answer} (the AppHost asks with the account in {Path})";

    private static AclCredentials? Read(string path)
    {
        try
        {
            return File.Exists(path) ? ToolsFile.Parse(File.ReadAllText(path)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The probe's answer tells what is missing.
            return null;
        }
    }
}
