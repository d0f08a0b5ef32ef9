using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer;

/// <summary>What one REGISTER_BROKER says.</summary>
internal sealed record BrokerRegistration
{
    public required string Cluster { get; init; }

    public required string Address { get; init; }

    public required string BrokerName { get; init; }

    public required long BrokerId { get; init; }

    public required string HaServerAddress { get; init; }

    public string? ZoneName { get; init; }

    /// <summary>The broker's own limit; null takes the name server's.</summary>
    public TimeSpan? HeartbeatTimeout { get; init; }

    /// <summary>Null from a 4.x broker, which doesn't know the field.</summary>
    public bool? EnableActingMaster { get; init; }

    public required TopicConfigAndVersion Topics { get; init; }

    /// <summary>A 5.x broker that announces one new topic may do so only after it has registered as a whole.</summary>
    public bool MayBeSingleTopic { get; init; }

    /// <summary>Null leaves them as they were.</summary>
    public IReadOnlyList<string>? FilterServers { get; init; }

    public RemotingConnection? Connection { get; init; }
}

/// <summary>What the broker is told.</summary>
internal readonly record struct RegistrationResult(bool Accepted, string? MasterAddress, string? HaServerAddress);

/// <summary>The group's smallest node id has changed: whom to tell what.</summary>
internal sealed record MinBrokerIdChange(long MinBrokerId, string MinBrokerAddress, string? OfflineAddress, string? HaAddress, IReadOnlyList<string> Tell);
