using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace RocketAspire.Publishing.Tests;

/// <summary>A folder shaped like RocketMQ's distribution whose launchers start our own nodes.</summary>
internal static class OwnNodes
{
    public static string Server { get; } = Path.ChangeExtension(typeof(OwnNodes).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "rocketaspireserver").Value!, null);

    /// <summary>As RocketMQ's: a shell in a shell in front of the process that does the work.</summary>
    public static void MakeDistribution(string home)
    {
        Directory.CreateDirectory(Path.Combine(home, "bin"));
        foreach (var (launcher, command) in new[] { ("mqnamesrv", "namesrv"), ("mqbroker", "broker") })
            File.WriteAllText(Path.Combine(home, "bin", launcher), $"echo \"$JAVA_OPT_EXT\" >\"$ROCKETMQ_HOME/{launcher}.options\"\nsh \"$ROCKETMQ_HOME/bin/run.sh\" {command} \"$@\"\n");
        File.WriteAllText(Path.Combine(home, "bin", "run.sh"), $"\"{Server}\" \"$@\"\n");
    }

    public static bool IsTaken(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
