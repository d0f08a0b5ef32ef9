using System.Text;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Tests.Bodies;

/// <summary>One body a call as Java's mqadmin reads it: the names are those of the class that each body's docs cite.</summary>
public sealed class AdminBodyTests
{
    [Fact]
    public void Queue_entries()
    {
        var body = new QueryConsumeQueueBody { FilterData = "null", Entries = [new(1, 2, 3)], MaxQueueIndex = 5, MinQueueIndex = 4, Subscription = new SubscriptionData { Topic = "t" } };
        Assert.Equal(
            """{"filterData":"null","maxQueueIndex":5,"minQueueIndex":4,"queueData":[{"eval":false,"physicOffset":1,"physicSize":2,"tagsCode":3}],"subscriptionData":"""
            + """{"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":0,"tagsSet":[],"topic":"t"}}""",
            Text(body.Encode()));
        var read = QueryConsumeQueueBody.Decode(body.Encode());
        Assert.Equal((body.Entries[0], "t", "null", 5L, 4L), (Assert.Single(read.Entries), read.Subscription!.Topic, read.FilterData, read.MaxQueueIndex, read.MinQueueIndex));
    }

    [Fact]
    public void Offsets_of_queues()
    {
        var body = new QueueOffsetsBody([new(new("t", "b", 1), 5)]);
        Assert.Equal("""{"offsetTable":{{"brokerName":"b","queueId":1,"topic":"t"}:5}}""", Text(body.Encode(quoteKeys: false)));
        Assert.Equal("""{"offsetTable":{"{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"t\"}":5}}""", Text(body.Encode(quoteKeys: true)));
        Assert.Equal("""{"offsetTable":[{"brokerName":"b","offset":5,"queueId":1,"topic":"t"}]}""", Text(body.EncodeForC()));
        foreach (var quoted in new[] { true, false }) Assert.Equal(body.Offsets, QueueOffsetsBody.Decode(body.Encode(quoted)).Offsets);
    }

    [Fact]
    public void Status_of_consumers()
    {
        KeyValuePair<MessageQueue, long>[] offsets = [new(new("t", "b", 1), 5)];
        var body = new ConsumerStatusBody([new("c", offsets)], []);
        Assert.Equal("""{"consumerTable":{"c":{{"brokerName":"b","queueId":1,"topic":"t"}:5}},"messageQueueTable":{}}""", Text(body.Encode(quoteKeys: false)));
        var read = ConsumerStatusBody.Decode(new ConsumerStatusBody([new("c", offsets)], offsets).Encode(quoteKeys: false));
        Assert.Equal(("c", offsets[0], offsets[0]), (read.Clients[0].Key, Assert.Single(read.Clients[0].Value), Assert.Single(read.Own)));
    }

    [Fact]
    public void Lists_and_spans()
    {
        Assert.Equal("""{"groupList":["a","b"]}""", Text(new GroupList(["a", "b"]).Encode()));
        var spans = new ConsumeTimeSpans([new(new("t", "b", 1), 2, 3, 4, 5)]);
        Assert.Equal(
            """{"consumeTimeSpanSet":[{"consumeTimeStamp":4,"delayTime":5,"maxTimeStamp":3,"messageQueue":{"brokerName":"b","queueId":1,"topic":"t"},"minTimeStamp":2}]}""",
            Text(spans.Encode()));
        Assert.Equal(spans.Spans, ConsumeTimeSpans.Decode(spans.Encode()).Spans);
        Assert.Equal("""{"correctionOffsets":{0:5,1:6}}""", Text(new CorrectionOffsets(new() { [0] = 5, [1] = 6 }).Encode(quoteKeys: false)));
    }

    [Fact]
    public void Stats()
    {
        var data = new BrokerStatsData(new(1, 0.5, 2), new(3, 1.5, 4), new(5, 2.5, 6));
        Assert.Equal(
            """{"statsDay":{"avgpt":6,"sum":5,"tps":2.5},"statsHour":{"avgpt":4,"sum":3,"tps":1.5},"statsMinute":{"avgpt":2,"sum":1,"tps":0.5}}""",
            Text(data.Encode()));
        Assert.Equal(data, BrokerStatsData.Decode(data.Encode()));
        var list = new ConsumeStatsList("1.2.3.4:5", [new("g", [new ConsumeStats([new(new("t", "b", 1), new(9, 8, 7))], 0.5)])], 1);
        Assert.Equal(
            """{"brokerAddr":"1.2.3.4:5","consumeStatsList":[{"g":[{"consumeTps":0.5,"offsetTable":{{"brokerName":"b","queueId":1,"topic":"t"}:"""
            + """{"brokerOffset":9,"consumerOffset":8,"lastTimestamp":7}}}]}],"totalDiff":1}""",
            Text(list.Encode(quoteKeys: false)));
    }

    [Fact]
    public void Producers_and_subscriptions()
    {
        var producers = new ProducerTableInfo(new() { ["p"] = [new("c", "1.2.3.4", "JAVA", 409, 5)] });
        Assert.Equal("""{"data":{"p":[{"clientId":"c","language":"JAVA","lastUpdateTimestamp":5,"remoteIP":"1.2.3.4","version":409}]}}""", Text(producers.Encode()));
        Assert.Equal(producers.Groups["p"], ProducerTableInfo.Decode(producers.Encode()).Groups["p"]);
        Assert.Equal("""{"group":"g","topic":"t"}""", Text(new SubscriptionOfGroup("g", "t", null).Encode()));
    }

    [Fact]
    public void Cluster_and_figures()
    {
        var info = new ClusterInfo();
        info.BrokerAddrTable["b"] = new() { Cluster = "c", BrokerName = "b", BrokerAddrs = new() { [0] = "1.2.3.4:5", [1] = "1.2.3.4:6" } };
        info.ClusterAddrTable["c"] = new(["b"]);
        Assert.Equal(
            """{"brokerAddrTable":{"b":{"brokerAddrs":{0:"1.2.3.4:5",1:"1.2.3.4:6"},"brokerName":"b","cluster":"c"}},"clusterAddrTable":{"c":["b"]}}""",
            Text(info.Encode(quoteKeys: false)));
        Assert.Equal("""{"brokerMemberGroup":{"brokerAddrs":{"2":"1.2.3.4:5"},"brokerName":"b","cluster":"c"}}""", Text(new BrokerMemberGroup("c", "b", new() { [2] = "1.2.3.4:5" }).Encode(quoteKeys: true)));
        Assert.Equal("""{"table":{"k":"v"}}""", Text(new KvTable(new Dictionary<string, string> { ["k"] = "v" }).Encode()));
    }

    [Fact]
    public void Stats_of_a_topic_and_of_a_group()
    {
        Assert.Equal(
            """{"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:{"lastUpdateTimestamp":3,"maxOffset":2,"minOffset":1}}}""",
            Text(new TopicStatsTable([new(new("t", "b", 0), new(1, 2, 3))]).Encode(quoteKeys: false)));
        Assert.Equal(
            """{"consumeTps":1.5,"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:{"brokerOffset":9,"consumerOffset":8,"lastTimestamp":7}}}""",
            Text(new ConsumeStats([new(new("t", "b", 0), new(9, 8, 7))], 1.5).Encode(quoteKeys: false)));
        Assert.Equal(
            """{"offsetTable":{"t@g":{"0":5,"3":7}}}""",
            Text(ConsumerOffsets.Encode([new(("t", "g"), new SortedDictionary<int, long> { [0] = 5, [3] = 7 })])));
    }

    [Fact]
    public void Connections_of_clients()
    {
        const string Connection = """{"clientAddr":"1.2.3.4:5","clientId":"c","language":"JAVA","version":409}""";
        ClientConnection[] connections = [new("c", "1.2.3.4:5", "JAVA", 409)];
        Assert.Equal($$"""{"connectionSet":[{{Connection}}]}""", Text(new ProducerConnections(connections).Encode()));
        var consumers = new ConsumerConnections
        {
            Connections = connections,
            Subscriptions = [new SubscriptionData { Topic = "t" }],
            ConsumeType = "CONSUME_PASSIVELY",
            ConsumeFromWhere = "CONSUME_FROM_FIRST_OFFSET",
            MessageModel = "CLUSTERING",
        };
        Assert.Equal(
            $$"""{"connectionSet":[{{Connection}}],"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":"""
            + """{"t":{"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":0,"tagsSet":[],"topic":"t"}}}""",
            Text(consumers.Encode()));
    }

    [Fact]
    public void Replication()
    {
        const string NoClient = """{"activated":false,"lastReadTimestamp":0,"lastWriteTimestamp":0,"masterFlushOffset":-1,"maxOffset":0,"transferredByteInSecond":0}""";
        var master = new HaRuntimeInfo { MasterCommitLogMaxOffset = 9, Connections = [new("1.2.3.4:5", 7, 2, true, 3, 8)] };
        Assert.Equal(
            """{"haClientRuntimeInfo":""" + NoClient
            + ""","haConnectionInfo":[{"addr":"1.2.3.4:5","diff":2,"inSync":true,"slaveAckOffset":7,"transferFromWhere":8,"transferredByteInSecond":3}],"inSyncSlaveNums":1,"master":true,"masterCommitLogMaxOffset":9}""",
            Text(master.Encode()));
        Assert.Equal(
            """{"haClientRuntimeInfo":{"activated":true,"lastReadTimestamp":2,"lastWriteTimestamp":3,"masterAddr":"1.2.3.4:6","masterFlushOffset":-1,"maxOffset":1,"transferredByteInSecond":4},"haConnectionInfo":[],"inSyncSlaveNums":0,"master":false,"masterCommitLogMaxOffset":0}""",
            Text(new HaRuntimeInfo { Client = new("1.2.3.4:6", 1, 2, 3, 4) }.Encode()));
    }

    [Fact]
    public void Settings_of_groups_and_topics()
    {
        const string Group = """{"attributes":{},"brokerId":0,"consumeBroadcastEnable":true,"consumeEnable":true,"consumeFromMinEnable":true,"consumeMessageOrderly":false,"consumeTimeoutMinute":15,"groupName":"g","groupRetryPolicy":{"type":"CUSTOMIZED"},"groupSysFlag":0,"notifyConsumerIdsChangedEnable":true,"retryMaxTimes":16,"retryQueueNums":1,"whichBrokerWhenConsumeSlowly":1}""";
        var config = new SubscriptionGroupConfig { GroupName = "g" };
        Assert.Equal(Group, Text(config.Encode()));
        Assert.Equal(
            """{"dataVersion":{"counter":2,"timestamp":5},"subscriptionGroupTable":{"g":""" + Group + "}}",
            Text(new SubscriptionGroupAndVersion(new(5, 2), new Dictionary<string, SubscriptionGroupConfig> { ["g"] = config }).Encode()));
        Assert.Equal(
            """{"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"t","topicSysFlag":0,"writeQueueNums":3}""",
            Text(new TopicConfig { TopicName = "t", ReadQueueNums = 4, WriteQueueNums = 3, Perm = 6 }.Encode()));
    }

    private static string Text(byte[] body) => Encoding.UTF8.GetString(body);
}
