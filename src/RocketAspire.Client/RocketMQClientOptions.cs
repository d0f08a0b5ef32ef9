using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Client;

/// <summary>What all parts of a client share.</summary>
public sealed record RocketMQClientOptions
{
    /// <summary>Name servers as <c>ip:port</c>; see <see cref="NameServerList.Parse"/>.</summary>
    public required IReadOnlyList<string> NameServers { get; init; }

    /// <summary>Longest wait for one answer. Apache: 3 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest wait for one TCP connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Routes older than this are asked for again. Apache: 30 s.</summary>
    public TimeSpan RouteMaxAge { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest body in bytes. Apache: 4 MiB, at client and broker.</summary>
    public int MaxMessageBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The account that requests are signed with, for brokers with ACL on; null: they are not signed.</summary>
    public AclCredentials? Credentials { get; init; }

    /// <summary>TLS towards name servers and brokers; null: plain.</summary>
    public TlsClient? Tls { get; init; }

    /// <summary>Asks brokers at their VIP port, two below the one that they tell; what that port doesn't answer (pulls) goes to the other. Apache: <c>vipChannelEnabled</c>.</summary>
    public bool VipChannel { get; init; }

    /// <summary>How often a client tells brokers that it lives. Apache: 30 s; brokers forget it after 120 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Stands behind the address in the client's id; null: process and time, so that two clients of a machine differ.</summary>
    public string? InstanceName { get; init; }

    public SerializeType SerializeType { get; init; } = SerializeType.Json;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
