using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Config;

namespace RocketAspire.Hosting.Tests;

/// <summary>What an AppHost's calls make of the model; nothing is started.</summary>
public sealed class FluentTests
{
    [Fact]
    public void A_cluster_has_the_default_nodes_at_once() =>
        Model([], cluster => Assert.Equal(["namesrv-1", "namesrv-2", "broker-a", "broker-a-s", "broker-b", "broker-b-s"], cluster.Resource.Nodes.Select(n => n.Name)));

    [Fact]
    public void Groups_and_name_servers_are_what_the_calls_say() => Model([], cluster =>
    {
        cluster.WithNameServers(3).WithMasterSlave(1, 2, Replication.Async);
        Assert.Equal("127.0.0.1:9876;127.0.0.1:9877;127.0.0.1:9878", cluster.Resource.Topology!.NameServerList);
        Assert.Equal(["broker-a ASYNC_MASTER", "broker-a-s SLAVE", "broker-a-s2 SLAVE"], cluster.Resource.Topology.Brokers.Select(b => $"{b.Name} {b.Role}"));
        Assert.Equal(6, cluster.ApplicationBuilder.Resources.OfType<IRocketMQNode>().Count());
    });

    [Fact]
    public void DLedger_groups_add_up() => Model([], cluster =>
    {
        cluster.WithDLedger("broker-x", 3).WithDLedger("broker-y", 5);
        Assert.Equal(8, cluster.Resource.Topology!.Brokers.Length);
    });

    [Fact]
    public void A_broker_setting_reaches_the_brokers_it_is_for() => Model([], cluster =>
    {
        cluster.WithBrokerSetting("maxMessageSize", "1000").WithBrokerSetting("maxMessageSize", "2000", "broker-b-s").WithHostPort("broker-b-s", 15911);
        Assert.Equal([1000, 1000, 1000, 2000], cluster.Resource.Topology!.Brokers.Select(b => b.Settings.Get(BrokerConf.MaxMessageSize)));
        Assert.Equal("127.0.0.1:15911", cluster.Resource.Nodes[^1].Address);
        Assert.Equal(15911, cluster.Resource.Nodes[^1].Annotations.OfType<EndpointAnnotation>().Single().Port);
    });

    [Fact]
    public void Two_settings_that_are_right_only_together_may_come_in_any_order() => Model(["--topology", "2m-noslave"], cluster =>
    {
        cluster.WithBrokerSetting("brokerRole", "SLAVE", "broker-b");
        Assert.Null(cluster.Resource.Topology);
        cluster.WithBrokerSetting("brokerName", "broker-a", "broker-b").WithBrokerSetting("brokerId", "1", "broker-b");
        Assert.Equal(["ASYNC_MASTER", "SLAVE"], cluster.Resource.Topology!.Brokers.Select(b => b.Role));
    });

    [Fact]
    public void What_is_wrong_is_said_when_the_application_starts()
    {
        var error = Assert.Throws<RocketMQSettingException>(() => Model([], cluster => cluster.WithBrokerSetting("flushDiskTyp", "x"), start: true));
        Assert.Equal("flushDiskTyp of broker-a: is not known; did you mean flushDiskType? (and 3 more)", error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public void A_switch_wins_over_the_AppHosts_named_topology_and_clashes_with_its_own_groups() => Model(["--topology=single", "--name-servers=2"], cluster =>
    {
        cluster.WithTopology("2m-2s-async").WithNameServers(5);
        Assert.Equal((2, 1), (cluster.Resource.Topology!.NameServers.Length, cluster.Resource.Topology.Brokers.Length));
        Assert.Equal("--topology single: this AppHost has its own broker groups; leave the setting out", Assert.Throws<RocketMQSettingException>(() => cluster.WithMasterSlave(1, 1, Replication.Sync)).Message);
    });

    [Fact]
    public void Settings_come_from_the_section_too() => Model([], cluster => Assert.Single(cluster.Resource.Topology!.Brokers), ("RocketMQ:Topology", "single"));

    [Fact]
    public void The_connection_string_is_the_list_of_name_servers() =>
        Model(["--port-offset", "100"], cluster =>
        {
            foreach (var node in cluster.Resource.Nodes)
            {
                var endpoint = node.Annotations.OfType<EndpointAnnotation>().Single();
                endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "127.0.0.1", endpoint.Port!.Value);
            }
            var text = cluster.Resource.ConnectionStringExpression.GetValueAsync(TestContext.Current.CancellationToken);
            Assert.True(text.IsCompletedSuccessfully);
            Assert.Equal("127.0.0.1:9976;127.0.0.1:9977", text.Result);
        });

    [Fact]
    public void A_second_clusters_nodes_have_names_of_their_own() => Model(["--port-offset=auto"], cluster =>
    {
        var other = cluster.ApplicationBuilder.AddRocketMQ("other");
        Assert.Equal("other-broker-a", other.Resource.Nodes[2].Name);
        Assert.Empty(cluster.Resource.Topology!.Ports().Select(p => p.Port).Intersect(other.Resource.Topology!.Ports().Select(p => p.Port)));
    });

    private static void Model(string[] args, Action<IResourceBuilder<RocketMQClusterResource>> use, params (string Key, string Value)[] settings) => Model(args, use, false, settings);

    private static void Model(string[] args, Action<IResourceBuilder<RocketMQClusterResource>> use, bool start, params (string Key, string Value)[] settings)
    {
        var builder = DistributedApplicationTestingBuilder.Create(args);
        foreach (var (key, value) in settings) builder.Configuration[key] = value;
        var cluster = builder.AddRocketMQ("rocketmq");
        string folder;
        try
        {
            use(cluster);
        }
        finally
        {
            folder = cluster.Resource.DataPath;
            using var app = builder.Build();
            if (start) app.StartAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        }
        Assert.False(Directory.Exists(folder), "the temporary folder is left");
    }
}
