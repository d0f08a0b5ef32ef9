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
        foreach (var (node, _, setting, port) in topology.Ports())
        {
            if (IsFree(address, port) is not { } reason) continue;
            var holder = PortHolder.Describe(port);
            return $"port {port} ({setting} of {node}) {(holder is null ? reason : "is held by " + holder)}; stop that, or use --port-offset N or --port-offset auto";
        }
        return null;
    }

    public static bool AllFree(ClusterTopology topology, string bindAddress)
    {
        var address = IPAddress.Parse(bindAddress);
        return topology.Ports().All(p => IsFree(address, p.Port) is null);
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
