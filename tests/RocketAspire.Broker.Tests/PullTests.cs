using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class PullTests
{
    private static SubscriptionData Tags(string expression, long version = 1)
    {
        Assert.True(SubscriptionData.TryBuild("orders", expression, "TAG", out var subscription));
        return subscription with { SubVersion = version };
    }

    [Fact]
    public async Task Only_messages_with_a_wanted_tag_come()
    {
        await using var broker = await TestBroker.StartAsync();
        foreach (var tag in (string[])["a", "b", "c", "a"]) await broker.SentAsync("orders", tag, properties: TestBroker.Properties(("TAGS", tag)));
        await broker.ArrivedAsync("orders", 4);
        Assert.Equal(["a", "c", "a"], (await broker.PulledAsync("orders", subscription: "a || c")).Select(TestBroker.Text));

        var none = await broker.PullAsync(TestBroker.PullHeader("orders", subscription: "z"));
        Assert.Equal((ResponseCode.PullRetryImmediately, "4"), (none.Code, none.ExtFields["nextBeginOffset"]));
    }

    [Theory]
    [InlineData("||")]
    [InlineData(" || ")]
    public async Task An_expression_without_a_tag_is_refused(string expression)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders");
        Assert.Equal(ResponseCode.SubscriptionParseFailed, (await broker.PullAsync(TestBroker.PullHeader("orders", subscription: expression))).Code);
    }

    [Fact]
    public async Task A_filter_by_properties_is_refused_by_name()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders");
        var response = await broker.PullAsync(TestBroker.PullHeader("orders", subscription: "a > 1") with { ExpressionType = "SQL92" });
        Assert.Equal((ResponseCode.SystemError, "The broker does not support consumer to filter message by SQL92"), (response.Code, response.Remark));
    }

    [Fact]
    public async Task The_heartbeats_subscription_counts_when_the_pull_brings_none()
    {
        await using var broker = await TestBroker.StartAsync();
        foreach (var tag in (string[])["a", "b"]) await broker.SentAsync("orders", tag, properties: TestBroker.Properties(("TAGS", tag)));
        await broker.ArrivedAsync("orders", 2);
        var pull = TestBroker.PullHeader("orders") with { SysFlag = 0, Subscription = null, SubVersion = 5 };
        Assert.Equal(ResponseCode.SubscriptionNotExist, (await broker.PullAsync(pull)).Code);

        await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Tags("b", version: 4));
        Assert.Equal(ResponseCode.SubscriptionNotLatest, (await broker.PullAsync(pull)).Code);
        await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Tags("b", version: 5));
        var response = await broker.PullAsync(pull);
        Assert.Equal(0, response.Code);
        Assert.Equal("b", TestBroker.Text(Assert.Single(Protocol.Messages.MessageRecordCodec.DecodeAll(response.Body))));
    }

    [Fact]
    public async Task What_may_not_be_pulled_is_refused_with_its_code()
    {
        await using var broker = await TestBroker.StartAsync(o => o with { AutoCreateSubscriptionGroup = false });
        await broker.CreateTopicAsync("orders", queues: 2);
        Assert.Equal(ResponseCode.SubscriptionGroupNotExist, (await broker.PullAsync(TestBroker.PullHeader("orders"))).Code);

        await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = "consumers", ConsumeEnable = false }.Encode());
        Assert.Equal(ResponseCode.NoPermission, (await broker.PullAsync(TestBroker.PullHeader("orders"))).Code);

        await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, new SubscriptionGroupConfig { GroupName = "consumers" }.Encode());
        Assert.Equal(ResponseCode.TopicNotExist, (await broker.PullAsync(TestBroker.PullHeader("unknown"))).Code);
        Assert.Equal(ResponseCode.SystemError, (await broker.PullAsync(TestBroker.PullHeader("orders", queueId: 2))).Code);
        await broker.CreateTopicAsync("orders", perm: 2);
        Assert.Equal(ResponseCode.NoPermission, (await broker.PullAsync(TestBroker.PullHeader("orders"))).Code);
    }

    [Fact]
    public async Task An_offset_outside_the_queue_is_moved()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "x");
        await broker.ArrivedAsync("orders", 1);
        var response = await broker.PullAsync(TestBroker.PullHeader("orders", offset: 100));
        Assert.Equal((ResponseCode.PullOffsetMoved, "1", "0", "1"), (response.Code, response.ExtFields["nextBeginOffset"], response.ExtFields["minOffset"], response.ExtFields["maxOffset"]));
        Assert.Equal(ResponseCode.PullNotFound, (await broker.PullAsync(TestBroker.PullHeader("orders", offset: 1))).Code);
        Assert.Equal(ResponseCode.PullNotFound, (await broker.PullAsync(TestBroker.PullHeader("orders", queueId: 1))).Code);
        Assert.Equal(ResponseCode.PullOffsetMoved, (await broker.PullAsync(TestBroker.PullHeader("orders", queueId: 1, offset: 5))).Code);
    }

    [Fact]
    public async Task A_held_pull_is_answered_by_the_message_that_comes()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders");
        var held = broker.PullAsync(TestBroker.PullHeader("orders", suspendMs: 15_000), broker.NewClient());
        await HeldAsync(broker, 1);
        await broker.SentAsync("orders", "late");
        var response = await held;
        Assert.Equal(0, response.Code);
        Assert.Equal("late", TestBroker.Text(Assert.Single(Protocol.Messages.MessageRecordCodec.DecodeAll(response.Body))));
        await HeldAsync(broker, 0);
    }

    [Fact]
    public async Task A_message_with_another_tag_does_not_wake_a_held_pull()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders");
        var held = broker.PullAsync(TestBroker.PullHeader("orders", subscription: "a", suspendMs: 15_000), broker.NewClient());
        await HeldAsync(broker, 1);
        await broker.SentAsync("orders", "b", properties: TestBroker.Properties(("TAGS", "b")));
        await broker.ArrivedAsync("orders", 1);
        Assert.False(held.IsCompleted);
        await broker.SentAsync("orders", "a", properties: TestBroker.Properties(("TAGS", "a")));
        Assert.Equal("a", TestBroker.Text(Assert.Single(Protocol.Messages.MessageRecordCodec.DecodeAll((await held).Body))));
    }

    [Fact]
    public async Task A_held_pull_ends_with_not_found_when_its_time_is_over()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders");
        var response = await broker.PullAsync(TestBroker.PullHeader("orders", suspendMs: 50));
        Assert.Equal((ResponseCode.PullNotFound, "0"), (response.Code, response.ExtFields["nextBeginOffset"]));
    }

    [Fact]
    public async Task Held_pulls_of_a_closed_connection_are_forgotten()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders");
        var client = broker.NewClient();
        var held = broker.PullAsync(TestBroker.PullHeader("orders", suspendMs: 60_000), client);
        await HeldAsync(broker, 1);
        client.CloseConnection(broker.Address);
        await HeldAsync(broker, 0);
        await Assert.ThrowsAnyAsync<Exception>(() => held);
    }

    [Fact]
    public async Task Too_many_held_pulls_are_refused_as_busy()
    {
        await using var broker = await TestBroker.StartAsync(o => o with { PullQueueCapacity = 0 });
        await broker.CreateTopicAsync("orders");
        Assert.Equal(ResponseCode.SystemBusy, (await broker.PullAsync(TestBroker.PullHeader("orders", suspendMs: 1000))).Code);
    }

    [Fact]
    public async Task A_pull_can_commit_the_progress_so_far()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "x");
        await broker.ArrivedAsync("orders", 1);
        var header = TestBroker.PullHeader("orders") with { SysFlag = PullSysFlag.Subscription | PullSysFlag.CommitOffset, CommitOffset = 1 };
        await broker.PullAsync(header);
        Assert.Equal(1, broker.Node.Tables.ConsumerOffsets.Query("consumers", "orders", 0));
    }

    [Fact]
    public async Task A_light_pull_is_a_pull()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "x");
        await broker.ArrivedAsync("orders", 1);
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.LitePullMessage, TestBroker.PullHeader("orders").ToExtFields())).Code);
    }

    private static async Task HeldAsync(TestBroker broker, int count) => await Eventually.TrueAsync($"{count} held pulls", async () =>
    {
        var info = KvTable.Decode((await broker.InvokeAsync(RequestCode.GetBrokerRuntimeInfo)).Body.Span);
        return info.Table["heldPulls"] == count.ToString(System.Globalization.CultureInfo.InvariantCulture);
    });
}
