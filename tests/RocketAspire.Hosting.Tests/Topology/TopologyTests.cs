using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Tests.Topology;

public sealed class TopologyTests
{
    [Theory]
    [InlineData("2m-2s-sync", "9876 9877", "broker-a:10911:SYNC_MASTER:0 broker-a-s:11911:SLAVE:1 broker-b:12911:SYNC_MASTER:0 broker-b-s:13911:SLAVE:1")]
    [InlineData("2m-2s-async", "9876 9877", "broker-a:10911:ASYNC_MASTER:0 broker-a-s:11911:SLAVE:1 broker-b:12911:ASYNC_MASTER:0 broker-b-s:13911:SLAVE:1")]
    [InlineData("2m-noslave", "9876 9877", "broker-a:10911:ASYNC_MASTER:0 broker-b:11911:ASYNC_MASTER:0")]
    [InlineData("dledger", "9876 9877 9878", "broker-a-n0:10911:DLEDGER n0:0 broker-a-n1:11911:DLEDGER n1:0 broker-a-n2:12911:DLEDGER n2:0")]
    [InlineData("single", "9876", "broker-a:10911:ASYNC_MASTER:0")]
    public void A_named_topology_has_its_nodes_at_their_addresses(string name, string nameServers, string brokers)
    {
        var topology = Local(name);
        Assert.Equal(nameServers, string.Join(' ', topology.NameServers.Select(n => n.Port)));
        Assert.Equal(brokers, string.Join(' ', topology.Brokers.Select(b => $"{b.Name}:{b.ListenPort}:{b.Role}:{b.BrokerId}")));
        Assert.All(topology.Brokers, b => Assert.Equal(topology.NameServerList, b.Settings.Get(BrokerConf.NamesrvAddr)));
        Assert.All(topology.Brokers, b => Assert.Equal("127.0.0.1", b.Settings.Get(BrokerConf.BrokerIP1)));
    }

    [Fact]
    public void DLedger_peers_listen_twenty_above() =>
        Assert.All(Local("dledger").Brokers, b => Assert.Equal("n0-127.0.0.1:10931;n1-127.0.0.1:11931;n2-127.0.0.1:12931", b.Settings.Get(BrokerConf.DLegerPeers)));

    [Theory]
    [InlineData("3", "14911")]
    [InlineData("5", "15911")]
    [InlineData("7", "17911")]
    [InlineData("3 3", "16911 17911")]
    public void A_DLedger_groups_leader_has_an_address_of_its_own_that_no_node_has(string sizes, string ports)
    {
        var groups = sizes.Split(' ').Select((size, i) => (BrokerGroup)new DLedgerGroup($"broker-{(char)('a' + i)}", int.Parse(size, System.Globalization.CultureInfo.InvariantCulture)));
        var topology = Place(new ClusterPlan { ClusterName = "c", NameServers = 3, Groups = [.. groups] }, offset: 100);
        var expected = ports.Split(' ').Select(p => 100 + int.Parse(p, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(expected, topology.Ports().Where(p => p.Setting == "leader address").Select(p => p.Port));
        foreach (var (group, port) in topology.Brokers.GroupBy(b => b.BrokerName).Zip(expected)) Assert.All(group, b => Assert.Equal($"127.0.0.1:{port}", b.LeaderAddress));
        Assert.Equal(topology.Ports().Count(), topology.Ports().Select(p => p.Port).Distinct().Count());
        Assert.DoesNotContain(topology.Brokers, b => b.Conf.Write().Contains($"{expected[0]}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_leader_address_that_a_node_listens_on_is_refused()
    {
        var plan = ClusterPlan.Named("dledger", "c")! with { Settings = [new("broker-a-n1", "listenPort", "14911")] };
        Assert.Null(TopologyPlanner.Place(plan, new LocalPlacement("127.0.0.1", 0, "/data"), out var problems));
        Assert.Equal(["listenPort of broker-a-n1: the listen port 14911 is also the leader's port of broker-a-n0"], problems);
    }

    [Fact]
    public void Only_DLedger_groups_have_a_leader_address() => Assert.All(Local("2m-2s-sync").Brokers, b => Assert.Null(b.LeaderAddress));

    [Fact]
    public void A_port_offset_shifts_every_port()
    {
        var here = Local("2m-2s-sync").Ports().ToList();
        var there = Local("2m-2s-sync", offset: 5000).Ports().ToList();
        Assert.Equal(here.Select(p => p.Port + 5000), there.Select(p => p.Port));
        Assert.Equal(2 + 4 * 3, here.Select(p => p.Port).Distinct().Count());
        Assert.Contains(("broker-a", "127.0.0.1", "listenPort", 10912), here);
        Assert.Contains(("broker-a", "127.0.0.1", "listenPort", 10909), here);
    }

    [Fact]
    public void Synchronous_masters_wait_for_one_slave_and_nobody_else_says_anything_about_it()
    {
        foreach (var broker in Local("2m-2s-sync").Brokers)
        {
            Assert.Equal(broker.IsMaster, broker.Settings.IsSet(BrokerConf.InSyncReplicas));
            Assert.Equal(broker.IsMaster, broker.Settings.IsSet(BrokerConf.TotalReplicas));
        }
        Assert.All(Local("2m-2s-async").Brokers, b => Assert.Equal((b.IsMaster, false), (b.Settings.IsSet(BrokerConf.TotalReplicas), b.Settings.IsSet(BrokerConf.InSyncReplicas))));
        Assert.All(Local("2m-noslave").Brokers, b => Assert.False(b.Settings.IsSet(BrokerConf.TotalReplicas)));
    }

    [Fact]
    public void Each_node_has_its_own_store()
    {
        var stores = Local("2m-2s-sync").Brokers.Select(b => b.StoreDirectory).ToList();
        Assert.Equal(4, stores.Distinct().Count());
        Assert.Contains("/data/broker-a-s/store", stores);
    }

    [Fact]
    public void A_setting_for_one_broker_wins_over_the_clusters()
    {
        var plan = ClusterPlan.Named("2m-2s-sync", "c")! with
        {
            Settings = [new("broker-b", "maxMessageSize", "1000"), new(null, "maxMessageSize", "2000"), new(null, "slaveTimeout", "500")],
        };
        var topology = Place(plan);
        Assert.Equal([2000, 2000, 1000, 2000], topology.Brokers.Select(b => b.Settings.Get(BrokerConf.MaxMessageSize)));
        Assert.All(topology.Brokers, b => Assert.Equal(500, b.Settings.Get(BrokerConf.SlaveTimeout)));
    }

    [Fact]
    public void A_group_with_more_slaves_numbers_them()
    {
        var topology = Place(new ClusterPlan { ClusterName = "c", NameServers = 1, Groups = ClusterPlan.MasterSlave(1, 2, Replication.Sync) });
        Assert.Equal(["broker-a", "broker-a-s", "broker-a-s2"], topology.Brokers.Select(b => b.Name));
        Assert.Equal([0L, 1L, 2L], topology.Brokers.Select(b => b.BrokerId));
        Assert.Equal((3, 2), (topology.Brokers[0].Settings.Get(BrokerConf.TotalReplicas), topology.Brokers[0].Settings.Get(BrokerConf.InSyncReplicas)));
    }

    [Fact]
    public void Files_only_hold_keys_that_are_known() =>
        Assert.All(ClusterPlan.Names.SelectMany(n => Local(n).Brokers), b => Assert.All(b.Conf.Lines, l => Assert.NotNull(BrokerConf.Find(l.Key))));

    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    [InlineData("2m-noslave")]
    [InlineData("dledger")]
    [InlineData("single")]
    public void Files_of_embedded_nodes_only_hold_keys_that_they_honour(string topology) =>
        Assert.All(Local(topology).Brokers, b => Assert.Empty(b.Settings.Unhonoured()));

    private static ClusterTopology Local(string name, int offset = 0) => Place(ClusterPlan.Named(name, "rocketmq-cluster")!, offset);

    private static ClusterTopology Place(ClusterPlan plan, int offset = 0)
    {
        var topology = TopologyPlanner.Place(plan, new LocalPlacement("127.0.0.1", offset, "/data"), out var problems);
        Assert.Empty(problems);
        return topology!;
    }
}
