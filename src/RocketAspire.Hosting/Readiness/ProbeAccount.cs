using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Hosting.Readiness;

/// <summary>The account that probes sign with when a broker has <c>aclEnable=true</c>: that of <c>conf/tools.yml</c>, as mqadmin's.</summary>
internal static class ProbeAccount
{
    /// <summary>Null when no broker asks for an account, or none is to be found: then a white address lets the probes pass, or nothing.</summary>
    public static AclCredentials? Of(ClusterTopology topology)
    {
        foreach (var broker in topology.Brokers)
        {
            if (broker.Conf.Get(BrokerConf.AclEnable.Name)?.Trim().Equals("true", StringComparison.OrdinalIgnoreCase) is not true) continue;
            var home = broker.Conf.Get("rocketmqHome") is { Length: > 0 } own ? own : Environment.GetEnvironmentVariable("ROCKETMQ_HOME");
            if (string.IsNullOrEmpty(home)) continue;
            if (Read(Path.Combine(home, "conf", ToolsFile.Name)) is { } account) return account;
        }

        return null;
    }

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
