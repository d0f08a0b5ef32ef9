using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>One client behind one connection, as its last heartbeat told.</summary>
public sealed class ClientInfo(RemotingConnection connection, string clientId, LanguageCode language, int version, long seenAt)
{
    private long _seenAt = seenAt;

    public RemotingConnection Connection => connection;

    public string ClientId => clientId;

    public LanguageCode Language => language;

    /// <summary>Ordinal of its release.</summary>
    public int Version => version;

    /// <summary>Timestamp of <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long SeenAt
    {
        get => Volatile.Read(ref _seenAt);
        set => Volatile.Write(ref _seenAt, value);
    }

    public ClientConnection Describe() => new(clientId, connection.RemoteAddress, LanguageNames.Of(language), version);
}
