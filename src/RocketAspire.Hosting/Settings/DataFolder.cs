using System.Reflection;
using Aspire.Hosting;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Settings;

/// <summary>The folder that holds the nodes' folders.</summary>
internal static class DataFolder
{
    /// <summary>A start writes a few megabytes; less room than this and the first messages already fail.</summary>
    private const long LeastFreeBytes = 64L * 1024 * 1024;

    /// <summary>Opens the folder the user wants kept.</summary>
    /// <exception cref="RocketMQSettingException">It can't be used; one line says why.</exception>
    public static string Open(string path, Assembly? appHost)
    {
        var full = Resolve(path, appHost);
        try
        {
            Directory.CreateDirectory(full);
            // Told before six nodes tell it one by one.
            var probe = Path.Combine(full, ".rocketaspire-" + Environment.ProcessId);
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            if (new DriveInfo(full).AvailableFreeSpace is var free && free < LeastFreeBytes)
                throw new RocketMQSettingException($"--data-path {path}: only {free / 1024 / 1024} MB are free on its disk; at least {LeastFreeBytes / 1024 / 1024} are needed", RocketMQSettingException.Machine);
            return full;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new RocketMQSettingException($"--data-path {path}: can't be used: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Writes each node's file into its folder.</summary>
    /// <exception cref="RocketMQSettingException">A file can't be written.</exception>
    public static void Write(ClusterTopology topology, string dataPath)
    {
        try
        {
            foreach (var node in topology.NameServers) Write(ConfigFile(dataPath, node), node.Conf.Write());
            foreach (var node in topology.Brokers) Write(ConfigFile(dataPath, node), node.Conf.Write());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RocketMQSettingException($"the nodes' settings can't be written: {e.Message.ReplaceLineEndings(" ")}", RocketMQSettingException.Machine);
        }
    }

    public static string ConfigFile(string dataPath, NameServerNode node) => Path.Combine(dataPath, node.Name, "namesrv.conf");

    public static string ConfigFile(string dataPath, BrokerNode node) => Path.Combine(dataPath, node.Name, "broker.conf");

    /// <summary>
    /// A relative path counts from where the user stands. <c>dotnet run</c> moves an AppHost into its project's folder; the shell's
    /// PWD still tells where it was called.
    /// </summary>
    public static string Resolve(string path, Assembly? appHost)
    {
        var here = Directory.GetCurrentDirectory();
        var project = appHost?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key.Equals("apphostprojectpath", StringComparison.OrdinalIgnoreCase))?.Value;
        var wasMoved = project is not null && Path.TrimEndingDirectorySeparator(project) == here;
        return Path.GetFullPath(path, wasMoved && Environment.GetEnvironmentVariable("PWD") is { Length: > 0 } pwd && Path.IsPathRooted(pwd) ? pwd : here);
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
