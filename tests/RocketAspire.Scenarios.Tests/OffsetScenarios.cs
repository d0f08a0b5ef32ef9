using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Scenarios.Tests;

public sealed class OffsetScenarios(Cluster cluster)
{
    [Fact]
    public async Task A_groups_place_is_what_it_committed()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        for (var i = 0; i < 3; i++) await scenario.SendAsync(topic, $"m{i}");
        await scenario.PulledAsync(topic, 3);

        // A group that never committed begins at 0 where the queue's first message is still there.
        Assert.Equal("0", (await QueryAsync()).ExtFields["offset"]);
        await CommitAsync(scenario, group, topic, 2);
        Assert.Equal("2", (await QueryAsync()).ExtFields["offset"]);

        Task<RemotingCommand> QueryAsync() => scenario.DemandAsync(RequestCode.QueryConsumerOffset, new QueryConsumerOffsetRequestHeader(group, topic, 0).ToExtFields());
    }

    [Fact]
    public async Task A_reset_by_time_tells_the_live_consumers_where_to_go()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        for (var i = 0; i < 3; i++)
        {
            await scenario.SendAsync(topic, $"m{i}");

            // Each message is of a later millisecond than the one before.
            var sentAt = Scenario.Now;
            await Eventually.TrueAsync("the clock to go on", () => Scenario.Now > sentAt + 1);
        }

        var messages = await scenario.PulledAsync(topic, 3);
        await CommitAsync(scenario, group, topic, 3);
        var told = new Calls(RequestCode.ResetConsumerClientOffset);
        await scenario.HeartbeatAsync(scenario.NewClient(told), "c1", group, topic);
        var answer = await scenario.DemandAsync(RequestCode.InvokeBrokerToResetOffset, new ResetOffsetRequestHeader(topic, group, messages[1].StoreTimestamp, true).ToExtFields());
        KeyValuePair<MessageQueue, long>[] expected = [new(new(topic, cluster.BrokerName, 0), 1)];
        Assert.Equal(expected, QueueOffsetsBody.Decode(answer.Body.Span).Offsets);
        await Eventually.TrueAsync("the consumer to be told", () => !told.Seen.IsEmpty);
        Assert.Equal(expected, QueueOffsetsBody.Decode(told.Seen.First().Body.Span).Offsets);
    }

    [Fact]
    public async Task An_offset_is_found_by_time()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        await scenario.SendAsync(topic, "x");
        var message = Assert.Single(await scenario.PulledAsync(topic, 1));
        Assert.Equal("0", await SearchAsync(message.StoreTimestamp));
        Assert.Equal("0", await SearchAsync(0));

        async Task<string?> SearchAsync(long time) =>
            (await scenario.DemandAsync(RequestCode.SearchOffsetByTimestamp, new SearchOffsetRequestHeader(topic, 0, time).ToExtFields())).ExtFields["offset"];
    }

    [Fact]
    public async Task An_offset_outside_the_queue_is_corrected()
    {
        await using var scenario = new Scenario(cluster);
        var topic = await scenario.TopicAsync();
        var group = await scenario.GroupAsync();
        await scenario.SendAsync(topic, "x");
        await scenario.PulledAsync(topic, 1);
        var answer = await scenario.AskAsync(RequestCode.PullMessage, scenario.PullHeader(topic, group, offset: 100).ToExtFields());
        var bounds = Scenario.Read<PullMessageResponseHeader>(answer);
        Assert.Equal((ResponseCode.PullOffsetMoved, 0L, 1L), (answer.Code, bounds.MinOffset, bounds.MaxOffset));
        Assert.InRange(bounds.NextBeginOffset, 0, 1);
        answer = await scenario.AskAsync(RequestCode.PullMessage, scenario.PullHeader(topic, group, offset: 1).ToExtFields());
        Assert.Equal((ResponseCode.PullNotFound, 1L), (answer.Code, Scenario.Read<PullMessageResponseHeader>(answer).NextBeginOffset));
    }

    private static Task CommitAsync(Scenario scenario, string group, string topic, long offset) =>
        scenario.DemandAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader(group, topic, 0, offset).ToExtFields());
}
