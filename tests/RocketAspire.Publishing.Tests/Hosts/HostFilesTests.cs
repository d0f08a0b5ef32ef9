using System.Globalization;
using RocketAspire.Hosting;
using RocketAspire.Hosting.Lint;
using RocketAspire.Hosting.Publishing;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Hosts;

public sealed class HostFilesTests : IDisposable
{
    private const string Reference = "172.17.160.28,172.17.160.29";

    private static readonly string[] Ignored =
        ["mapedFileSizeCommitLog", "mapedFileSizeConsumeQueue", "storePathConsumeQueue", "storePathIndex", "storeCheckpoint", "abortFile"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_hosts_hold_the_hand_written_deployment_of_two_masters_with_slaves()
    {
        Published.To(_folder["out"], ["--publish", "hosts", "--hosts", Reference]);
        foreach (var (host, name) in new[] { ("172.17.160.28", "broker-a"), ("172.17.160.28", "broker-b-s"), ("172.17.160.29", "broker-a-s"), ("172.17.160.29", "broker-b") })
        {
            var written = Published.Conf(_folder[$"out/{host}/conf/{name}.properties"]);
            var expected = Effective($"2m-2s-sync/{host}/{name}.properties");
            if (expected["brokerRole"] == "SYNC_MASTER") (expected["totalReplicas"], expected["inSyncReplicas"]) = ("2", "2");
            Assert.Equal(expected, Pairs(written));
        }
        Assert.Equal(["broker-a.properties", "broker-b-s.properties", "namesrv-1.conf"], Directory.EnumerateFiles(_folder["out/172.17.160.28/conf"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("9876", Published.Conf(_folder["out/172.17.160.29/conf/namesrv-2.conf"]).Get("listenPort"));
    }

    [Fact]
    public void Three_hosts_hold_the_hand_written_deployment_of_a_DLedger_group()
    {
        Published.To(_folder["out"], ["--topology", "dledger", "--publish", "hosts", "--hosts", Reference + ",172.17.160.30"]);
        for (var i = 0; i < 3; i++)
        {
            var host = string.Create(CultureInfo.InvariantCulture, $"172.17.160.{28 + i}");
            var expected = Effective("2m-2s-sync/172.17.160.28/broker-a.properties");
            foreach (var line in Published.Conf(Path.Combine(AppContext.BaseDirectory, "Reference", $"dledger/{host}/dledger-n{i}.properties")).Lines) expected[line.Key] = line.Value;
            expected.Remove("brokerId");
            expected.Remove("brokerRole");
            expected["namesrvAddr"] = "172.17.160.28:9876;172.17.160.29:9876;172.17.160.30:9876";
            Assert.Equal(expected, Pairs(Published.Conf(_folder[$"out/{host}/conf/broker-a-n{i}.properties"])));
            Assert.Equal(["9876", "10911", "10909", "40911"], Ports(host).Select(p => p[0]));
            Assert.Equal("cluster", Ports(host)[3][1]);
        }
    }

    [Fact]
    public void Publishing_twice_gives_the_same_bytes()
    {
        string[] args = ["--publish", "hosts", "--hosts", "10.0.0.1,10.0.0.2,10.0.0.3"];
        Published.To(_folder["one"], args);
        Published.To(_folder["two"], args);
        Assert.Equal(Published.Files(_folder["one"]), Published.Files(_folder["two"]));
        Assert.All(Published.Files(_folder["one"]), f => Assert.DoesNotContain('\r', f.Text));
    }

    [Fact]
    public void What_was_written_is_said_with_the_next_step()
    {
        var said = Published.To(_folder["out"], ["--publish", "hosts", "--hosts", "10.0.0.1,10.0.0.2"]);
        Assert.Equal(
        [
            $"rocketmq is written to {_folder["out"]}:",
            "  10.0.0.1: namesrv-1 (NAMESRV), broker-a (SYNC_MASTER), broker-b-s (SLAVE)",
            "  10.0.0.2: namesrv-2 (NAMESRV), broker-a-s (SLAVE), broker-b (SYNC_MASTER)",
            $"next: read {_folder["out"]}/README.md, copy each folder to its host and run its install.sh and start.sh",
        ], said.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["10.0.0.1", "10.0.0.2", "README.md"], Directory.EnumerateFileSystemEntries(_folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_port_that_a_node_opens_is_on_its_hosts_list()
    {
        Published.To(_folder["out"], ["--publish", "hosts", "--hosts", "10.0.0.1,10.0.0.2", "--port-offset", "100"], cluster => cluster.WithBrokerSetting("haListenPort", "20000", "broker-a"));
        Assert.Equal(
            ["9976 all namesrv-1", "11011 all broker-a", "11009 all broker-a", "20000 cluster broker-a", "12011 all broker-b-s", "12009 all broker-b-s", "12012 cluster broker-b-s"],
            Ports("10.0.0.1").Select(p => string.Join(' ', p.Take(3))));
    }

    [Theory]
    [InlineData("2m-2s-sync", 2, 4)]
    [InlineData("2m-2s-async", 2, 4)]
    [InlineData("dledger", 3, 3)]
    [InlineData("2m-noslave", 1, 2)]
    [InlineData("single", 1, 1)]
    public void No_host_holds_a_whole_group_and_the_files_are_clean(string topology, int least, int most)
    {
        var plan = ClusterPlan.Named(topology, "c")!;
        for (var count = least; count <= most; count++) Check(plan, count);
    }

    [Fact]
    public void Large_groups_are_spread_so_that_any_host_may_be_lost()
    {
        for (var hosts = 3; hosts <= 7; hosts++) Check(new ClusterPlan { ClusterName = "c", NameServers = 3, Groups = [new DLedgerGroup("x", 5), new DLedgerGroup("y", 7)] }, hosts);
        for (var hosts = 2; hosts <= 6; hosts++) Check(new ClusterPlan { ClusterName = "c", NameServers = 2, Groups = ClusterPlan.MasterSlave(3, 2, Replication.Sync) }, hosts);
    }

    [Fact]
    public async Task Units_are_what_systemd_takes()
    {
        Programs.Need("systemd-analyze", "units aren't verified");
        Published.To(_folder["out"], ["--publish", "hosts", "--hosts", "10.0.0.1,10.0.0.2"]);
        var units = Directory.GetFiles(_folder["out/10.0.0.1/systemd"]);
        Assert.Equal(3, units.Length);
        var (code, output) = await Programs.RunAsync(_folder.Path, null, "systemd-analyze", ["verify", "--man=no", .. units]);
        Assert.True(code == 0, output);
        Assert.DoesNotContain(_folder.Path, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_are_clean()
    {
        Programs.Need("shellcheck", "scripts aren't checked");
        Published.To(_folder["out"], ["--topology", "single", "--publish", "hosts", "--hosts", "10.0.0.1"]);
        var scripts = Directory.GetFiles(_folder["out/10.0.0.1"], "*.sh").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(["install.sh", "lib.sh", "run-node.sh", "start.sh", "stop.sh"], scripts);
        Assert.Equal((0, ""), await Programs.RunAsync(_folder["out/10.0.0.1"], null, "shellcheck", ["-x", .. scripts]));
    }

    private static void Check(ClusterPlan plan, int count)
    {
        var hosts = Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"10.0.0.{i}")).ToList();
        Assert.Null(HostsPlacement.Problem(hosts, plan));
        var topology = TopologyPlanner.Place(plan, new HostsPlacement(hosts, plan.Groups), out var problems);
        Assert.Empty(problems);
        foreach (var group in topology!.Brokers.GroupBy(b => b.BrokerName, StringComparer.Ordinal))
        {
            var most = group.GroupBy(b => b.Host, StringComparer.Ordinal).Max(h => h.Count());
            if (group.First().IsDLedger) Assert.True(most <= (group.Count() - 1) / 2, $"{most} of {group.Count()} nodes of {group.Key} are on one of {count} hosts");
            else if (group.Count() > 1) Assert.True(most < group.Count(), $"all of {group.Key} is on one of {count} hosts");
        }
        Assert.Equal(count, topology.Brokers.Select(b => b.Host).Concat(topology.NameServers.Select(n => n.Host)).Distinct().Count());
        Assert.Empty(RocketMQLint.Check([.. NodeFile.Of(topology).Select(n => ($"{n.Host}/{n.FileName}", n.Conf))]).Select(r => r.ToString()));
    }

    private List<string[]> Ports(string host) =>
        [.. File.ReadAllLines(_folder[$"out/{host}/firewall.txt"]).Where(l => !l.StartsWith('#')).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    private static SortedDictionary<string, string> Effective(string file)
    {
        var pairs = Pairs(Published.Conf(Path.Combine(AppContext.BaseDirectory, "Reference", file)));
        foreach (var key in Ignored) pairs.Remove(key);
        // The old spellings' effect, under the names that are read now.
        pairs["mappedFileSizeCommitLog"] = "1073741824";
        pairs["mappedFileSizeConsumeQueue"] = "6000000";
        return pairs;
    }

    private static SortedDictionary<string, string> Pairs(PropertiesFile file) => new(file.Lines.ToDictionary(l => l.Key, l => l.Value), StringComparer.Ordinal);
}
