using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Tests.Topology;

/// <summary>What is generated for bare hosts carries every key of a hand-written deployment that has an effect, with the same value.</summary>
public sealed class GoldenTests
{
    private static readonly string[] Ignored =
        ["mapedFileSizeCommitLog", "mapedFileSizeConsumeQueue", "storePathConsumeQueue", "storePathIndex", "storeCheckpoint", "abortFile"];

    [Theory]
    [InlineData("broker-a", "172.17.160.28", "broker-a.properties")]
    [InlineData("broker-a-s", "172.17.160.29", "broker-a-s.properties")]
    [InlineData("broker-b", "172.17.160.29", "broker-b.properties")]
    [InlineData("broker-b-s", "172.17.160.28", "broker-b-s.properties")]
    public void Two_masters_with_slaves_match(string node, string host, string file)
    {
        var broker = Placed("2m-2s-sync", "172.17.160.28", "172.17.160.29").Brokers.Single(b => b.Name == node);
        Assert.Equal(host, broker.Host);
        var expected = Effective(ReferenceFiles.Read(Path.Combine("2m-2s-sync", host, file)));
        // The old spellings' effect, under the names that are read now.
        expected["mappedFileSizeCommitLog"] = "1073741824";
        expected["mappedFileSizeConsumeQueue"] = "6000000";
        if (broker.IsMaster)
        {
            expected["totalReplicas"] = "2";
            expected["inSyncReplicas"] = "2";
        }
        Assert.Equal(expected, Pairs(broker.Conf));
    }

    [Theory]
    [InlineData("n0", "172.17.160.28")]
    [InlineData("n1", "172.17.160.29")]
    [InlineData("n2", "172.17.160.30")]
    public void DLedger_matches(string id, string host)
    {
        var broker = Placed("dledger", "172.17.160.28", "172.17.160.29", "172.17.160.30").Brokers.Single(b => b.Name == "broker-a-" + id);
        Assert.Equal(host, broker.Host);
        var expected = Effective(ReferenceFiles.Read("2m-2s-sync/172.17.160.28/broker-a.properties"));
        foreach (var line in ReferenceFiles.Read($"dledger/{host}/dledger-{id}.properties").Lines) expected[line.Key] = line.Value;
        expected.Remove("brokerId");
        expected.Remove("brokerRole");
        expected["namesrvAddr"] = "172.17.160.28:9876;172.17.160.29:9876;172.17.160.30:9876";
        expected["mappedFileSizeCommitLog"] = "1073741824";
        expected["mappedFileSizeConsumeQueue"] = "6000000";
        Assert.Equal(expected, Pairs(broker.Conf));
    }

    private static ClusterTopology Placed(string name, params string[] hosts)
    {
        var plan = ClusterPlan.Named(name, "rocketmq-cluster")!;
        var topology = TopologyPlanner.Place(plan, new HostsPlacement(hosts, plan.Groups), out var problems);
        Assert.Empty(problems);
        return topology!;
    }

    private static SortedDictionary<string, string> Effective(PropertiesFile file) =>
        new(file.Lines.Where(l => !Ignored.Contains(l.Key)).ToDictionary(l => l.Key, l => l.Value), StringComparer.Ordinal);

    private static SortedDictionary<string, string> Pairs(PropertiesFile file) =>
        new(file.Lines.ToDictionary(l => l.Key, l => l.Value), StringComparer.Ordinal);
}
