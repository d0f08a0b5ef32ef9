using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;

namespace RocketAspire.NameServer;

/// <summary>One broker group as it is now. Guarded by <see cref="RouteTable"/>'s lock.</summary>
internal sealed class BrokerGroup(string cluster, string brokerName)
{
    public string Cluster { get; } = cluster;

    public string BrokerName { get; } = brokerName;

    public SortedDictionary<long, string> Addresses { get; } = [];

    public bool EnableActingMaster { get; set; }

    public string? ZoneName { get; set; }

    public bool HasMaster => Addresses.ContainsKey(BrokerData.MasterId);

    /// <summary>The smallest living id; only while there is one.</summary>
    public long MinId => Addresses.First().Key;

    public BrokerData Snapshot() => new()
    {
        Cluster = Cluster,
        BrokerName = BrokerName,
        BrokerAddrs = new SortedDictionary<long, string>(Addresses),
        EnableActingMaster = EnableActingMaster,
        ZoneName = ZoneName,
    };

    /// <summary>Removes the node wherever it stands, except under <paramref name="exceptId"/>: an address has one id only.</summary>
    public bool Remove(string address, long? exceptId = null)
    {
        var removed = false;
        foreach (var (id, held) in Addresses.ToArray())
        {
            if (held == address && id != exceptId) removed |= Addresses.Remove(id);
        }

        return removed;
    }
}

/// <summary>Signs of life of one registered node. Guarded by <see cref="RouteTable"/>'s lock.</summary>
internal sealed class BrokerLife(BrokerRegistration registration, TimeSpan timeout)
{
    public string Cluster { get; } = registration.Cluster;

    public string Address { get; } = registration.Address;

    public string BrokerName { get; } = registration.BrokerName;

    public string HaServerAddress { get; } = registration.HaServerAddress;

    public DataVersion DataVersion { get; } = registration.Topics.DataVersion;

    public RemotingConnection? Connection { get; } = registration.Connection;

    /// <summary>Silence after which the node counts as dead.</summary>
    public TimeSpan Timeout { get; } = timeout;

    /// <summary>Timestamp of the time provider.</summary>
    public long LastSeen { get; set; }
}
