using System.Text;
using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Protocol.Tests.Bodies;

/// <summary>The bodies that only a broker reads and writes.</summary>
public sealed class BrokerBodyTests
{
    private static string Text(byte[] body) => Encoding.UTF8.GetString(body);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public void A_heartbeat_as_Java_writes_it_is_read()
    {
        var heartbeat = HeartbeatData.Decode(Bytes(
            """
            {"clientID":"10.0.0.1@1","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","consumeType":"CONSUME_PASSIVELY","groupName":"g",
             "messageModel":"BROADCASTING","subscriptionDataSet":[{"classFilterMode":false,"codeSet":[97,3105],"expressionType":"TAG","subString":"a || ab",
             "subVersion":1700000000000,"tagsSet":["a","ab"],"topic":"orders"}],"unitMode":false}],"producerDataSet":[{"groupName":"p"},{"groupName":""}],"heartbeatFingerprint":0}
            """));
        Assert.Equal("10.0.0.1@1", heartbeat.ClientId);
        Assert.Equal(["p"], heartbeat.Producers);
        var consumer = Assert.Single(heartbeat.Consumers);
        Assert.Equal(("g", "BROADCASTING", "CONSUME_FROM_FIRST_OFFSET"), (consumer.GroupName, consumer.MessageModel, consumer.ConsumeFromWhere));
        var subscription = Assert.Single(consumer.Subscriptions);
        Assert.Equal([97, 3105], subscription.Codes);
        Assert.Equal(("orders", "a || ab", 1_700_000_000_000L), (subscription.Topic, subscription.SubString, subscription.SubVersion));
        Assert.Equal(Text(heartbeat.Encode()), Text(HeartbeatData.Decode(heartbeat.Encode()).Encode()));
    }

    [Theory]
    [InlineData(null, "TAG", "*", 0)]
    [InlineData("", null, "*", 0)]
    [InlineData("*", "TAG", "*", 0)]
    [InlineData("a||b", "TAG", "a||b", 2)]
    [InlineData(" a || b ||", "", " a || b ||", 2)]
    public void Tag_expressions_are_read_as_Java_reads_them(string? expression, string? type, string subString, int tags)
    {
        Assert.True(SubscriptionData.TryBuild("t", expression, type, out var subscription));
        Assert.Equal((subString, tags, tags), (subscription.SubString, subscription.Tags.Count, subscription.Codes.Count));
        Assert.True(subscription.IsTagType);
    }

    [Fact]
    public void Queue_locks_are_written_as_Java_writes_them()
    {
        var body = new LockBatchBody("g", "c", [new("t", "b", 1)]);
        Assert.Equal("""{"clientId":"c","consumerGroup":"g","mqSet":[{"brokerName":"b","queueId":1,"topic":"t"}]}""", Text(body.Encode()));
        Assert.Equal(body.Queues, LockBatchBody.Decode(body.Encode()).Queues);
        Assert.Equal("""{"lockOKMQSet":[{"brokerName":"b","queueId":1,"topic":"t"}]}""", Text(new LockedQueuesBody(body.Queues).Encode()));
        Assert.Equal("""{"consumerIdList":["c1","c2"]}""", Text(new ConsumerIdList(["c1", "c2"]).Encode()));
    }

    [Theory]
    [InlineData("""{"offsetTable":{"t@g":{0:5,3:7}}}""")]
    [InlineData("""{"offsetTable":{"t@g":{"0":5,"3":7}}}""")]
    public void Consumer_offsets_are_read_in_both_forms(string json)
    {
        var table = ConsumerOffsets.Decode(Bytes(json));
        Assert.Equal(new Dictionary<int, long> { [0] = 5, [3] = 7 }, table[("t", "g")]);
    }

    [Fact]
    public void Broken_entries_do_not_cost_the_others_their_progress()
    {
        var table = ConsumerOffsets.Decode(Bytes("""{"offsetTable":{"nogroup":{"0":1},"@g":{"0":1},"t@g@h":{"0":2,"x":3,"1":-4}}}"""));
        Assert.Equal([("t", "g@h")], table.Keys);
        Assert.Equal(new Dictionary<int, long> { [0] = 2 }, table[("t", "g@h")]);
    }

    [Fact]
    public void Delay_offsets_are_written_and_read()
    {
        var json = DelayOffsets.Encode([new(1, 12), new(3, 4)]);
        Assert.Equal("""{"offsetTable":{"1":12,"3":4}}""", Text(json));
        Assert.Equal([new(1, 12), new(3, 4)], DelayOffsets.Decode(json));
        Assert.Equal([new(2, 9)], DelayOffsets.Decode(Bytes("""{"offsetTable":{2:9,0:1,"x":2}}""")));
    }

    [Fact]
    public void A_group_of_4_9_is_read_with_the_defaults_of_what_it_lacks()
    {
        var group = SubscriptionGroupConfig.Decode(Bytes("""{"groupName":"g","consumeEnable":false,"retryMaxTimes":3}"""));
        Assert.Equal(new SubscriptionGroupConfig { GroupName = "g", ConsumeEnable = false, RetryMaxTimes = 3 }, group);
        var table = SubscriptionGroupAndVersion.Decode(new SubscriptionGroupAndVersion(new(5, 2), new Dictionary<string, SubscriptionGroupConfig> { ["g"] = group }).Encode());
        Assert.Equal((new DataVersion(5, 2), group), (table.DataVersion, table.Groups["g"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Maps_by_queue_are_read_in_both_forms(bool quoteKeys)
    {
        var stats = new TopicStatsTable([new(new("t", "b", 0), new(1, 2, 3))]);
        Assert.Equal(stats.Queues, TopicStatsTable.Decode(stats.Encode(quoteKeys)).Queues);
        var consumed = new ConsumeStats([new(new("t", "b", 0), new(9, 8, 7))], 1.5);
        var read = ConsumeStats.Decode(consumed.Encode(quoteKeys));
        Assert.Equal(consumed.Queues, read.Queues);
        Assert.Equal(1.5, read.ConsumeTps);
    }

    [Fact]
    public void Connections_are_written_and_read()
    {
        ClientConnection[] connections = [new("c", "1.2.3.4:5", "JAVA", 409)];
        Assert.Equal(connections, ProducerConnections.Decode(new ProducerConnections(connections).Encode()).Connections);
        var consumers = new ConsumerConnections { Connections = connections, Subscriptions = [new SubscriptionData { Topic = "t" }], ConsumeType = "CONSUME_ACTIVELY" };
        var read = ConsumerConnections.Decode(consumers.Encode());
        Assert.Equal(connections, read.Connections);
        Assert.Equal(("t", "CONSUME_ACTIVELY"), (Assert.Single(read.Subscriptions).Topic, read.ConsumeType));
    }
}
