using RocketAspire.Hosting.Lint;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Tests.Lint;

public sealed class LintTests
{
    [Theory]
    [InlineData("2m-2s-sync")]
    [InlineData("2m-2s-async")]
    [InlineData("2m-noslave")]
    [InlineData("dledger")]
    [InlineData("single")]
    public void Generated_files_are_clean(string name)
    {
        var plan = ClusterPlan.Named(name, "rocketmq-cluster")!;
        foreach (var placement in (Placement[])[new LocalPlacement("127.0.0.1", 0, "/data"), new HostsPlacement(["10.0.0.1", "10.0.0.2", "10.0.0.3"], plan.Groups)])
        {
            var topology = TopologyPlanner.Place(plan, placement, out _)!;
            var files = topology.NameServers.Select(n => ($"{n.Host}/{n.Name}.conf", PropertiesFile.Parse(n.Conf.Write())))
                .Concat(topology.Brokers.Select(b => ($"{b.Host}/{b.Name}.conf", PropertiesFile.Parse(b.Conf.Write())))).ToList();
            Assert.Empty(RocketMQLint.Check(files).Select(r => r.ToString()));
        }
    }

    [Fact]
    public void Each_ignored_key_of_a_hand_written_deployment_is_named()
    {
        var remarks = RocketMQLint.Check(ReferenceFiles.All("2m-2s-sync"));
        foreach (var file in remarks.GroupBy(r => r.File))
        {
            Assert.Equal(
                ["mapedFileSizeCommitLog", "mapedFileSizeConsumeQueue", "storePathConsumeQueue", "storePathIndex", "storeCheckpoint", "abortFile"],
                file.Where(r => r.Message.StartsWith("is ignored", StringComparison.Ordinal)).Select(r => r.Key));
            Assert.Equal(file.Key.EndsWith("-s.properties", StringComparison.Ordinal) ? 6 : 7, file.Count());
        }
        Assert.Equal(4, remarks.Select(r => r.File).Distinct().Count());
        Assert.Contains("2m-2s-sync/172.17.160.28/broker-a.properties:12: warning mapedFileSizeConsumeQueue: is ignored: it counted entries, mappedFileSizeConsumeQueue counts bytes (20 an entry); write mappedFileSizeConsumeQueue=6000000", remarks.Select(r => r.ToString()));
        Assert.Equal(2, remarks.Count(r => r.Key == "brokerRole" && r.Message.Contains("inSyncReplicas=2", StringComparison.Ordinal)));
        Assert.Empty(RocketMQLint.Check(ReferenceFiles.All("dledger")));
    }

    [Theory]
    [InlineData("mappedFileSizeConsumeQueue=300000", "warning mappedFileSizeConsumeQueue: counts bytes, 20 an entry: these are 15000 entries a file; for 300000 entries write mappedFileSizeConsumeQueue=6000000")]
    [InlineData("mappedFileSizeConsumeQueue=30001", "warning mappedFileSizeConsumeQueue: an entry has 20 bytes: it is rounded up to 30020")]
    [InlineData("listenPort=10911 ", "error listenPort: has a blank after its value; Apache's broker then keeps its default 10911")]
    [InlineData("slaveReadEnable=true ", "error slaveReadEnable: has a blank after its value; Apache's broker then reads false")]
    [InlineData("slaveTimeout=3s", "error slaveTimeout: '3s' is not a whole number of at least 1; Apache's broker then keeps its default 3000")]
    [InlineData("popCkMaxBufferSize=many", "error popCkMaxBufferSize: 'many' is not a whole number; Apache's broker then keeps its default 200000")]
    [InlineData("brokerRole=MASTER", "error brokerRole: 'MASTER' is not ASYNC_MASTER or SYNC_MASTER or SLAVE")]
    [InlineData("haSlaveFallbehindMax=1000", "warning haSlaveFallbehindMax: is ignored from 5.0 on; write haMaxGapNotInSync=1000 there")]
    [InlineData("brokerId=2", "warning brokerId: has no effect: a master is always 0; write brokerRole=SLAVE if it is one")]
    [InlineData("inSyncReplicas=2", "warning inSyncReplicas: has no effect: ASYNC_MASTER waits for nobody")]
    [InlineData("dLegerGroup=a", "warning dLegerGroup: has no effect without enableDLegerCommitLog=true")]
    [InlineData("namesrvAddr=a:1,b:2", "error namesrvAddr: name servers are parted by semicolons; write a:1;b:2")]
    [InlineData("namesrvAddr=10.0.0.1", "error namesrvAddr: '10.0.0.1' is not ip:port")]
    [InlineData("deleteWhen=4", "warning deleteWhen: '4' is no hour from 00 to 23: nothing is deleted then")]
    [InlineData("haListenPort=10909", "error haListenPort: the HA port 10909 is also the VIP port (listenPort - 2) of the same node")]
    [InlineData("maxMessageSize=2000000000", "error maxMessageSize: a message of 2000000000 bytes fits in no log file of 1073741824")]
    public void A_line_is_remarked_upon(string line, string remark) =>
        Assert.Equal(["b.conf:2: " + remark], RocketMQLint.Check([("b.conf", PropertiesFile.Parse("# a file\n" + line))]).Select(r => r.ToString()));

    [Theory]
    [InlineData("brokerRole=SLAVE", "b.conf:1: error brokerId: a SLAVE needs a number above 0; 0 is its master's")]
    [InlineData("brokerRole=SYNC_MASTER", "b.conf:1: warning brokerRole: SYNC_MASTER waits for no slave from 5.0 on unless inSyncReplicas=2 (with totalReplicas=2) is set too")]
    [InlineData("brokerRole=SYNC_MASTER\ninSyncReplicas=2", "b.conf:2: error inSyncReplicas: 2 copies are to be waited for, but totalReplicas is 1")]
    [InlineData("brokerRole=SLAVE\nbrokerId=1\nbrokerId=2", "b.conf:2: warning brokerId: is set again in line 3, which wins")]
    [InlineData("transientStorePoolEnable=true\nflushDiskType=SYNC_FLUSH", "b.conf:1: warning transientStorePoolEnable: has no effect except on a master with ASYNC_FLUSH")]
    [InlineData("enableDLegerCommitLog=true\ndLegerGroup=g\ndLegerPeers=n0-h:1;n1-h:2;n2-h:3\ndLegerSelfId=n3", "b.conf:4: error dLegerSelfId: n3 is not among dLegerPeers")]
    [InlineData("enableDLegerCommitLog=true\ndLegerGroup=g\ndLegerPeers=n0-h:1;n1-h:2\ndLegerSelfId=n1", "b.conf:3: warning dLegerPeers: 2 nodes: a group needs three at least to outlive the loss of one")]
    public void A_combination_is_remarked_upon(string text, string remark) =>
        Assert.Equal([remark], RocketMQLint.Check([("b.conf", PropertiesFile.Parse(text))]).Select(r => r.ToString()));

    [Fact]
    public void Files_of_one_host_are_held_against_each_other()
    {
        var one = PropertiesFile.Parse("brokerName=a\nbrokerIP1=10.0.0.1\nlistenPort=10911\nstorePathRootDir=/x");
        var two = PropertiesFile.Parse("brokerName=a\nbrokerIP1=10.0.0.1\nlistenPort=10913\nstorePathRootDir=/x/");
        Assert.Equal(
        [
            "q/two.conf:1: error brokerId: p/one.conf is already brokerId 0 of a; at the name server one would replace the other",
            "q/two.conf:3: error listenPort: the VIP port (listenPort - 2) 10911 is also the listen port of p/one.conf",
            "q/two.conf:4: error storePathRootDir: p/one.conf has the same store; two brokers in one store destroy it",
        ], RocketMQLint.Check([("p/one.conf", one), ("q/two.conf", two)]).Select(r => r.ToString()));
    }

    [Fact]
    public void DLedger_nodes_with_different_peers_are_told()
    {
        PropertiesFile Node(string id, string last) => PropertiesFile.Parse($"enableDLegerCommitLog=true\ndLegerGroup=g\ndLegerPeers=n0-h0:1;n1-h1:1;n2-{last}:1\ndLegerSelfId={id}");
        Assert.Equal(["h1/b.conf:3: error dLegerPeers: h0/b.conf lists other nodes of g; all nodes of a group need the same list"],
            RocketMQLint.Check([("h0/b.conf", Node("n0", "h2")), ("h1/b.conf", Node("n1", "h3"))]).Select(r => r.ToString()));
    }

    [Fact]
    public void A_name_servers_file_is_held_against_its_own_keys() =>
        Assert.Equal(
        [
            "namesrv.conf:2: warning brokerName: is a broker's setting; no name server reads it",
            "namesrv.conf:3: warning kvConfigPaht: is not known; did you mean kvConfigPath?",
        ], RocketMQLint.Check([("namesrv.conf", PropertiesFile.Parse("listenPort=9876\nbrokerName=a\nkvConfigPaht=/x"))]).Select(r => r.ToString()));

    [Fact]
    public void The_command_tells_by_its_exit_code_what_it_found()
    {
        var output = new StringWriter();
        Assert.Null(LintCommand.Run(["--topology", "single"], p => p, output, output));
        Assert.Equal(1, LintCommand.Run(["--lint", ReferenceFiles.Root], p => p, output, output));
        Assert.EndsWith("7 files, 0 errors, 26 warnings" + Environment.NewLine, output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, LintCommand.Run(["--lint", Path.Combine(ReferenceFiles.Root, "dledger")], p => p, output, output));
        var errors = new StringWriter();
        Assert.Equal(2, LintCommand.Run(["--lint"], p => p, output, errors));
        Assert.Equal(2, LintCommand.Run(["--lint", "/nowhere/at.all"], p => p, output, errors));
        Assert.Equal(2, errors.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
