using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace RocketAspire.Hosting.Tests;

/// <summary>The nodes' commands and what fault control needs of their processes; nothing is started.</summary>
public sealed class NodeCommandTests
{
    private static readonly string[] ProcessCommands = ["kill", "pause", "resume"];

    private static readonly string[] MachineCommands =
    [
        "delay-peers", "drop-peers", "duplicate-peers", "heal",
        "slow-disk", "full-disk", "fail-disk", "heal-disk", "clock-ahead", "clock-behind", "clock-right",
    ];

    [Fact]
    public void A_name_server_can_be_killed_and_paused() => Model([], cluster => Assert.Equal(ProcessCommands, Names(Node(cluster, "namesrv-1"))));

    [Fact]
    public void A_broker_can_be_harmed_in_each_way_and_parted_from_each_other_node_of_its_group() => Model([], cluster =>
    {
        string[] isolate = ["isolate", "isolate-in", "isolate-out"];
        Assert.Equal([.. ProcessCommands, .. isolate, "isolate-from-broker-a-s", "isolate-from-namesrv", .. MachineCommands], Names(Node(cluster, "broker-a")));
        cluster.WithDLedger("broker-x", 3);
        Assert.Equal([.. ProcessCommands, .. isolate, "isolate-from-broker-x-n0", "isolate-from-broker-x-n2", "isolate-from-namesrv", .. MachineCommands], Names(Node(cluster, "broker-x-n1")));
    });

    [Fact]
    public void What_destroys_asks_first_and_what_heals_does_not() => Model([], cluster =>
    {
        var asks = Commands(Node(cluster, "broker-a")).Where(c => c.ConfirmationMessage is not null).Select(c => c.Name);
        Assert.Equal(["kill", "pause", "isolate", "isolate-in", "isolate-out", "isolate-from-broker-a-s", "isolate-from-namesrv", "full-disk", "fail-disk"], asks);
    });

    [Fact]
    public void Peers_are_called_as_their_group_calls_them() => Model([], cluster =>
    {
        Assert.Equal(["", "0", "1"], ((string[])["namesrv-1", "broker-b", "broker-b-s"]).Select(n => Node(cluster, n).PeerName));
        cluster.WithDLedger("broker-x", 3);
        Assert.Equal("n2", Node(cluster, "broker-x-n2").PeerName);
    });

    [Fact]
    public void Each_broker_is_told_its_socket_and_a_leaders_address_where_it_has_one()
    {
        List<object> masters = [], voters = [];
        string folder = "";
        Model([], cluster =>
        {
            masters = Args(Node(cluster, "broker-a"));
            cluster.WithDLedger("broker-x", 3);
            voters = Args(Node(cluster, "broker-x-n1"));
            folder = cluster.Resource.DataPath;
            Assert.DoesNotContain(Args(Node(cluster, "namesrv-1")), a => a.ToString()!.Contains("fault", StringComparison.Ordinal));
        });
        Assert.Equal([$"--fault-control={folder}/broker-a/store/fault.sock"], masters[^1..]);
        Assert.Equal(["--leader-address", "127.0.0.1:14911", $"--fault-control={folder}/broker-x-n1/store/fault.sock"], voters[^3..]);
    }

    [Fact]
    public void A_store_too_deep_for_a_socket_gets_a_short_one()
    {
        var deep = Directory.CreateTempSubdirectory("rocketaspire-test-").FullName;
        try
        {
            Model(["--data-path", Path.Combine(deep, new string('x', 100))], cluster =>
            {
                var argument = Args(Node(cluster, "broker-a"))[^1].ToString()!;
                Assert.StartsWith("--fault-control=", argument, StringComparison.Ordinal);
                Assert.EndsWith("/broker-a.sock", argument, StringComparison.Ordinal);
                Assert.True(Encoding.UTF8.GetByteCount(argument) < "--fault-control=".Length + 104, argument);
                Assert.NotNull(Node(cluster, "broker-a").Faults);
            });
        }
        finally
        {
            Directory.Delete(deep, recursive: true);
        }
    }

    private static IRocketMQNode Node(IResourceBuilder<RocketMQClusterResource> cluster, string name) => cluster.Resource.Nodes.Single(n => n.Name == name);

    private static IEnumerable<ResourceCommandAnnotation> Commands(IRocketMQNode node) => node.Annotations.OfType<ResourceCommandAnnotation>();

    private static IEnumerable<string> Names(IRocketMQNode node) => Commands(node).Select(c => c.Name);

    private static List<object> Args(IRocketMQNode node)
    {
        var args = new List<object>();
        foreach (var callback in node.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            Assert.True(callback.Callback(new CommandLineArgsCallbackContext(args)).IsCompletedSuccessfully);
        return args;
    }

    private static void Model(string[] args, Action<IResourceBuilder<RocketMQClusterResource>> use)
    {
        var builder = DistributedApplicationTestingBuilder.Create(args);
        var cluster = builder.AddRocketMQ("rocketmq");
        try
        {
            use(cluster);
        }
        finally
        {
            using var app = builder.Build();
        }
    }
}
