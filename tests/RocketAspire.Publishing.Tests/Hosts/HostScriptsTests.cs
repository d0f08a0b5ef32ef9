using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RocketAspire.Client;
using RocketAspire.Hosting;
using RocketAspire.Hosting.Settings;
using RocketAspire.Hosting.Topology;
using RocketAspire.TestSupport;

namespace RocketAspire.Publishing.Tests.Hosts;

/// <summary>The published scripts, run as a user without root: the distribution they find starts our own nodes.</summary>
public sealed class HostScriptsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PortBlock _ports = PortBlock.Reserve(offset => PortCheck.AllFree(TopologyPlanner.Place(ClusterPlan.Named("single", "c")!, new LocalPlacement("127.0.0.1", offset, "/x"), out _)!, "127.0.0.1"));

    private string Host => _folder["out/127.0.0.1"];

    private Dictionary<string, string> Prefix => new() { ["PREFIX"] = _folder["root"], ["START_SECONDS"] = "20", ["STOP_SECONDS"] = "20" };

    public void Dispose()
    {
        _ports.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Installing_starting_and_stopping_twice_does_it_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the scripts are for Linux");
        Publish();
        OwnNodes.MakeDistribution(_folder["rocketmq"]);
        try
        {
            await InstallTwice();
            await StartTwice();
            await SendsAndKeeps();
            Assert.Equal((0, "broker-a is stopped\n"), await RunAsync("stop.sh", "broker-a"));
            Assert.Equal((0, $"namesrv-1 runs already\nbroker-a listens on {Port(10911)}\n"), await RunAsync("start.sh"));
            Assert.Equal((0, "broker-a is stopped\nnamesrv-1 is stopped\n"), await RunAsync("stop.sh"));
            Assert.Equal((0, "broker-a does not run\nnamesrv-1 does not run\n"), await RunAsync("stop.sh"));
        }
        finally
        {
            await RunAsync("stop.sh");
        }
        Assert.False(OwnNodes.IsTaken(Port(10911)) || OwnNodes.IsTaken(Port(9876)), "a stopped node still listens");
    }

    [Fact]
    public async Task What_is_missing_is_told_in_one_line_and_nothing_is_installed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the scripts are for Linux");
        Publish();
        var environment = Prefix;
        environment["ROCKETMQ_HOME"] = "/nowhere";
        Assert.Equal((2, "install.sh: ROCKETMQ_HOME: there is no /nowhere/bin/mqnamesrv; unpack Apache RocketMQ there or set ROCKETMQ_HOME\n"), await Programs.RunAsync(Host, environment, "sh", "install.sh"));
        Assert.False(Directory.Exists(_folder["root"]));
        Assert.Equal((2, "start.sh: there is no node 'broker-x' on this host; there are namesrv-1 broker-a \n"), await RunAsync("start.sh", "broker-x"));
        Assert.Equal((2, $"start.sh: there is no {_folder["root"]}/etc/rocketmq/namesrv-1.conf: run install.sh first\n"), await RunAsync("start.sh"));
        Assert.Equal((2, "stop.sh: unknown switch '-x' (see --help)\n"), await RunAsync("stop.sh", "-x"));
    }

    [Fact]
    public async Task A_taken_port_and_a_node_that_ends_at_once_are_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the scripts are for Linux");
        Publish();
        OwnNodes.MakeDistribution(_folder["rocketmq"]);
        File.WriteAllText(_folder["rocketmq/bin/mqbroker"], "echo no Java here; exit 1\n");
        await InstallAsync();
        using (var held = new TcpListener(IPAddress.Loopback, Port(9876)))
        {
            held.Start();
            Assert.Equal((2, $"start.sh: port {Port(9876)} of namesrv-1 is taken by another process\n"), await RunAsync("start.sh"));
        }
        var (code, output) = await RunAsync("start.sh", "broker-a");
        Assert.Equal((1, $"start.sh: broker-a ended at once; see {_folder["root"]}/var/lib/rocketmq/run/broker-a.out\n"), (code, output));
        Assert.Equal("no Java here\n", File.ReadAllText(_folder["root/var/lib/rocketmq/run/broker-a.out"]));
    }

    private void Publish() => Published.To(
        _folder["out"],
        ["--topology", "single", "--publish", "hosts", "--hosts", "127.0.0.1", "--port-offset", _ports.Offset.ToString(CultureInfo.InvariantCulture)],
        // A bare host's own address would be told otherwise.
        cluster => cluster.WithBrokerSetting("brokerIP1", "127.0.0.1").WithBrokerSetting("bindAddress", "127.0.0.1"));

    private async Task InstallTwice()
    {
        var first = await InstallAsync();
        Assert.DoesNotContain("unchanged", first, StringComparison.Ordinal);
        var again = await InstallAsync();
        Assert.DoesNotContain("written", again, StringComparison.Ordinal);
        // An admin's heap survives, a changed setting is put right and kept beside.
        File.AppendAllText(_folder["root/etc/rocketmq/rocketmq.env"], "BROKER_JAVA_OPTS=-Xmx1g\n");
        File.AppendAllText(_folder["root/etc/rocketmq/broker-a.properties"], "brokerPermission=4\n");
        var mended = await InstallAsync();
        Assert.Contains($"kept      {_folder["root/etc/rocketmq/rocketmq.env"]}", mended, StringComparison.Ordinal);
        Assert.Contains($"written   {_folder["root/etc/rocketmq/broker-a.properties"]}", mended, StringComparison.Ordinal);
        Assert.Null(Published.Conf(_folder["root/etc/rocketmq/broker-a.properties"]).Get("brokerPermission"));
        Assert.Equal("4", Published.Conf(_folder["root/etc/rocketmq/broker-a.properties.previous"]).Get("brokerPermission"));
        Assert.Equal(_folder["root/data/rocketmq/broker-a/store"], Published.Conf(_folder["root/etc/rocketmq/broker-a.properties"]).Get("storePathRootDir"));
    }

    private async Task StartTwice()
    {
        Assert.Equal((0, $"namesrv-1 listens on {Port(9876)}\nbroker-a listens on {Port(10911)}\n"), await RunAsync("start.sh"));
        Assert.Equal((0, "namesrv-1 runs already\nbroker-a runs already\n"), await RunAsync("start.sh"));
        // What the distribution's scripts were given.
        Assert.Equal($"-Xms1g -Xmx1g -Xmn512m -Duser.home={_folder["root/var/lib/rocketmq"]}\n", File.ReadAllText(_folder["rocketmq/mqnamesrv.options"]));
        Assert.Equal($"-Xmx1g -Duser.home={_folder["root/var/lib/rocketmq"]}\n", File.ReadAllText(_folder["rocketmq/mqbroker.options"]));
    }

    private async Task SendsAndKeeps()
    {
        await using var connection = RocketMQConnection.Create($"127.0.0.1:{Port(9876)}");
        var broker = $"127.0.0.1:{Port(10911)}";
        await Eventually.TrueAsync("the broker is registered", async () => (await new RocketMQAdmin(connection).GetClusterInfoAsync(TestContext.Current.CancellationToken)).BrokerAddrTable.ContainsKey("broker-a"));
        var sent = await new MessageSender(connection).SendAsync(broker, new MessageQueue("Check", "broker-a", 0), new RocketMQMessage { Topic = "Check", Body = "hello"u8.ToArray() }, TestContext.Current.CancellationToken);
        Assert.Equal(SendStatus.Ok, sent.Status);
        Assert.True(Directory.Exists(_folder["root/data/rocketmq/broker-a/store/commitlog"]));
    }

    private async Task<string> InstallAsync()
    {
        var environment = Prefix;
        environment["ROCKETMQ_HOME"] = _folder["rocketmq"];
        var (code, output) = await Programs.RunAsync(Host, environment, "sh", "install.sh");
        Assert.True(code == 0, output);
        return output;
    }

    private Task<(int Code, string Output)> RunAsync(string script, params string[] args) => Programs.RunAsync(Host, Prefix, "sh", [script, .. args]);

    private int Port(int port) => port + _ports.Offset;
}
