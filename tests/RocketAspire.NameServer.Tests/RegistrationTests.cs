using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.NameServer.Tests;

public sealed class RegistrationTests
{
    private const string MasterA = "127.0.0.1:10911";
    private const string SlaveA = "127.0.0.1:11911";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_registered_broker_has_a_route(bool compressed)
    {
        await using var cluster = await Cluster.StartAsync();

        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA) { Compressed = compressed });

        var route = await cluster.RouteAsync("TopicA");
        Assert.Equal([new QueueData { BrokerName = "broker-a", ReadQueueNums = 4, WriteQueueNums = 4, Perm = 6 }], route!.QueueDatas);
        Assert.Equal(MasterA, Assert.Single(route.BrokerDatas).MasterAddress);
        Assert.Null(await cluster.RouteAsync("TopicB"));
    }

    [Fact]
    public async Task A_topic_on_two_brokers_has_both_in_its_route()
    {
        await using var cluster = await Cluster.StartAsync();
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-b", 0, "127.0.0.1:12911"));
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA));
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 1, SlaveA));

        var route = await cluster.RouteAsync("TopicA");
        var info = await cluster.InfoAsync();

        Assert.Equal(["broker-a", "broker-b"], route!.QueueDatas.Select(static queue => queue.BrokerName));
        Assert.Equal([new(0, MasterA), new(1, SlaveA)], route.BrokerDatas[0].BrokerAddrs);
        Assert.Equal(["broker-a", "broker-b"], info.ClusterAddrTable[Cluster.Name]);
        Assert.Equal(2, info.BrokerAddrTable["broker-a"].BrokerAddrs.Count);
    }

    [Fact]
    public async Task A_slave_learns_its_master_from_the_answer()
    {
        await using var cluster = await Cluster.StartAsync();
        var slave = new BrokerNode(cluster.NewClient(), "broker-a", 1, SlaveA);

        var alone = await cluster.RegisterAsync(slave);
        var master = await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA) { HaAddress = "127.0.0.1:10912" });
        var both = await cluster.RegisterAsync(slave);

        Assert.Empty(alone.ExtFields);
        Assert.Empty(master.ExtFields);
        Assert.Equal(MasterA, both.ExtFields["masterAddr"]);
        Assert.Equal("127.0.0.1:10912", both.ExtFields["haServerAddr"]);
    }

    [Fact]
    public async Task A_slave_brings_no_topics_of_its_own()
    {
        await using var cluster = await Cluster.StartAsync();

        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 1, SlaveA));

        Assert.Null(await cluster.RouteAsync("TopicA"));
    }

    [Fact]
    public async Task A_slave_without_master_brings_the_topics_when_it_is_of_5_x()
    {
        await using var cluster = await Cluster.StartAsync();

        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 1, SlaveA) { EnableActingMaster = false });

        Assert.Equal(SlaveA, (await cluster.RouteAsync("TopicA"))!.BrokerDatas[0].BrokerAddrs[1]);
    }

    [Fact]
    public async Task Changed_topics_count_only_with_a_changed_version()
    {
        await using var cluster = await Cluster.StartAsync();
        var broker = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);
        await cluster.RegisterAsync(broker);
        var wider = broker with { Topics = [new() { TopicName = "TopicA", ReadQueueNums = 9, WriteQueueNums = 9 }, new() { TopicName = "TopicNew" }] };

        await cluster.RegisterAsync(wider);
        Assert.Equal(4, (await cluster.RouteAsync("TopicA"))!.QueueDatas[0].ReadQueueNums);
        Assert.NotNull(await cluster.RouteAsync("TopicNew"));

        await cluster.RegisterAsync(wider with { Version = broker.Version.Next(1) });
        Assert.Equal(9, (await cluster.RouteAsync("TopicA"))!.QueueDatas[0].ReadQueueNums);
        Assert.NotNull(await cluster.RouteAsync("TBW102"));
    }

    [Fact]
    public async Task Topics_that_a_registration_leaves_out_go_when_the_setting_says_so()
    {
        await using var cluster = await Cluster.StartAsync(new() { Settings = new() { DeleteTopicWithBrokerRegistration = true } });
        var broker = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);
        await cluster.RegisterAsync(broker);

        await cluster.RegisterAsync(broker with { Topics = [broker.Topics[0]], Version = broker.Version.Next(1) });

        Assert.NotNull(await cluster.RouteAsync("TopicA"));
        Assert.Null(await cluster.RouteAsync("TBW102"));
    }

    [Fact]
    public async Task A_goodbye_removes_the_broker_and_with_the_last_node_the_topics()
    {
        await using var cluster = await Cluster.StartAsync();
        var master = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);
        var slave = new BrokerNode(cluster.NewClient(), "broker-a", 1, SlaveA);
        await cluster.RegisterAsync(master);
        await cluster.RegisterAsync(slave);

        await cluster.AskAsync(RequestCode.UnregisterBroker, master.Goodbye(), from: master.Client);
        var left = await cluster.RouteAsync("TopicA");
        await cluster.AskAsync(RequestCode.UnregisterBroker, slave.Goodbye(), from: slave.Client);

        Assert.Equal([new(1, SlaveA)], left!.BrokerDatas[0].BrokerAddrs);
        Assert.Equal(PermName.ReadWrite, left.QueueDatas[0].Perm);
        Assert.Null(await cluster.RouteAsync("TopicA"));
        Assert.Empty((await cluster.InfoAsync()).ClusterAddrTable);
    }

    [Fact]
    public async Task A_closed_connection_unregisters_its_broker_at_once()
    {
        await using var cluster = await Cluster.StartAsync();
        var broker = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);
        await cluster.RegisterAsync(broker);

        await broker.Client.DisposeAsync();

        await Eventually.TrueAsync("the broker to be gone", async () => await cluster.RouteAsync("TopicA") is null);
    }

    [Fact]
    public async Task A_broker_that_came_back_over_a_new_connection_survives_the_end_of_the_old_one()
    {
        await using var cluster = await Cluster.StartAsync();
        var before = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);
        var witness = new BrokerNode(before.Client, "broker-w", 0, "127.0.0.1:12911");
        await cluster.RegisterAsync(before);
        await cluster.RegisterAsync(witness);
        await cluster.RegisterAsync(before with { Client = cluster.NewClient() });

        await before.Client.DisposeAsync();
        await Eventually.TrueAsync("the witness to be gone", async () => !(await cluster.InfoAsync()).BrokerAddrTable.ContainsKey("broker-w"));

        Assert.Equal(MasterA, (await cluster.RouteAsync("TopicA"))!.BrokerDatas[0].MasterAddress);
    }

    [Fact]
    public async Task A_silent_broker_expires_after_120_s_and_is_cut_off()
    {
        await using var cluster = await Cluster.StartAsync(new() { Remoting = new() { IdleTimeout = TimeSpan.FromHours(1) } });
        var broker = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);
        await cluster.RegisterAsync(broker);

        cluster.Clock.Advance(TimeSpan.FromSeconds(120));
        Assert.NotNull(await cluster.RouteAsync("TopicA"));
        cluster.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Null(await cluster.RouteAsync("TopicA"));
        await Eventually.TrueAsync("its connection to be closed", () => broker.Client.ConnectedAddresses.Count == 0);
    }

    [Theory]
    [InlineData(RequestCode.BrokerHeartbeat)]
    [InlineData(RequestCode.QueryDataVersion)]
    public async Task Signs_of_life_keep_a_broker_registered(int code)
    {
        await using var cluster = await Cluster.StartAsync(new() { Remoting = new() { IdleTimeout = TimeSpan.FromHours(1) } });
        var broker = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);
        await cluster.RegisterAsync(broker);

        for (var i = 0; i < 5; i++)
        {
            cluster.Clock.Advance(TimeSpan.FromSeconds(100));
            Assert.Equal(0, (await cluster.AskAsync(code, broker.Goodbye(), broker.Version.Encode(), broker.Client)).Code);
        }

        Assert.NotNull(await cluster.RouteAsync("TopicA"));
    }

    [Fact]
    public async Task A_broker_may_set_its_own_limit_of_silence()
    {
        await using var cluster = await Cluster.StartAsync();
        await cluster.RegisterAsync(new(cluster.NewClient(), "broker-a", 0, MasterA) { HeartbeatTimeoutMs = 3_000 });

        cluster.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Null(await cluster.RouteAsync("TopicA"));
    }

    [Fact]
    public async Task The_data_version_tells_whether_to_register_again()
    {
        await using var cluster = await Cluster.StartAsync();
        var broker = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA);

        var unknown = await cluster.AskAsync(RequestCode.QueryDataVersion, broker.Goodbye(), broker.Version.Encode(), broker.Client);
        await cluster.RegisterAsync(broker);
        var same = await cluster.AskAsync(RequestCode.QueryDataVersion, broker.Goodbye(), broker.Version.Encode(), broker.Client);
        var newer = await cluster.AskAsync(RequestCode.QueryDataVersion, broker.Goodbye(), broker.Version.Next(1).Encode(), broker.Client);

        Assert.Equal("true", unknown.ExtFields["changed"]);
        Assert.True(unknown.Body.IsEmpty);
        Assert.Equal("false", same.ExtFields["changed"]);
        Assert.Equal(broker.Version, DataVersion.Decode(same.Body.Span));
        Assert.Equal("true", newer.ExtFields["changed"]);
    }

    [Fact]
    public async Task A_single_topic_of_a_5_x_broker_is_refused_before_the_whole_registration()
    {
        await using var cluster = await Cluster.StartAsync();
        var broker = new BrokerNode(cluster.NewClient(), "broker-a", 0, MasterA) { ProtocolVersion = RocketMQVersion.V5_0_0 };
        var one = new TopicConfigAndVersion { TopicConfigTable = new Dictionary<string, TopicConfig> { ["T"] = new() { TopicName = "T" } } };
        var body = new RegisterBrokerBody { TopicConfigs = one }.Encode();

        var refused = await cluster.AskAsync(RequestCode.RegisterBroker, broker.Goodbye(), body, broker.Client, RocketMQVersion.V5_0_0);
        await cluster.RegisterAsync(broker);
        var taken = await cluster.AskAsync(RequestCode.RegisterBroker, broker.Goodbye(), body, broker.Client, RocketMQVersion.V5_0_0);

        Assert.Equal((ResponseCode.SystemError, "register broker failed"), (refused.Code, refused.Remark));
        Assert.Equal(0, taken.Code);
        Assert.NotNull(await cluster.RouteAsync("T"));
    }

    [Fact]
    public async Task Wrong_registrations_are_refused_with_the_reason()
    {
        await using var cluster = await Cluster.StartAsync();
        var fields = new ExtFields { { "brokerName", "b" }, { "brokerAddr", MasterA }, { "clusterName", "c" }, { "brokerId", 0L } };

        var crc = await cluster.AskAsync(RequestCode.RegisterBroker, With(fields, "bodyCrc32", "5"), "{}"u8.ToArray());
        var missing = await cluster.AskAsync(RequestCode.RegisterBroker, new() { { "brokerName", "b" } });
        var body = await cluster.AskAsync(RequestCode.RegisterBroker, fields, "{{{"u8.ToArray());
        var deflated = await cluster.AskAsync(RequestCode.RegisterBroker, With(fields, "compressed", "true"), "no zlib"u8.ToArray());

        Assert.Equal((1, "crc32 not match"), (crc.Code, crc.Remark));
        Assert.Equal((1, "header field brokerAddr is missing"), (missing.Code, missing.Remark));
        Assert.StartsWith("the body can't be read: not JSON at byte", body.Remark);
        Assert.StartsWith("the body can't be read: a compressed register body can't be inflated", deflated.Remark);
        Assert.Empty((await cluster.InfoAsync()).BrokerAddrTable);
    }

    private static ExtFields With(ExtFields fields, string key, string value)
    {
        var more = new ExtFields { { key, value } };
        foreach (var (k, v) in fields) more.Add(k, v);
        return more;
    }
}
