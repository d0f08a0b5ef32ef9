using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class TopicAdminTests
{
    [Fact]
    public async Task A_created_topic_is_read_back_changed_and_deleted()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders", queues: 3);
        Assert.Equal(3, (await ReadAsync(broker, "orders"))!.ReadQueueNums);
        await broker.CreateTopicAsync("orders", queues: 5, perm: 4);
        var changed = (await ReadAsync(broker, "orders"))!;
        Assert.Equal((5, 4), (changed.WriteQueueNums, changed.Perm));
        await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader("consumers", "orders", 0, 9).ToExtFields());

        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.DeleteTopicInBroker, new TopicRequestHeader("orders").ToExtFields())).Code);
        Assert.Null(await ReadAsync(broker, "orders"));
        Assert.Equal(-1, broker.Node.Tables.ConsumerOffsets.Query("consumers", "orders", 0));
    }

    [Fact]
    public async Task A_topic_that_was_deleted_and_comes_again_begins_empty()
    {
        await using var broker = await TestBroker.StartAsync();
        for (var i = 0; i < 3; i++) await broker.SentAsync("orders", $"old {i}");
        await Eventually.TrueAsync("the messages to be in the queue", () => broker.Node.Store.QueueBounds("orders", 0).Max == 3);
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.DeleteTopicInBroker, new TopicRequestHeader("orders").ToExtFields())).Code);
        Assert.DoesNotContain(broker.Node.Store.Queues, static queue => queue.Topic == "orders");

        await broker.SentAsync("orders", "new");
        await Eventually.TrueAsync("the new message to be in the queue", () => broker.Node.Store.QueueBounds("orders", 0).Max == 1);
        var pulled = Assert.Single(await broker.PulledAsync("orders"));
        Assert.Equal((0, "new"), (pulled.QueueOffset, System.Text.Encoding.UTF8.GetString(pulled.Body.Span)));
    }

    [Theory]
    [InlineData("TBW102")]
    [InlineData("SCHEDULE_TOPIC_XXXX")]
    [InlineData("DefaultCluster")]
    [InlineData("broker-a")]
    [InlineData("rmq_sys_thing")]
    [InlineData("RMQ_SYS_ROCKETASPIRE_META")]
    [InlineData("RMQ_SYS_ROCKETASPIRE_DELETION")]
    [InlineData("not allowed")]
    [InlineData("")]
    public async Task System_topics_and_impossible_names_are_neither_created_nor_deleted(string topic)
    {
        await using var broker = await TestBroker.StartAsync();
        var create = new CreateTopicRequestHeader { Topic = topic }.ToExtFields();
        Assert.Equal(ResponseCode.SystemError, (await broker.InvokeAsync(RequestCode.UpdateAndCreateTopic, create)).Code);
        Assert.Equal(ResponseCode.SystemError, (await broker.InvokeAsync(RequestCode.DeleteTopicInBroker, new TopicRequestHeader(topic).ToExtFields())).Code);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_000)]
    public async Task A_topic_with_an_impossible_number_of_queues_is_refused(int queues)
    {
        await using var broker = await TestBroker.StartAsync();
        var create = new CreateTopicRequestHeader { Topic = "orders", ReadQueueNums = queues, WriteQueueNums = queues }.ToExtFields();
        Assert.Equal(ResponseCode.SystemError, (await broker.InvokeAsync(RequestCode.UpdateAndCreateTopic, create)).Code);
    }

    [Fact]
    public async Task The_probe_topic_is_there_from_the_start_and_asking_for_it_is_no_error()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("RocketAspireProbe", queues: 1);
        await broker.SentAsync("RocketAspireProbe", "ping");
    }

    [Fact]
    public async Task Attributes_are_set_changed_and_taken_away()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal((0, null), await AttributesAsync(broker, "+message.type=FIFO,+reserve.time=5"));
        Assert.Equal("message.type=FIFO reserve.time=5", await ShownAsync());
        // What isn't named stays; queues and permissions alone don't touch them.
        Assert.Equal((0, null), await AttributesAsync(broker, "+message.type=NORMAL,-reserve.time"));
        await broker.CreateTopicAsync("orders", queues: 3);
        Assert.Equal("message.type=NORMAL", await ShownAsync());

        async Task<string> ShownAsync() => string.Join(' ', (await ReadAsync(broker, "orders"))!.Attributes!.Select(static pair => $"{pair.Key}={pair.Value}"));
    }

    /// <summary>The words are AttributeParser's and AttributeUtil's of 5.3.1.</summary>
    [Theory]
    [InlineData("message.type=FIFO", "add/alter attribute format is wrong: message.type")]
    [InlineData("message.type", "delete attribute format is wrong: message.type")]
    [InlineData("-message.type", "only add attribute is supported while creating topic. key: message.type")]
    [InlineData("+message.type=ODD", "value is not in set: [UNSPECIFIED, NORMAL, FIFO, DELAY, TRANSACTION, MIXED]")]
    [InlineData("+color=red", "unsupported key: color")]
    [InlineData("+reserve.time=-2", "value is not in range(-1, 9223372036854775807)")]
    [InlineData("+queue.type=BatchCQ", "queue.type BatchCQ is not supported by this broker")]
    public async Task Wrong_attributes_are_refused_with_Apaches_words(string attributes, string remark)
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal((ResponseCode.SystemError, remark), await AttributesAsync(broker, attributes));
        Assert.Null(broker.Node.Tables.Topics.Find("orders"));
    }

    [Fact]
    public async Task An_attribute_that_never_changes_is_kept()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal((0, null), await AttributesAsync(broker, "+queue.type=SimpleCQ"));
        Assert.Equal((ResponseCode.SystemError, "attempt to update an unchangeable attribute. key: queue.type"), await AttributesAsync(broker, "+queue.type=SimpleCQ"));
        Assert.Equal((ResponseCode.SystemError, "attempt to delete a nonexistent key: message.type"), await AttributesAsync(broker, "-message.type"));
    }

    private static async Task<(int Code, string? Remark)> AttributesAsync(TestBroker broker, string attributes)
    {
        var response = await broker.InvokeAsync(RequestCode.UpdateAndCreateTopic, new CreateTopicRequestHeader { Topic = "orders", Attributes = attributes }.ToExtFields());
        return (response.Code, response.Remark);
    }

    [Fact]
    public async Task Several_topics_are_created_all_or_none()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(0, (await ListAsync(broker, "a1", "a2")).Code);
        Assert.NotNull(broker.Node.Tables.Topics.Find("a2"));
        Assert.Equal(ResponseCode.SystemError, (await ListAsync(broker, "a3", "TBW102")).Code);
        Assert.Null(broker.Node.Tables.Topics.Find("a3"));
    }

    [Fact]
    public async Task The_whole_table_has_Apaches_start_topics_and_a_version_that_counts()
    {
        await using var broker = await TestBroker.StartAsync();
        var before = await TableAsync(broker);
        Assert.Equal(
            ["BenchmarkTest", "DefaultCluster", "DefaultCluster_REPLY_TOPIC", "OFFSET_MOVED_EVENT", "RocketAspireProbe", "SCHEDULE_TOPIC_XXXX", "SELF_TEST_TOPIC", "TBW102", "broker-a", "rmq_sys_wheel_timer"],
            before.TopicConfigTable.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((7, 8), (before.TopicConfigTable["TBW102"].Perm, before.TopicConfigTable["TBW102"].WriteQueueNums));
        Assert.Equal((18, 1024, 16), (before.TopicConfigTable["SCHEDULE_TOPIC_XXXX"].ReadQueueNums, before.TopicConfigTable["BenchmarkTest"].ReadQueueNums, before.TopicConfigTable["DefaultCluster"].ReadQueueNums));
        await broker.CreateTopicAsync("orders");
        Assert.Equal(before.DataVersion.Counter + 1, (await TableAsync(broker)).DataVersion.Counter);
    }

    [Fact]
    public async Task A_group_is_created_read_listed_and_deleted_with_its_progress()
    {
        await using var broker = await TestBroker.StartAsync();
        var config = new SubscriptionGroupConfig { GroupName = "consumers", RetryMaxTimes = 3, RetryQueueNums = 2, ConsumeBroadcastEnable = false };
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, config.Encode())).Code);
        var read = await broker.InvokeAsync(RequestCode.GetSubscriptiongroupConfig, new GroupRequestHeader("consumers").ToExtFields());
        Assert.Equal(config, SubscriptionGroupConfig.Decode(read.Body.Span));
        var all = SubscriptionGroupAndVersion.Decode((await broker.InvokeAsync(RequestCode.GetAllSubscriptiongroupConfig)).Body.Span);
        Assert.Equal(config, all.Groups["consumers"]);
        Assert.Contains("TOOLS_CONSUMER", all.Groups.Keys);

        await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader("consumers", "orders", 0, 9).ToExtFields());
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.DeleteSubscriptiongroup, new DeleteSubscriptionGroupRequestHeader("consumers", true).ToExtFields())).Code);
        read = await broker.InvokeAsync(RequestCode.GetSubscriptiongroupConfig, new GroupRequestHeader("consumers").ToExtFields());
        Assert.Equal(ResponseCode.SubscriptionGroupNotExist, read.Code);
        Assert.Equal(-1, broker.Node.Tables.ConsumerOffsets.Query("consumers", "orders", 0));
    }

    [Fact]
    public async Task Statistics_of_topics_and_groups_count_messages()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders", queues: 2);
        for (var i = 0; i < 3; i++) await broker.SentAsync("orders", "x", queueId: 1);
        var records = await broker.ArrivedAsync("orders", 3, queueId: 1);
        var stats = TopicStatsTable.Decode((await broker.InvokeAsync(RequestCode.GetTopicStatsInfo, new TopicRequestHeader("orders").ToExtFields())).Body.Span);
        Assert.Equal(
            [new(new("orders", "broker-a", 0), new(0, 0, 0)), new(new("orders", "broker-a", 1), new TopicOffset(0, 3, records[2].StoreTimestamp))],
            stats.Queues);
        Assert.Equal(ResponseCode.TopicNotExist, (await broker.InvokeAsync(RequestCode.GetTopicStatsInfo, new TopicRequestHeader("none").ToExtFields())).Code);

        await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader("consumers", "orders", 1, 2).ToExtFields());
        var answer = await broker.InvokeAsync(RequestCode.GetConsumeStats, new GetConsumeStatsRequestHeader("consumers", null).ToExtFields());
        var consumed = ConsumeStats.Decode(answer.Body.Span).Queues.ToDictionary();
        Assert.Equal(new ConsumeOffset(3, 2, records[1].StoreTimestamp), consumed[new("orders", "broker-a", 1)]);
    }

    [Fact]
    public async Task Maps_with_objects_as_keys_come_as_fastjson_writes_them_unless_asked_otherwise()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders", queues: 1);
        var fields = new TopicRequestHeader("orders").ToExtFields();
        var bare = System.Text.Encoding.UTF8.GetString((await broker.InvokeAsync(RequestCode.GetTopicStatsInfo, fields)).Body.Span);
        Assert.StartsWith("{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"orders\"}:{", bare, StringComparison.Ordinal);
        fields.Add("acceptStandardJsonOnly", true);
        using var standard = System.Text.Json.JsonDocument.Parse((await broker.InvokeAsync(RequestCode.GetTopicStatsInfo, fields)).Body);
        Assert.Single(standard.RootElement.GetProperty("offsetTable").EnumerateObject());
    }

    [Fact]
    public async Task The_runtime_info_has_what_clusterList_reads()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "x");
        await broker.ArrivedAsync("orders", 1);
        var info = KvTable.Decode((await broker.InvokeAsync(RequestCode.GetBrokerRuntimeInfo)).Body.Span).Table;
        string[] read =
        [
            "brokerVersionDesc", "putTps", "getTransferedTps", "sendThreadPoolQueueHeadWaitTimeMills", "pullThreadPoolQueueHeadWaitTimeMills", "queryThreadPoolQueueHeadWaitTimeMills",
            "sendThreadPoolQueueSize", "pullThreadPoolQueueSize", "queryThreadPoolQueueSize", "pageCacheLockTimeMills", "earliestMessageTimeStamp", "commitLogDiskRatio",
            "msgPutTotalYesterdayMorning", "msgPutTotalTodayMorning", "msgGetTotalYesterdayMorning", "msgGetTotalTodayMorning", "msgPutTotalTodayNow", "msgGetTotalTodayNow", "bootTimestamp", "runtime",
            "putMessageAverageSize", "consumeQueueDiskRatio",
            "dispatchMaxBuffer", "getMessageEntireTimeMax", "putLatency99", "putLatency999",
            // 5.x's clusterList and exportMetrics read these besides.
            "brokerActive", "getTransferredTps", "ackThreadPoolQueueSize", "ackThreadPoolQueueHeadWaitTimeMills",
            "timerReadBehind", "timerOffsetBehind", "timerCongestNum", "timerEnqueueTps", "timerDequeueTps",
        ];
        foreach (var key in read) Assert.True(info.ContainsKey(key), key);
        Assert.Equal(3, info["putTps"].Split(' ').Length);
        Assert.Equal(13, info["putMessageDistributeTime"].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(1, info["putMessageDistributeTime"].Split(' ', StringSplitOptions.RemoveEmptyEntries).Sum(static range => int.Parse(range[(range.IndexOf(':', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(("1", "true", "0"), (info["msgPutTotalTodayNow"], info["brokerActive"], info["timerCongestNum"]));
    }

    [Fact]
    public void The_times_of_puts_are_told_by_range_and_share()
    {
        var times = new PutTimes();
        Assert.Equal((0, 0), (times.Maximum, times.Within(0.99)));
        for (var i = 0; i < 98; i++) times.Add(TimeSpan.FromMilliseconds(0.4));
        times.Add(TimeSpan.FromMilliseconds(120));
        times.Add(TimeSpan.FromSeconds(20));
        Assert.Equal((20_000, 120, 20_000), (times.Maximum, times.Within(0.99), times.Within(0.999)));
        Assert.Equal(
            "[<=0ms]:98 [0~10ms]:0 [10~50ms]:0 [50~100ms]:0 [100~200ms]:1 [200~500ms]:0 [500ms~1s]:0 [1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:1 ",
            times.ToString());
    }

    [Fact]
    public void Totals_are_told_by_day()
    {
        var counters = new BrokerCounters(new BrokerStats("c", new ManualTimeProvider()));
        var day = new DateOnly(2024, 1, 1);
        counters.TakeSample(0, day);
        counters.Put("t", 5, 50);
        counters.TakeSample(1000, day);
        Assert.Equal((0, 0), (counters.Mornings.Yesterday.Put, counters.Mornings.Today.Put));
        counters.TakeSample(2000, day.AddDays(1));
        counters.Put("t", 2, 20);
        counters.TakeSample(3000, day.AddDays(2));
        counters.TakeSample(4000, day.AddDays(2));
        Assert.Equal((5, 7), (counters.Mornings.Yesterday.Put, counters.Mornings.Today.Put));
    }

    [Fact]
    public async Task Several_groups_are_created_at_once_or_none_is()
    {
        await using var broker = await TestBroker.StartAsync();
        var good = """{"groupConfigList":[{"groupName":"a","retryMaxTimes":3},{"groupName":"b","consumeEnable":false}]}""";
        Assert.Equal(0, (await PutAsync(good)).Code);
        Assert.Equal((3, false), (broker.Node.Tables.Groups.Peek("a")!.RetryMaxTimes, broker.Node.Tables.Groups.Peek("b")!.ConsumeEnable));
        Assert.Equal(ResponseCode.SystemError, (await PutAsync("""{"groupConfigList":[{"groupName":"c"},{"groupName":"no blanks"}]}""")).Code);
        Assert.Equal(ResponseCode.SystemError, (await PutAsync("nonsense")).Code);
        Assert.Null(broker.Node.Tables.Groups.Peek("c"));

        Task<RemotingCommand> PutAsync(string body) => broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroupList, null, System.Text.Encoding.UTF8.GetBytes(body));
    }

    private static async Task<TopicConfig?> ReadAsync(TestBroker broker, string topic)
    {
        var response = await broker.InvokeAsync(RequestCode.GetTopicConfig, new TopicRequestHeader(topic).ToExtFields());
        return response.Code == ResponseCode.TopicNotExist ? null : TopicConfig.Decode(response.Body.Span);
    }

    private static async Task<TopicConfigAndVersion> TableAsync(TestBroker broker) =>
        TopicConfigAndVersion.Decode((await broker.InvokeAsync(RequestCode.GetAllTopicConfig)).Body.Span);

    private static Task<RemotingCommand> ListAsync(TestBroker broker, params string[] names)
    {
        var topics = string.Join(',', names.Select(static name => new TopicConfig { TopicName = name }).Select(static t => System.Text.Encoding.UTF8.GetString(t.Encode())));
        return broker.InvokeAsync(RequestCode.UpdateAndCreateTopicList, null, System.Text.Encoding.UTF8.GetBytes("{\"topicConfigList\":[" + topics + "]}"));
    }
}
