using System.Text;
using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.NameServer.Tests;

public sealed class RouteShapeTests
{
    private const string MasterA = "127.0.0.1:10911";

    [Theory]
    [InlineData(RocketMQVersion.V4_9_4 - 1, null, "{0:\"127.0.0.1:10911\",1:\"127.0.0.1:11911\"}")]
    [InlineData(RocketMQVersion.V4_9_4 - 1, "true", "{\"0\":\"127.0.0.1:10911\",\"1\":\"127.0.0.1:11911\"}")]
    [InlineData(RocketMQVersion.V4_9_4, null, "{\"0\":\"127.0.0.1:10911\",\"1\":\"127.0.0.1:11911\"}")]
    public async Task Keys_of_a_route_are_bare_or_quoted_by_the_clients_version(int version, string? standardOnly, string addresses)
    {
        await using var cluster = await StartWithGroupAsync();

        var answer = await cluster.AskAsync(RequestCode.GetRouteinfoByTopic, new() { { "topic", "TopicA" }, { "acceptStandardJsonOnly", standardOnly } }, version: version);

        Assert.Equal(
            "{\"brokerDatas\":[{\"brokerAddrs\":" + addresses + ",\"brokerName\":\"broker-a\",\"cluster\":\"DefaultCluster\"}],\"filterServerTable\":{},"
            + "\"queueDatas\":[{\"brokerName\":\"broker-a\",\"perm\":6,\"readQueueNums\":4,\"topicSysFlag\":0,\"writeQueueNums\":4}]}",
            Encoding.UTF8.GetString(answer.Body.Span));
    }

    [Fact]
    public async Task Cluster_info_has_the_shape_of_fastjson()
    {
        await using var cluster = await StartWithGroupAsync();

        var answer = await cluster.AskAsync(RequestCode.GetBrokerClusterInfo, version: 0);

        Assert.Equal(
            """{"brokerAddrTable":{"broker-a":{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:11911"},"brokerName":"broker-a","cluster":"DefaultCluster"}},"clusterAddrTable":{"DefaultCluster":["broker-a"]}}""",
            Encoding.UTF8.GetString(answer.Body.Span));
    }

    [Fact]
    public async Task An_unknown_topic_is_answered_with_17()
    {
        await using var cluster = await Cluster.StartAsync();

        var answer = await cluster.AskAsync(RequestCode.GetRouteinfoByTopic, new() { { "topic", "Nope" } });

        Assert.Equal((ResponseCode.TopicNotExist, "No topic route info in name server for the topic: Nope\nSee http://rocketmq.apache.org/docs/faq/ for further details."), (answer.Code, answer.Remark));
    }

    [Fact]
    public async Task An_ordered_topic_carries_its_configuration_when_the_setting_says_so()
    {
        await using var cluster = await StartWithGroupAsync(new() { Settings = new() { OrderMessageEnable = true } });
        await cluster.AskAsync(RequestCode.PutKvConfig, new() { { "namespace", "ORDER_TOPIC_CONFIG" }, { "key", "TopicA" }, { "value", "broker-a:4" } });

        var route = await cluster.RouteAsync("TopicA");
        var registered = await cluster.RegisterAsync(new(cluster.NewClient(), "broker-b", 0, "127.0.0.1:12911"));

        Assert.Equal("broker-a:4", route!.OrderTopicConf);
        Assert.Equal("broker-a:4", KvTable.Decode(registered.Body.Span).Table["TopicA"]);
    }

    [Fact]
    public async Task The_members_of_a_group_are_told()
    {
        await using var cluster = await StartWithGroupAsync();

        var answer = await cluster.AskAsync(RequestCode.GetBrokerMemberGroup, new() { { "clusterName", Cluster.Name }, { "brokerName", "broker-a" } });
        var members = BrokerMemberGroup.Decode(answer.Body.Span);

        Assert.Equal([new(0, MasterA), new(1, "127.0.0.1:11911")], members.BrokerAddrs);
    }

    [Fact]
    public async Task Topics_of_our_own_are_routable_but_not_listed()
    {
        await using var cluster = await Cluster.StartAsync();
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA)
        {
            Topics = [new() { TopicName = "TopicA" }, new() { TopicName = TopicNames.Probe }, new() { TopicName = TopicNames.TermMarker }, new() { TopicName = TopicNames.Metadata }],
        });

        var all = TopicList.Decode((await cluster.AskAsync(RequestCode.GetAllTopicListFromNameserver)).Body.Span);
        var ofCluster = TopicList.Decode((await cluster.AskAsync(RequestCode.GetTopicsByCluster, new() { { "cluster", Cluster.Name } })).Body.Span);
        var ofOther = TopicList.Decode((await cluster.AskAsync(RequestCode.GetTopicsByCluster, new() { { "cluster", "other" } })).Body.Span);

        Assert.Equal(["TopicA"], all.Topics);
        Assert.Equal(["TopicA"], ofCluster.Topics);
        Assert.Empty(ofOther.Topics);
        Assert.NotNull(await cluster.RouteAsync(TopicNames.Probe));
    }

    [Fact]
    public async Task Names_of_clusters_and_brokers_are_system_topics()
    {
        await using var cluster = await StartWithGroupAsync();

        var list = TopicList.Decode((await cluster.AskAsync(RequestCode.GetSystemTopicListFromNs)).Body.Span);

        Assert.Equal([Cluster.Name, "broker-a"], list.Topics);
        Assert.Equal(MasterA, list.BrokerAddr);
    }

    [Fact]
    public async Task Unit_topics_are_told_apart_by_their_flag()
    {
        await using var cluster = await Cluster.StartAsync();
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA)
        {
            Topics = [.. Enumerable.Range(0, 4).Select(static flag => new TopicConfig { TopicName = "T" + flag, TopicSysFlag = flag })],
        });

        async Task<IEnumerable<string>> ListAsync(int code) => TopicList.Decode((await cluster.AskAsync(code)).Body.Span).Topics.Order();

        Assert.Equal(["T1", "T3"], await ListAsync(RequestCode.GetUnitTopicList));
        Assert.Equal(["T2", "T3"], await ListAsync(RequestCode.GetHasUnitSubTopicList));
        Assert.Equal(["T2"], await ListAsync(RequestCode.GetHasUnitSubUnunitTopicList));
    }

    [Fact]
    public async Task Write_permission_is_taken_from_a_group_and_given_back()
    {
        await using var cluster = await StartWithGroupAsync();

        var wiped = await cluster.AskAsync(RequestCode.WipeWritePermOfBroker, new() { { "brokerName", "broker-a" } });
        var during = (await cluster.RouteAsync("TopicA"))!.QueueDatas[0].Perm;
        var added = await cluster.AskAsync(RequestCode.AddWritePermOfBroker, new() { { "brokerName", "broker-a" } });

        Assert.Equal("2", wiped.ExtFields["wipeTopicCount"]);
        Assert.Equal(PermName.Read, during);
        Assert.Equal("2", added.ExtFields["addTopicCount"]);
        Assert.Equal(PermName.ReadWrite, (await cluster.RouteAsync("TopicA"))!.QueueDatas[0].Perm);
    }

    [Fact]
    public async Task A_deleted_topic_has_no_route_any_more()
    {
        await using var cluster = await StartWithGroupAsync();

        await cluster.AskAsync(RequestCode.DeleteTopicInNamesrv, new() { { "topic", "TopicA" }, { "clusterName", "other" } });
        Assert.NotNull(await cluster.RouteAsync("TopicA"));
        await cluster.AskAsync(RequestCode.DeleteTopicInNamesrv, new() { { "topic", "TopicA" } });

        Assert.Null(await cluster.RouteAsync("TopicA"));
        Assert.NotNull(await cluster.RouteAsync("TBW102"));
    }

    [Fact]
    public async Task A_slave_acts_as_master_only_where_group_and_setting_allow_it()
    {
        await using var cluster = await Cluster.StartAsync(new() { Settings = new() { SupportActingMaster = true } });
        var master = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA) { EnableActingMaster = true };
        await cluster.RegisterAsync(master);
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 1, "127.0.0.1:11911") { EnableActingMaster = true });

        await master.Client.DisposeAsync();
        await Eventually.TrueAsync("the slave to act as master", async () =>
            (await cluster.RouteAsync("TopicA"))!.BrokerDatas[0].MasterAddress == "127.0.0.1:11911");

        Assert.Equal(PermName.Read, (await cluster.RouteAsync("TopicA"))!.QueueDatas[0].Perm);
        Assert.Equal([1L], (await cluster.InfoAsync()).BrokerAddrTable["broker-a"].BrokerAddrs.Keys);
    }

    private static async Task<Cluster> StartWithGroupAsync(NameServerOptions? options = null)
    {
        var cluster = await Cluster.StartAsync(options);
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA));
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 1, "127.0.0.1:11911"));
        return cluster;
    }
}
