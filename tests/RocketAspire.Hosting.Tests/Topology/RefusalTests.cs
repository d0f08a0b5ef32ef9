using System.Collections.Immutable;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Tests.Topology;

/// <summary>A topology that could not work is refused before anything starts, in lines that name the setting and both parties.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(1, "dLegerPeers of broker-a: 1 nodes asked for; a group needs three at least, or it can't outlive the loss of one")]
    [InlineData(2, "dLegerPeers of broker-a: 2 nodes asked for; a group needs three at least, or it can't outlive the loss of one")]
    [InlineData(4, "dLegerPeers of broker-a: 4 nodes asked for; an even number outlives no more losses than 3 would: use an odd one")]
    [InlineData(11, "dLegerPeers of broker-a: 11 nodes asked for; allowed are 3, 5 and 7")]
    public void Too_few_or_an_even_number_of_DLedger_nodes(int nodes, string said) =>
        Assert.Equal([said], Refused(Plan([new DLedgerGroup("broker-a", nodes)])));

    [Fact]
    public void No_name_server() =>
        Assert.Equal(["name servers: 0 asked for; allowed are 1 to 9"], Refused(ClusterPlan.Named("single", "c")! with { NameServers = 0 }));

    [Fact]
    public void A_synchronous_master_without_slaves() =>
        Assert.Equal(["brokerRole of broker-a: SYNC_MASTER without a slave could never answer; give it a slave or use Replication.Async"], Refused(Plan(ClusterPlan.MasterSlave(1, 0, Replication.Sync))));

    [Fact]
    public void Two_groups_of_one_name() =>
        Assert.Equal(["brokerName broker-a: 2 groups have it; each needs its own"], Refused(Plan([new DLedgerGroup("broker-a", 3), new MasterSlaveGroup("broker-a", 0, Replication.Async)])));

    [Fact]
    public void One_identity_for_two_brokers() =>
        Assert.Equal(["brokerId of broker-b: broker-a is already brokerId 0 of broker-a; at the name server one would replace the other"], Refused("2m-noslave", new("broker-b", "brokerName", "broker-a")));

    [Fact]
    public void Listen_port_of_one_on_the_HA_port_of_another() =>
        Assert.Equal(["listenPort of broker-b: the listen port 10912 is also the HA port (listenPort + 1) of broker-a"], Refused("2m-noslave", new("broker-b", "listenPort", "10912")));

    [Fact]
    public void VIP_port_of_one_on_the_listen_port_of_another() =>
        Assert.Equal(["listenPort of broker-b: the VIP port (listenPort - 2) 10911 is also the listen port of broker-a"], Refused("2m-noslave", new("broker-b", "listenPort", "10913")));

    [Fact]
    public void A_broker_on_a_name_servers_port() =>
        Assert.Equal(["haListenPort of broker-a: the HA port 9876 is also the listen port of namesrv-1"], Refused("single", new("broker-a", "haListenPort", "9876")));

    [Fact]
    public void Two_brokers_in_one_store() =>
        Assert.Equal(["storePathRootDir of broker-b: broker-a has the same store; two brokers in one store destroy it"], Refused("2m-noslave", new("broker-b", "storePathRootDir", "/data/broker-a/store/")));

    [Fact]
    public void An_unknown_role() =>
        Assert.Equal(["brokerRole of broker-a: 'MASTER' is not ASYNC_MASTER or SYNC_MASTER or SLAVE"], Refused("single", new("broker-a", "brokerRole", "MASTER")));

    [Fact]
    public void An_unknown_key() =>
        Assert.Equal(["flushDiskTypo of broker-a: is not known; did you mean flushDiskType?"], Refused("single", new BrokerSetting(null, "flushDiskTypo", "SYNC_FLUSH")));

    [Fact]
    public void A_broker_that_is_not_there() =>
        Assert.Equal(["slaveTimeout of broker-c: there is no such broker; there are broker-a, broker-b"], Refused("2m-noslave", new("broker-c", "slaveTimeout", "1")));

    [Fact]
    public void A_slave_with_its_masters_number() =>
        Assert.Equal(["brokerId of broker-a: a SLAVE needs a number above 0; 0 is its master's"], Refused("single", new BrokerSetting("broker-a", "brokerRole", "SLAVE")));

    [Fact]
    public void A_port_beyond_the_last()
    {
        Assert.Null(TopologyPlanner.Place(ClusterPlan.Named("single", "c")!, new LocalPlacement("127.0.0.1", 60_000, "/data"), out var problems));
        Assert.Contains("listenPort of namesrv-1: '69876' is not a whole number from 1 to 65535", problems);
    }

    private static ClusterPlan Plan(ImmutableArray<BrokerGroup> groups) => new() { ClusterName = "c", NameServers = 1, Groups = groups };

    private static IReadOnlyList<string> Refused(string topology, BrokerSetting setting) =>
        Refused(ClusterPlan.Named(topology, "c")! with { Settings = [setting] });

    private static IReadOnlyList<string> Refused(ClusterPlan plan)
    {
        Assert.Null(TopologyPlanner.Place(plan, new LocalPlacement("127.0.0.1", 0, "/data"), out var problems));
        return problems;
    }
}
