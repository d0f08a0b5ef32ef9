using System.Net;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Proxy;

/// <summary>What one proxy runs with. Limits and times default to Apache's.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/config/ProxyConfig.java</remarks>
public sealed record ProxyOptions
{
    /// <summary>Name servers as <c>ip:port</c>.</summary>
    public required IReadOnlyList<string> NameServers { get; init; }

    /// <summary>In metrics.</summary>
    public string ClusterName { get; init; } = "DefaultCluster";

    /// <summary>In metrics.</summary>
    public string Name { get; init; } = Environment.MachineName;

    /// <summary>Where it listens; port 0 takes a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8081);

    /// <summary>Told to clients as this proxy's addresses, as <c>host:port</c>; empty: each client is told the address by which it came.</summary>
    public IReadOnlyList<string> Advertised { get; init; } = [];

    /// <summary>Of the listener, and towards brokers and name servers.</summary>
    public TlsSettings Tls { get; init; } = new();

    /// <summary>The account that this proxy signs with towards brokers; null: it doesn't sign.</summary>
    public AclCredentials? Credentials { get; init; }

    /// <summary>Who may do what; null: everybody everything.</summary>
    public IAccessRules? Access { get; init; }

    /// <summary>Whether a topic that isn't there yet may be sent to as a normal one where the brokers create topics by themselves.</summary>
    public bool AutoCreateTopics { get; init; } = true;

    /// <summary>Whether a topic takes only messages of its kind.</summary>
    public bool ChecksMessageType { get; init; } = true;

    /// <summary>Longest wait for a broker's answer where the client gives no deadline.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Largest body of one message, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Largest request, in bytes: more ends the call with RESOURCE_EXHAUSTED.</summary>
    public int MaxRequestBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How old settings of topics, groups and brokers may be.</summary>
    public TimeSpan MetadataMaxAge { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A client that was not heard for so long and has no telemetry stream is forgotten.</summary>
    public TimeSpan ClientTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>A connection that is silent for so long is asked whether it lives, and is closed when it doesn't answer in the same time. At least a second.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often brokers hear of the producers whose transactions they may have to ask about.</summary>
    public TimeSpan ProducerHeartbeatInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often messages are looked through whose invisibility this proxy prolongs.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
