namespace RocketAspire.Hosting.Topology;

/// <summary>Nodes in containers of one machine: ports as without containers, each with its own disk, where folders are as in Apache's image.</summary>
/// <param name="host">The one address of all nodes; null when each has its own.</param>
/// <param name="bindAddress">What nodes listen on in their containers.</param>
/// <param name="ownAddress">Gives the address with that number, from 0 on, when each node has its own.</param>
/// <param name="portOffset">Added to each port.</param>
/// <param name="hasLeaderAddress">Whether nodes share addresses and know how to hand on one that only a group's leader has.</param>
public sealed class ContainerPlacement(string? host, string bindAddress, Func<int, string> ownAddress, int portOffset, bool hasLeaderAddress) : Placement
{
    public const string Home = "/home/rocketmq";

    /// <summary>What is a name server's own.</summary>
    public const string NameServerFolder = Home + "/namesrv";

    /// <summary>Its settings file, whoever it is.</summary>
    public const string ConfigFile = Home + "/conf/node.conf";

    /// <summary>Name servers have the numbers below it.</summary>
    private const int FirstBrokerNumber = 10;

    private readonly LocalPlacement _ports = new(host ?? "", portOffset, Home);

    public override string BindAddress => bindAddress;

    public override bool WritesAddress => true;

    public override IReadOnlyList<KeyValuePair<string, string>> Defaults => _ports.Defaults;

    public override NodePlace NameServer(int index, string name) =>
        _ports.NameServer(index, name) with { Host = host ?? ownAddress(index), Folder = NameServerFolder, Disk = name };

    public override int? LeaderPort(int ordinal) => hasLeaderAddress ? _ports.LeaderPort(ordinal) : null;

    public override NodePlace Broker(int group, int member, int ordinal, string name, string brokerName) =>
        _ports.Broker(group, member, ordinal, name, brokerName) with { Host = host ?? ownAddress(FirstBrokerNumber + ordinal), Folder = Home, Disk = name };
}
