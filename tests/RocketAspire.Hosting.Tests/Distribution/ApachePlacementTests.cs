using RocketAspire.Hosting.Engines.Distribution;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Tests.Distribution;

/// <summary>What Apache's nodes are given on one machine.</summary>
public sealed class ApachePlacementTests
{
    [Fact]
    public void Nothing_is_written_that_the_release_does_not_read()
    {
        foreach (var topology in ClusterPlan.Names)
        {
            var placed = Place(topology, new ApacheRelease(4, 9, 8));
            var keys = placed.Brokers.SelectMany(b => b.Conf.Lines.Select(l => BrokerConf.Find(l.Key)!)).Concat(placed.NameServers.SelectMany(n => n.Conf.Lines.Select(l => NameServerConf.Find(l.Key)!)));
            Assert.All(keys, key => Assert.True(key.Versions.HasFlag(ConfVersions.V4), key.Name));
        }

        Assert.Contains(Place("2m-2s-sync", new ApacheRelease(5, 3, 1)).Brokers[0].Conf.Lines, l => l.Key == BrokerConf.InSyncReplicas.Name);
    }

    [Fact]
    public void A_group_has_no_address_of_its_own_and_what_the_user_asks_for_is_written_all_the_same()
    {
        Assert.All(Place("dledger", new ApacheRelease(5, 3, 1)).Brokers, b => Assert.Null(b.LeaderPort));
        var plan = ClusterPlan.Named("single", "c")!;
        plan = plan with { Settings = plan.Settings.Add(new BrokerSetting(null, BrokerConf.RecallMessageEnable.Name, "true")) };
        var placed = TopologyPlanner.Place(plan, new ApachePlacement(new(4, 9, 8), "127.0.0.1", 0, "/data"), out _)!;
        Assert.Equal("true", placed.Brokers[0].Conf.Get(BrokerConf.RecallMessageEnable.Name));
    }

    private static ClusterTopology Place(string topology, ApacheRelease release)
    {
        var placed = TopologyPlanner.Place(ClusterPlan.Named(topology, "c")!, new ApachePlacement(release, "127.0.0.1", 0, "/data"), out var problems);
        Assert.Empty(problems);
        return placed!;
    }
}
