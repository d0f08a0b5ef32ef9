using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Tests.Bodies;

public sealed class BodyTests
{
    private static readonly TopicConfigAndVersion Topics = new()
    {
        DataVersion = new(1_700_000_000_000, 5),
        TopicConfigTable = new SortedDictionary<string, TopicConfig>(StringComparer.Ordinal)
        {
            ["A"] = new() { TopicName = "A", ReadQueueNums = 4, WriteQueueNums = 3, Perm = 6 },
            ["B"] = new() { TopicName = "B", Order = true, TopicSysFlag = 1, Attributes = new() { ["+message.type"] = "FIFO x" } },
        },
    };

    [Fact]
    public void A_heartbeat_whose_keys_are_written_another_way_is_understood_as_fastjson_does()
    {
        // As NewLife.RocketMQ 3.1 sends it.
        var body = """
            {"ClientID":"10.0.0.1@7@x","ConsumerDataSet":[{"ConsumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","ConsumeType":"CONSUME_PASSIVELY","GroupName":"g","MessageModel":"CLUSTERING",
            "SubscriptionDataSet":[{"Topic":"T","ExpressionType":"TAG","SubString":"*","TagsSet":null,"CodeSet":null,"ClassFilterMode":false,"FilterClassSource":null,"SubVersion":5}],"UnitMode":true}],
            "producer_data-Set":[{"GroupName":"CLIENT_INNER_PRODUCER"}]}
            """u8;
        var heartbeat = HeartbeatData.Decode(body);
        Assert.Equal("10.0.0.1@7@x", heartbeat.ClientId);
        var consumer = Assert.Single(heartbeat.Consumers);
        Assert.Equal(("g", "CONSUME_FROM_FIRST_OFFSET", true), (consumer.GroupName, consumer.ConsumeFromWhere, consumer.UnitMode));
        var subscription = Assert.Single(consumer.Subscriptions);
        Assert.Equal(("T", "*", 5), (subscription.Topic, subscription.SubString, subscription.SubVersion));
        Assert.Equal(["CLIENT_INNER_PRODUCER"], heartbeat.Producers);
    }

    [Fact]
    public void A_key_of_just_the_name_comes_before_one_that_is_near_it()
    {
        var json = FastJson.Parse("""{"Offset":1,"offset":2,"off_set":3,"offsets":4}"""u8);
        Assert.Equal((2, 1), (json["offset"].AsInt64(), json["OFFSET"].AsInt64()));
        Assert.True(json["offse"].IsAbsent);
    }

    [Fact]
    public void A_route_is_written_and_read_in_both_forms()
    {
        var route = new TopicRouteData
        {
            OrderTopicConf = "broker-a:4",
            QueueDatas = [new() { BrokerName = "broker-a", ReadQueueNums = 4, WriteQueueNums = 4, Perm = 6, TopicSysFlag = 1 }],
            BrokerDatas = [new() { Cluster = "c", BrokerName = "broker-a", BrokerAddrs = new() { [0] = "1.2.3.4:10911", [1] = "1.2.3.4:11911" }, EnableActingMaster = true, ZoneName = "z" }],
            FilterServerTable = new() { ["1.2.3.4:10911"] = ["f:1"] },
        };

        Assert.Equal(
            """{"brokerDatas":[{"brokerAddrs":{0:"1.2.3.4:10911",1:"1.2.3.4:11911"},"brokerName":"broker-a","cluster":"c","enableActingMaster":true,"zoneName":"z"}],"filterServerTable":{"1.2.3.4:10911":["f:1"]},"orderTopicConf":"broker-a:4","queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":4,"topicSysFlag":1,"writeQueueNums":4}]}""",
            Encoding.UTF8.GetString(route.Encode(quoteKeys: false)));
        foreach (var quoted in (bool[])[false, true])
        {
            var read = TopicRouteData.Decode(route.Encode(quoted));
            Assert.Equal(route.QueueDatas, read.QueueDatas);
            Assert.Equal(route.BrokerDatas, read.BrokerDatas);
            Assert.Equal(route.OrderTopicConf, read.OrderTopicConf);
            Assert.Equal(["f:1"], read.FilterServerTable["1.2.3.4:10911"]);
        }
    }

    [Fact]
    public void A_route_as_Apache_4_9_4_wrote_it_is_read()
    {
        var route = TopicRouteData.Decode("""{"queueDatas":[{"brokerName":"b","topicSynFlag":2,"unknown":[]}],"brokerDatas":[{"brokerAddrs":{"0":"h:1","x":"y"}}],"new":{}}"""u8);

        Assert.Equal(2, route.QueueDatas[0].TopicSysFlag);
        Assert.Equal([new(0, "h:1")], route.BrokerDatas[0].BrokerAddrs);
        Assert.Equal("h:1", route.BrokerDatas[0].MasterAddress);
    }

    [Fact]
    public void Topics_have_the_shape_of_topics_json()
    {
        Assert.Equal(
            """{"dataVersion":{"counter":5,"timestamp":1700000000000},"topicConfigTable":{"A":{"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"A","topicSysFlag":0,"writeQueueNums":3},"B":{"attributes":{"+message.type":"FIFO x"},"order":true,"perm":6,"readQueueNums":16,"topicFilterType":"SINGLE_TAG","topicName":"B","topicSysFlag":1,"writeQueueNums":16}}}""",
            Encoding.UTF8.GetString(Topics.Encode()));
        var read = TopicConfigAndVersion.Decode(Topics.Encode());
        Assert.Equal(Topics.DataVersion, read.DataVersion);
        Assert.Equal(Topics.TopicConfigTable.Values, read.TopicConfigTable.Values);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_registration_survives_the_way_there_and_back(bool compressed)
    {
        var body = new RegisterBrokerBody { TopicConfigs = Topics, FilterServers = ["f:1"] };

        var read = RegisterBrokerBody.Decode(body.Encode(compressed), compressed);

        Assert.Equal(Topics.DataVersion, read.TopicConfigs.DataVersion);
        Assert.Equal(["A", "B"], read.TopicConfigs.TopicConfigTable.Keys);
        Assert.Equal(Topics.TopicConfigTable["A"], read.TopicConfigs.TopicConfigTable["A"]);
        Assert.Equal("FIFO x", read.TopicConfigs.TopicConfigTable["B"].Attributes!["+message.type"]);
        Assert.Equal(["f:1"], read.FilterServers);
    }

    [Fact]
    public void A_registration_from_before_3_0_11_is_the_table_alone()
    {
        Assert.Equal(["A", "B"], RegisterBrokerBody.Decode(Topics.Encode()).TopicConfigs.TopicConfigTable.Keys);
    }

    [Fact]
    public void The_checksum_of_a_registration_is_frozen()
    {
        // CRC-32 of "123456789" is CBF43926; the sign bit is cut as Java's side does.
        Assert.Equal(0x4BF43926, RegisterBrokerBody.Checksum("123456789"u8));
    }

    [Fact]
    public void A_compressed_body_that_is_cut_or_lies_about_lengths_is_refused()
    {
        var good = new RegisterBrokerBody { TopicConfigs = Topics }.Encode(compressed: true);
        for (var length = 0; length < good.Length - 8; length++) Assert.ThrowsAny<FormatException>(() => RegisterBrokerBody.Decode(good.AsSpan(0, length), compressed: true));

        foreach (var claim in (int[])[-1, int.MaxValue, 1 << 21]) Assert.ThrowsAny<FormatException>(() => RegisterBrokerBody.Decode(Deflate(claim), compressed: true));
    }

    [Fact]
    public void A_bomb_of_topics_stops_at_the_limit()
    {
        using var result = new MemoryStream();
        using (var stream = new ZLibStream(result, CompressionLevel.Fastest, leaveOpen: true))
        {
            WriteText(stream, DataVersion.Zero.Encode());
            stream.Write([0x7F, 0xFF, 0xFF, 0xFF]);
            var topic = Encoding.ASCII.GetBytes("T 8 8 6 " + new string('x', 900_000));
            for (var i = 0; i < 100; i++) WriteText(stream, topic);
        }

        var e = Assert.ThrowsAny<FormatException>(() => RegisterBrokerBody.Decode(result.ToArray(), compressed: true));

        Assert.Contains("bytes in a register body", e.Message);
    }

    [Theory]
    [InlineData("T 8 4 6 SINGLE_TAG", true)]
    [InlineData("T 8 4 6 MULTI_TAG {\"a\":\"b c\"}", true)]
    [InlineData("T 8 4 6 SINGLE_TAG not json", true)]
    [InlineData("T 8 4 6", false)]
    [InlineData("T x 4 6 SINGLE_TAG", false)]
    [InlineData("", false)]
    public void A_topic_is_read_from_its_blank_separated_form(string text, bool readable)
    {
        Assert.Equal(readable, TopicConfig.FromText(text) is { TopicName: "T", ReadQueueNums: 8, WriteQueueNums: 4, Perm: 6 });
    }

    [Fact]
    public void Small_bodies_survive_the_way_there_and_back()
    {
        var info = new ClusterInfo();
        info.BrokerAddrTable["broker-a"] = new() { Cluster = "c", BrokerName = "broker-a", BrokerAddrs = new() { [0] = "h:1" } };
        info.ClusterAddrTable["c"] = new(["broker-a"]);
        foreach (var quoted in (bool[])[false, true])
        {
            Assert.Equal(info.BrokerAddrTable["broker-a"], ClusterInfo.Decode(info.Encode(quoted)).BrokerAddrTable["broker-a"]);
            Assert.Equal(["broker-a"], ClusterInfo.Decode(info.Encode(quoted)).ClusterAddrTable["c"]);
            var group = BrokerMemberGroup.Decode(new BrokerMemberGroup("c", "b", new() { [2] = "h:2" }).Encode(quoted));
            Assert.Equal(("c", "b", "h:2"), (group.Cluster, group.BrokerName, group.BrokerAddrs[2]));
        }

        Assert.Equal("v", KvTable.Decode(new KvTable(new Dictionary<string, string> { ["k"] = "v" }).Encode()).Table["k"]);
        Assert.Equal("""{"brokerAddr":"h:1","topicList":["A","B"]}""", Encoding.UTF8.GetString(new TopicList(["A", "B"], "h:1").Encode()));
        Assert.Equal(["A"], TopicList.Decode("""{"topicList":["A"]}"""u8).Topics);
        Assert.Equal(new DataVersion(1, 2, 3), DataVersion.Decode(new DataVersion(1, 2, 3).Encode()));
        Assert.Equal("""{"counter":3,"stateVersion":3,"timestamp":9}""", Encoding.UTF8.GetString(new DataVersion(1, 2, 3).Next(9).Encode()));
        Assert.Equal(Topics.TopicConfigTable["B"], TopicConfig.Decode(Topics.TopicConfigTable["B"].Encode()));
    }

    private static byte[] Deflate(int claimedLength)
    {
        using var result = new MemoryStream();
        using (var stream = new ZLibStream(result, CompressionLevel.Fastest, leaveOpen: true))
        {
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, claimedLength);
            stream.Write(length);
        }

        return result.ToArray();
    }

    private static void WriteText(Stream stream, byte[] text)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, text.Length);
        stream.Write(length);
        stream.Write(text);
    }
}
