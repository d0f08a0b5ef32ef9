using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Scenarios.Tests;

public sealed class AskingScenarios(Cluster cluster)
{
    [Fact]
    public async Task A_reply_reaches_who_asked()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var asker = "asker-" + topic;
        var replies = new Calls(RequestCode.PushReplyMessageToClient, static (_, request) => request.CreateResponse(ResponseCode.Success));
        await scenario.HeartbeatAsync(scenario.NewClient(replies), asker, consumerGroup: null, producerGroup: "askers");
        await scenario.SendAsync(topic, "question", properties: new() { ["CORRELATION_ID"] = "c-1", ["REPLY_TO_CLIENT"] = asker, ["TTL"] = "3000" });

        var question = Assert.Single(await scenario.PulledAsync(topic, 1));
        var properties = Scenario.Properties(("MSG_TYPE", "reply"), ("CORRELATION_ID", Scenario.Property(question, "CORRELATION_ID")), ("REPLY_TO_CLIENT", Scenario.Property(question, "REPLY_TO_CLIENT")), ("TTL", "3000"));
        await scenario.DemandAsync(RequestCode.SendReplyMessageV2, Scenario.SendHeader($"{cluster.Name}_REPLY_TOPIC", properties).ToExtFieldsV2(), Scenario.Bytes("answer"));
        await Eventually.TrueAsync("the reply", () => !replies.Seen.IsEmpty);
        var reply = replies.Seen.First();
        var header = Scenario.Read<ReplyMessageRequestHeader>(reply);
        Assert.Equal(("answer", "c-1"), (System.Text.Encoding.UTF8.GetString(reply.Body.Span), MessageProperties.Get(Scenario.Bytes(header.Properties!), "CORRELATION_ID")));
    }

    [Fact]
    public async Task A_message_is_found_by_its_keys_and_by_its_ids()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        await scenario.SendAsync(topic, "other", keys: ["k2"]);
        var sent = await scenario.SendAsync(topic, "found", keys: ["k1", "k2"]);
        await scenario.PulledAsync(topic, 2);
        Assert.Equal(["found"], await FindAsync("k1", 1));
        Assert.Equal(["found", "other"], await FindAsync("k2", 2));
        Assert.Equal(["found"], await FindAsync(sent.MessageId, 1, isUniqueKey: true));

        Assert.True(MessageId.TryParse(sent.OffsetMessageId, out _, out var offset));
        var answer = await scenario.DemandAsync(RequestCode.ViewMessageById, new ViewMessageRequestHeader(offset).ToExtFields());
        Assert.Equal("found", Scenario.Text(Assert.Single(MessageRecordCodec.DecodeAll(answer.Body))));
        Assert.Equal(ResponseCode.QueryNotFound, (await QueryAsync("nowhere", isUniqueKey: false)).Code);

        // The index is written behind the queues.
        async Task<IEnumerable<string>> FindAsync(string key, int count, bool isUniqueKey = false)
        {
            var found = new List<string>();
            await Eventually.TrueAsync($"{count} messages with key {key}", async () =>
            {
                var query = await QueryAsync(key, isUniqueKey);
                found = query.Code == ResponseCode.Success ? MessageRecordCodec.DecodeAll(query.Body).ConvertAll(Scenario.Text) : [];
                return found.Count >= count;
            });
            return found.Order(StringComparer.Ordinal);
        }

        Task<RemotingCommand> QueryAsync(string key, bool isUniqueKey) => scenario.AskAsync(
            RequestCode.QueryMessage,
            new QueryMessageRequestHeader { Topic = topic, Key = key, MaxNum = 32, BeginTimestamp = 0, EndTimestamp = Scenario.Now + 60_000, IsUniqueKey = isUniqueKey }.ToExtFields());
    }

    [Fact]
    public async Task Topics_are_created_listed_changed_and_deleted()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync(queues: 2);
        Assert.Contains(topic, await scenario.Admin.GetTopicsAsync(Scenario.Ct));
        Assert.Equal((2, 2, PermName.ReadWrite), await RouteAsync());
        await scenario.Admin.CreateTopicAsync(scenario.Broker, new TopicConfig { TopicName = topic, ReadQueueNums = 4, WriteQueueNums = 3, Perm = PermName.Read }, Scenario.Ct);
        await Eventually.TrueAsync("the change at the name server", async () => await RouteAsync() == (4, 3, PermName.Read));

        await scenario.DemandAsync(RequestCode.DeleteTopicInBroker, new TopicRequestHeader(topic).ToExtFields());
        await scenario.Connection.AskNameServersAsync(() => RemotingCommand.CreateRequest(RequestCode.DeleteTopicInNamesrv, new TopicRequestHeader(topic).ToExtFields()), Scenario.Ct);
        Assert.Null(await scenario.Admin.GetRouteAsync(topic, Scenario.Ct));
        Assert.Equal(ResponseCode.TopicNotExist, (await scenario.AskAsync(RequestCode.GetTopicStatsInfo, new TopicRequestHeader(topic).ToExtFields())).Code);

        async Task<(int, int, int)> RouteAsync()
        {
            var queues = Assert.Single((await scenario.Admin.GetRouteAsync(topic, Scenario.Ct))!.QueueDatas);
            return (queues.ReadQueueNums, queues.WriteQueueNums, queues.Perm);
        }
    }

    [Fact]
    public async Task Groups_are_created_listed_and_deleted()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync(static config => config with { RetryMaxTimes = 3, ConsumeEnable = false });
        var listed = (await GroupsAsync())[group];
        Assert.Equal((3, false), (listed.RetryMaxTimes, listed.ConsumeEnable));
        Assert.Equal(ResponseCode.NoPermission, (await scenario.AskAsync(RequestCode.PullMessage, scenario.PullHeader(topic, group).ToExtFields())).Code);
        await scenario.DemandAsync(RequestCode.DeleteSubscriptiongroup, new DeleteSubscriptionGroupRequestHeader(group, true).ToExtFields());
        Assert.DoesNotContain(group, (await GroupsAsync()).Keys);

        async Task<IReadOnlyDictionary<string, SubscriptionGroupConfig>> GroupsAsync() =>
            SubscriptionGroupAndVersion.Decode((await scenario.DemandAsync(RequestCode.GetAllSubscriptiongroupConfig)).Body.Span).Groups;
    }

    [Fact]
    public async Task Statistics_tell_what_is_there_and_what_is_left()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        for (var i = 0; i < 3; i++) await scenario.SendAsync(topic, $"m{i}");
        var last = (await scenario.PulledAsync(topic, 3))[2];
        var stats = TopicStatsTable.Decode((await scenario.DemandAsync(RequestCode.GetTopicStatsInfo, new TopicRequestHeader(topic).ToExtFields())).Body.Span);
        Assert.Equal([new(new(topic, cluster.BrokerName, 0), new TopicOffset(0, 3, last.StoreTimestamp))], stats.Queues);

        await scenario.HeartbeatAsync(scenario.NewClient(), "c1", group, topic);
        await scenario.DemandAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader(group, topic, 0, 1).ToExtFields());
        var consumed = ConsumeStats.Decode((await scenario.DemandAsync(RequestCode.GetConsumeStats, new GetConsumeStatsRequestHeader(group, topic).ToExtFields())).Body.Span);
        var queue = Assert.Single(consumed.Queues);
        Assert.Equal((3L, 1L), (queue.Value.BrokerOffset, queue.Value.ConsumerOffset));
        var runtime = await scenario.Admin.GetBrokerRuntimeInfoAsync(scenario.Broker, Scenario.Ct);
        Assert.All(["brokerVersionDesc", "bootTimestamp", "putTps", "msgPutTotalTodayNow", "commitLogMaxOffset"], key => Assert.Contains(key, runtime.Keys));
    }
}
