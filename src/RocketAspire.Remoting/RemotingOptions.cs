using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting.Tls;

namespace RocketAspire.Remoting;

/// <summary>Limits of one connection, on both sides.</summary>
public record RemotingOptions
{
    /// <summary>A connection on which nothing was read or written for so long is closed. Apache: 120 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Requests of one connection that may be in work before its reading pauses.</summary>
    public int MaxInFlightRequests { get; init; } = 4096;

    /// <summary>Body bytes of those requests before reading pauses.</summary>
    public long MaxInFlightBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Unsent bytes at which reading pauses (server) and callers wait (client) until the peer has read some.</summary>
    public long PauseOutputBytes { get; init; } = 1024 * 1024;

    /// <summary>Unsent bytes at which the connection is closed: the peer reads nothing, yet more is pushed to it.</summary>
    public long MaxOutputBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Shared by connections; what counts beside the limits of each.</summary>
    public OutputBudget OutputBudget { get; init; } = OutputBudget.Process;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What connections to and from other nodes pass through.</summary>
    public IPeerNetwork Network { get; init; } = PeerNetwork.Direct;
}

public sealed record RemotingServerOptions : RemotingOptions
{
    /// <summary>How long a stop waits for requests in work.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Null: no TLS.</summary>
    public TlsServer? Tls { get; init; }
}

public sealed record RemotingClientOptions : RemotingOptions
{
    /// <summary>Apache: 3 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Which peer listens at an <c>ip:port</c>, by the names of <see cref="IPeerNetwork"/>; null: none.</summary>
    public Func<string, string?> PeerOf { get; init; } = static _ => null;

    /// <summary>What requests are signed with; null: they are not. Apache: the RPC hook of ACL.</summary>
    public AclCredentials? Credentials { get; init; }

    /// <summary>Null: plain connections.</summary>
    public TlsClient? Tls { get; init; }
}
