using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using RocketAspire.Hosting.Settings;

namespace RocketAspire.Hosting.Engines.Containers;

/// <summary>How nodes are reached, under one address each, by this machine and by one another.</summary>
internal enum ContainerReach
{
    /// <summary>Each container has an address on a bridge of this machine.</summary>
    OwnAddress,

    /// <summary>All ports are published at one address of this machine.</summary>
    Published,

    /// <summary>Containers share the host's network.</summary>
    Host,
}

/// <summary>The advertised address, solved: chosen so that slaves sync and clients of this machine connect.</summary>
/// <param name="Reach">How.</param>
/// <param name="Host">The one address of all nodes; null when each has its own.</param>
/// <param name="Why">The choice and its reason, in one line for the user.</param>
internal sealed record ContainerNetwork(ContainerReach Reach, string? Host, string Why)
{
    /// <exception cref="RocketMQSettingException">The settings contradict each other, or this machine has no such address.</exception>
    public static ContainerNetwork Choose(RocketMQSettings settings, ContainerProgram program, ContainerSlot slot)
    {
        if (settings.Containers.OnHostNetwork)
        {
            if (!OperatingSystem.IsLinux()) throw new RocketMQSettingException("--network host: containers share the host's network on Linux only; leave the setting out");
            var host = settings.Host ?? RocketMQSettings.Loopback;
            return new(ContainerReach.Host, host, $"container network: host; nodes are reached at {host}, since they share this machine's network");
        }
        if (settings.Host is { } wanted)
        {
            var address = IPAddress.Parse(wanted);
            if (IPAddress.IsLoopback(address))
                throw new RocketMQSettingException($"--host {wanted}: on a bridge network each container would find itself there; name another address of this machine, leave it out, or use --network host");
            if (!OwnAddresses().Contains(address))
                throw new RocketMQSettingException($"--host {wanted}: this machine has no such address to publish ports at; it has {string.Join(", ", OwnAddresses().Where(a => !IPAddress.IsLoopback(a)))}");
            return new(ContainerReach.Published, wanted, $"container network: bridge {slot.Network}; all ports are published at {wanted}, since --host says so");
        }
        if (program.IsLocal)
            return new(ContainerReach.OwnAddress, null, $"container network: bridge {slot.Network}; each node has its own address in {slot.Subnet}, which this machine and the other containers reach alike");
        var outward = OutwardAddress() ?? throw new RocketMQSettingException("--engine container: this machine has no address that containers reach; name one with --host ADDRESS", RocketMQSettingException.Machine);
        return new(ContainerReach.Published, outward, $"container network: bridge {slot.Network}; all ports are published at {outward}, since this machine doesn't reach addresses of {program.Name}'s networks and containers don't reach its loopback");
    }

    private static IReadOnlyList<IPAddress> OwnAddresses() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address).Where(a => a.AddressFamily == AddressFamily.InterNetwork)];

    /// <summary>Asks the routes: nothing is sent.</summary>
    private static string? OutwardAddress()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 9));
            return socket.LocalEndPoint is IPEndPoint { Address: var own } && !IPAddress.IsLoopback(own) ? own.ToString() : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
