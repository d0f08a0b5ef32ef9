using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Client;

/// <summary>What producers and consumers have in common.</summary>
public abstract record RocketMQEndpointOptions
{
    /// <summary>Name servers as <c>127.0.0.1:9876;127.0.0.1:9877</c>; not needed with <see cref="Client"/>.</summary>
    /// <exception cref="FormatException">No list of addresses; one line says why.</exception>
    public string NameServers
    {
        get;
        init
        {
            NameServerList.Parse(value);
            field = value;
        }
    } = "";

    /// <summary>A client to share; null: one of its own. With it, the settings of connections (name servers, timeouts, TLS, account) are the client's.</summary>
    public RocketMQClient? Client { get; init; }

    /// <summary>Without namespace.</summary>
    /// <exception cref="ArgumentException">No name of a group.</exception>
    public required string Group
    {
        get;
        init => field = TopicNames.WhyInvalidGroup(value) is { } reason ? throw new ArgumentException(reason, nameof(Group)) : value;
    }

    /// <summary>Stands before topics and groups on the wire (<c>NAMESPACE%topic</c>); null: none.</summary>
    public string? Namespace { get; init; }

    /// <summary>Stands behind the address in the client's id; null: process and time.</summary>
    public string? InstanceName { get; init; }

    /// <summary>Longest wait for one answer. Apache: 3 s.</summary>
    public TimeSpan RequestTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(3);

    /// <summary>Longest wait for one TCP connection.</summary>
    public TimeSpan ConnectTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(3);

    /// <summary>How often routes are asked for. Apache: 30 s.</summary>
    public TimeSpan RouteInterval { get; init => field = Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>How often brokers are told that this client lives. Apache: 30 s.</summary>
    public TimeSpan HeartbeatInterval { get; init => field = Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>How long disposing waits for what is in work.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The account that requests are signed with; null: they are not.</summary>
    public AclCredentials? Credentials { get; init; }

    /// <summary>Null: plain connections.</summary>
    public TlsClient? Tls { get; init; }

    public SerializeType SerializeType { get; init; } = SerializeType.Json;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where to log; nowhere when null.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>No spans, whoever listens to <see cref="ClientTelemetry.Name"/>.</summary>
    public bool DisableTracing { get; init; }

    /// <summary>No metrics, whoever listens to <see cref="ClientTelemetry.Name"/>.</summary>
    public bool DisableMetrics { get; init; }

    /// <summary>What becomes of each message is told in RMQ_SYS_TRACE_TOPIC, as RocketMQ's dashboard and mqadmin read it.</summary>
    public bool EnableMessageTrace { get; init; }

    /// <summary>Who watches sends and deliveries.</summary>
    internal IReadOnlyList<IClientObserver> Observers { get; init; } = [];

    /// <summary>The client to work with, and whether it is disposed of with its user.</summary>
    /// <exception cref="ArgumentException">Neither name servers nor a client are given.</exception>
    internal (RocketMQClient Client, bool Owned) OpenClient(string? instanceName = null, int maxMessageBytes = 4 * 1024 * 1024)
    {
        if (Client is { } shared) return (shared, false);
        if (NameServers.Length == 0) throw new ArgumentException("neither NameServers nor Client is set: write addresses as 127.0.0.1:9876;127.0.0.1:9877");
        var options = new RocketMQClientOptions
        {
            NameServers = NameServerList.Parse(NameServers),
            RequestTimeout = RequestTimeout,
            ConnectTimeout = ConnectTimeout,
            RouteMaxAge = RouteInterval,
            HeartbeatInterval = HeartbeatInterval,
            MaxMessageBytes = maxMessageBytes,
            InstanceName = InstanceName ?? instanceName,
            Credentials = Credentials,
            Tls = Tls,
            SerializeType = SerializeType,
            Time = Time,
        };
        return (new RocketMQClient(options, LoggerFactory), true);
    }

    protected static TimeSpan Positive(TimeSpan value, [CallerMemberName] string name = "") =>
        value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, "must be longer than nothing");

    protected static int AtLeast(int minimum, int value, [CallerMemberName] string name = "") =>
        value >= minimum ? value : throw new ArgumentOutOfRangeException(name, value, $"must be at least {minimum}");
}
