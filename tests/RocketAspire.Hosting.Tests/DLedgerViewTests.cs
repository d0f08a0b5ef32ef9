using RocketAspire.Hosting.Readiness;
using RocketAspire.Hosting.Topology;

namespace RocketAspire.Hosting.Tests;

/// <summary>What the name servers' table of a group says about who leads it. Nodes listen on 10911, 11911 and 12911.</summary>
public sealed class DLedgerViewTests
{
    private static readonly BrokerNode[] Nodes =
        [.. TopologyPlanner.Place(ClusterPlan.Named("dledger", "c")!, new LocalPlacement("127.0.0.1", 0, "/data"), out _)!.Brokers];

    [Theory]
    [InlineData("0:14911 2:11911 3:12911", "broker-a-n0")]
    [InlineData("0:10911 2:11911 3:12911", "broker-a-n0")]
    [InlineData("0:14911 1:10911 3:12911", "broker-a-n1")]
    [InlineData("0:14911 1:10911 2:11911", "broker-a-n2")]
    public void Who_leads_is_the_one_that_does_not_follow(string seen, string leader)
    {
        var view = DLedgerView.Of(Nodes, Table(seen));
        Assert.Equal((leader, null), (view.Leader?.Name, view.Problem));
        Assert.Equal("127.0.0.1:" + seen[2..7], view.LeaderAddress);
    }

    [Theory]
    [InlineData("", "sees no leader of broker-a yet")]
    [InlineData("1:10911 2:11911 3:12911", "sees no leader of broker-a yet")]
    [InlineData("0:14911 2:11911", "sees only 1 of the 2 followers of broker-a yet; of broker-a-n0, broker-a-n2 one leads, at 127.0.0.1:14911")]
    [InlineData("0:14911", "sees only 0 of the 2 followers of broker-a yet; of broker-a-n0, broker-a-n1, broker-a-n2 one leads, at 127.0.0.1:14911")]
    [InlineData("0:10911 2:11911", "does not see broker-a-n2 follow in broker-a yet; broker-a-n0 leads, at 127.0.0.1:10911")]
    [InlineData("0:10911", "does not see broker-a-n1, broker-a-n2 follow in broker-a yet; broker-a-n0 leads, at 127.0.0.1:10911")]
    [InlineData("0:14911 1:10911 2:11911 3:12911", "sees a leader of broker-a at 127.0.0.1:14911, and all its nodes following")]
    [InlineData("0:12911 2:11911 3:12911", "sees the leader of broker-a at 127.0.0.1:12911, which is not broker-a-n0's address")]
    public void What_is_not_a_whole_group_is_told(string seen, string problem) =>
        Assert.Equal(problem, DLedgerView.Of(Nodes, Table(seen)).Problem);

    private static Dictionary<long, string> Table(string seen) =>
        seen.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split(':')).ToDictionary(p => long.Parse(p[0], System.Globalization.CultureInfo.InvariantCulture), p => "127.0.0.1:" + p[1]);
}
