using System.Text;
using RocketAspire.Broker.Tests.Popping;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

/// <summary>What a consumer group's settings do, and that all of 5.x's are kept.</summary>
public sealed class GroupSettingsTests
{
    private const string Settings = """
        {"attributes":{},"brokerId":0,"consumeBroadcastEnable":true,"consumeEnable":true,"consumeFromMinEnable":true,"consumeMessageOrderly":true,"consumeTimeoutMinute":3,
        "groupName":"consumers","groupRetryPolicy":{"exponentialRetryPolicy":{"initial":10,"max":1000,"multiplier":3},"type":"EXPONENTIAL"},"groupSysFlag":5,
        "notifyConsumerIdsChangedEnable":true,"retryMaxTimes":16,"retryQueueNums":1,
        "subscriptionDataSet":[{"expression":"a || b","expressionType":"TAG","topic":"orders","version":7}],"whichBrokerWhenConsumeSlowly":1}
        """;

    private static readonly string Canonical = Settings.ReplaceLineEndings("");

    [Fact]
    public async Task Settings_of_5_x_are_given_back_as_they_came_also_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await TestBroker.StartAsync(folder: folder))
        {
            await PutAsync(broker, Encoding.UTF8.GetBytes(Settings));
            Assert.Equal(Canonical, await ReadAsync(broker));
        }

        Assert.Contains(Canonical, File.ReadAllText(folder["store/config/subscriptionGroup.json"]), StringComparison.Ordinal);
        await using var again = await TestBroker.StartAsync(folder: folder);
        Assert.Equal(Canonical, await ReadAsync(again));
    }

    [Fact]
    public async Task Attributes_of_a_group_stay_and_none_can_be_added()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store/config"]);
        File.WriteAllText(folder["store/config/subscriptionGroup.json"], """{"subscriptionGroupTable":{"consumers":{"attributes":{"later":"x"},"groupName":"consumers"}}}""");
        await using var broker = await TestBroker.StartAsync(folder: folder);
        await PutAsync(broker, new SubscriptionGroupConfig { GroupName = "consumers", RetryMaxTimes = 3 }.Encode());
        Assert.StartsWith("""{"attributes":{"later":"x"},""", await ReadAsync(broker), StringComparison.Ordinal);
        foreach (var (group, key, remark) in new[] { ("new", "+k", "unsupported key: k"), ("consumers", "-k", "attempt to delete a nonexistent key: k"), ("consumers", "k", "kv string format wrong.") })
        {
            var config = new SubscriptionGroupConfig { GroupName = group, Attributes = new() { [key] = "v" } };
            var response = await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, config.Encode());
            Assert.Equal((ResponseCode.SystemError, remark), (response.Code, response.Remark));
        }

        Assert.Null(broker.Node.Tables.Groups.Peek("new"));
    }

    [Fact]
    public async Task A_group_that_may_not_consume_neither_pulls_nor_pops_until_it_may()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "x");
        await broker.ArrivedAsync("orders", 1);
        foreach (var group in new[] { "consumers", PopClient.Group }) await PutAsync(broker, new SubscriptionGroupConfig { GroupName = group, ConsumeEnable = false }.Encode());
        var pull = await broker.PullAsync(TestBroker.PullHeader("orders"));
        var pop = await broker.PopAsync(PopClient.PopHeader("orders"));
        Assert.Equal((ResponseCode.NoPermission, "subscription group no permission, consumers"), (pull.Code, pull.Remark));
        Assert.Equal((ResponseCode.NoPermission, "subscription group no permission, poppers"), (pop.Code, pop.Remark));

        foreach (var group in new[] { "consumers", PopClient.Group }) await PutAsync(broker, new SubscriptionGroupConfig { GroupName = group }.Encode());
        Assert.Single(await broker.PulledAsync("orders"));
        Assert.Single(await broker.PoppedAsync(PopClient.PopHeader("orders")));
    }

    [Fact]
    public async Task A_group_that_may_not_broadcast_is_refused_only_while_it_does()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "x");
        await broker.ArrivedAsync("orders", 1);
        await PutAsync(broker, new SubscriptionGroupConfig { GroupName = "consumers", ConsumeBroadcastEnable = false }.Encode());
        var byHeartbeat = TestBroker.PullHeader("orders") with { SysFlag = 0, Subscription = null };
        foreach (var (model, code) in new[] { ("BROADCASTING", ResponseCode.NoPermission), ("CLUSTERING", ResponseCode.Success) })
        {
            var heartbeat = new HeartbeatData
            {
                ClientId = "c1",
                Consumers = [new ConsumerData { GroupName = "consumers", MessageModel = model, Subscriptions = [new SubscriptionData { Topic = "orders" }] }],
            };
            Assert.Equal(0, (await broker.InvokeAsync(RequestCode.HeartBeat, null, heartbeat.Encode())).Code);
            Assert.Equal(code, (await broker.PullAsync(byHeartbeat)).Code);
        }
    }

    [Fact]
    public async Task The_groups_own_number_of_tries_counts_when_the_consumer_names_none()
    {
        await using var broker = await TestBroker.StartAsync();
        await PutAsync(broker, new SubscriptionGroupConfig { GroupName = "consumers", RetryMaxTimes = 0 }.Encode());
        await broker.SentAsync("orders", "hopeless");
        var record = Assert.Single(await broker.ArrivedAsync("orders", 1));
        var back = new ConsumerSendMsgBackRequestHeader { Offset = record.PhysicalOffset, Group = "consumers" };
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.ConsumerSendMsgBack, back.ToExtFields())).Code);
        Assert.Equal("hopeless", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("%DLQ%consumers", 1))));
    }

    private static async Task PutAsync(TestBroker broker, byte[] settings)
    {
        var response = await broker.InvokeAsync(RequestCode.UpdateAndCreateSubscriptiongroup, null, settings);
        Assert.Equal((ResponseCode.Success, null), (response.Code, response.Remark));
    }

    private static async Task<string> ReadAsync(TestBroker broker) =>
        Encoding.UTF8.GetString((await broker.InvokeAsync(RequestCode.GetSubscriptiongroupConfig, new GroupRequestHeader("consumers").ToExtFields())).Body.Span);
}
