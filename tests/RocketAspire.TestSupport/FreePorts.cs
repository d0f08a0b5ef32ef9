using System.Net;
using System.Net.Sockets;

namespace RocketAspire.TestSupport;

/// <summary>Ports of 127.0.0.1 for servers that a test starts a moment later.</summary>
/// <remarks>
/// A port that the system gives out may be gone again before the server binds it: it belongs to some connection by then. These
/// lie below the ephemeral range (32768 and up on Linux), where only who asks for a port by number gets it.
/// </remarks>
public static class FreePorts
{
    private const int First = 22000;
    private const int Count = 10000;

    // Far enough apart for a broker's VIP port (two below) and HA port (one above).
    private const int Step = 5;

    private static int _next = Environment.ProcessId * 50 % Count;

    /// <summary>A port that is free now, as are the two below and the one above it; no two calls give the same.</summary>
    public static int Next()
    {
        for (var tries = 0; tries < Count / Step; tries++)
        {
            var port = First + (Interlocked.Add(ref _next, Step) % Count);
            if (IsFree(port - 2) && IsFree(port) && IsFree(port + 1)) return port;
        }

        throw new InvalidOperationException($"No port from {First} to {First + Count} is free.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
