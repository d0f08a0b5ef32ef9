using System.Net;
using System.Net.Sockets;
using RocketAspire.Hosting.Topology;
using RocketAspire.Remoting;

namespace RocketAspire.Hosting.Settings;

/// <summary>Finds ports that someone else holds, before anything starts.</summary>
internal static class PortCheck
{
    /// <returns>One line for the first taken port, or null.</returns>
    public static string? FirstTaken(ClusterTopology topology, string bindAddress)
    {
        var address = IPAddress.Parse(bindAddress);
        return topology.Ports().Select(p => Describe(address, $"{p.Setting} of {p.Node}", p.Port)).FirstOrDefault(static taken => taken is not null);
    }

    /// <returns>One line for the first taken port of the sample's, or null.</returns>
    public static string? FirstTaken(IEnumerable<int> samplePorts) =>
        samplePorts.Select(port => Describe(IPAddress.Loopback, "of the sample", port)).FirstOrDefault(static taken => taken is not null);

    /// <returns>One line when the web console's port is taken, or null. The cluster runs without it.</returns>
    public static string? ConsoleTaken(int port)
    {
        if (IsFree(IPAddress.Loopback, port) is not { } reason) return null;
        var holder = PortHolder.Describe(port);
        return $"console: port {port} {(holder is null ? reason : "is held by " + holder)}, so the cluster runs without its web console; stop that, use --port-offset N or --port-offset auto, or --console false";
    }

    public static bool AllFree(ClusterTopology topology, string bindAddress)
    {
        var address = IPAddress.Parse(bindAddress);
        return topology.Ports().All(p => IsFree(address, p.Port) is null);
    }

    private static string? Describe(IPAddress address, string whose, int port)
    {
        if (IsFree(address, port) is not { } reason) return null;
        var holder = PortHolder.Describe(port);
        return $"port {port} ({whose}) {(holder is null ? reason : "is held by " + holder)}; stop that, or use --port-offset N or --port-offset auto";
    }

    private static string? IsFree(IPAddress address, int port)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "is taken" : $"can't be opened: {e.Message}";
        }
    }
}
