using System.Globalization;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Topology;

/// <summary>Where one node goes.</summary>
/// <param name="Host">The advertised address.</param>
/// <param name="Port">The port that it listens on.</param>
/// <param name="Folder">The node's own folder; its store and state lie in it.</param>
/// <param name="PeerPort">For a DLedger node: the port for its peers.</param>
/// <param name="Disk">Nodes with the same one would share a folder of the same path; null means that of their host.</param>
public sealed record NodePlace(string Host, int Port, string Folder, int PeerPort, string? Disk = null);

/// <summary>Where a cluster's proxy listens.</summary>
public sealed record ProxyPlace(string Host, int Port)
{
    /// <summary><c>ip:port</c>.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}

/// <summary>Gives nodes their places.</summary>
public abstract class Placement
{
    /// <summary>The address to listen on, or null for all.</summary>
    public virtual string? BindAddress => null;

    /// <summary>Settings that each broker gets here unless the user gives other ones.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, string>> Defaults { get; }

    /// <summary>Whether the advertised address must be written, because the machine's own choice could be another one.</summary>
    public abstract bool WritesAddress { get; }

    /// <summary>Whether the nodes that are placed here look at a setting; one that they pass over isn't written, unless the user asked for it.</summary>
    public virtual bool Reads(BrokerConfKey key) => true;

    /// <summary>Where clients of RocketMQ 5 find a proxy that comes with the cluster; null where none does.</summary>
    public virtual ProxyPlace? Proxy => null;

    public abstract NodePlace NameServer(int index, string name);

    /// <summary>The port of the address at which a DLedger group's leader is found, whichever node that is; null where nodes share no address.</summary>
    /// <param name="ordinal">A number that no broker and no other group has.</param>
    public virtual int? LeaderPort(int ordinal) => null;

    /// <param name="group">The group's number, from 0.</param>
    /// <param name="member">The node's number in it, from 0 (the master).</param>
    /// <param name="ordinal">The node's number among all brokers, from 0.</param>
    /// <param name="name">The node's name.</param>
    /// <param name="brokerName">Its group's name.</param>
    public abstract NodePlace Broker(int group, int member, int ordinal, string name, string brokerName);
}

/// <summary>All nodes on one machine, each with its own ports and its own folder under one data path.</summary>
/// <param name="host">The advertised address.</param>
/// <param name="portOffset">Added to each port.</param>
/// <param name="dataPath">The folder that holds a folder a node.</param>
public class LocalPlacement(string host, int portOffset, string dataPath) : Placement
{
    public const int FirstNameServerPort = 9876;
    public const int FirstBrokerPort = 10911;

    /// <summary>Distance between two brokers' ports, so that VIP, HA, health and peer ports have room.</summary>
    public const int BrokerPortStep = 1000;

    private const int PeerPortDistance = 20;

    /// <summary>A loopback address isn't reachable from outside, so nothing listens outside; any other one may be a translated address.</summary>
    public override string? BindAddress => System.Net.IPAddress.TryParse(host, out var ip) && System.Net.IPAddress.IsLoopback(ip) ? host
        // The one name that never leads out of this machine.
        : host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? Settings.RocketMQSettings.Loopback : "0.0.0.0";

    public override bool WritesAddress => true;

    public override IReadOnlyList<KeyValuePair<string, string>> Defaults { get; } =
    [
        new("defaultTopicQueueNums", "4"),
        new("autoCreateTopicEnable", "true"),
        new("autoCreateSubscriptionGroup", "true"),
        new("enablePropertyFilter", "true"),
        new("recallMessageEnable", "true"),
        // A developer's disk is full of other things too: that should keep nobody from sending.
        new("diskSpaceCleanForciblyRatio", "98"),
        new("diskSpaceWarningLevelRatio", "99"),
    ];

    public override NodePlace NameServer(int index, string name) =>
        new(host, FirstNameServerPort + index + portOffset, Path.Combine(dataPath, name), 0);

    public override int? LeaderPort(int ordinal) => FirstBrokerPort + ordinal * BrokerPortStep + portOffset;

    public override NodePlace Broker(int group, int member, int ordinal, string name, string brokerName)
    {
        var port = FirstBrokerPort + ordinal * BrokerPortStep + portOffset;
        return new NodePlace(host, port, Path.Combine(dataPath, name), port + PeerPortDistance);
    }
}
