using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Filtering;

public sealed class SqlFilterTests
{
    private static BrokerOptions Enabled(BrokerOptions options) => options with { EnablePropertyFilter = true };

    private static SubscriptionData Sql(string expression, string topic = "orders") => new() { Topic = topic, SubString = expression, ExpressionType = "SQL92", SubVersion = 1 };

    private static PullMessageRequestHeader Pull(string expression, long offset = 0, int suspendMs = 0) =>
        TestBroker.PullHeader("orders", 0, offset, expression, suspendMs) with { ExpressionType = "SQL92" };

    [Fact]
    public async Task A_pull_gets_what_its_expression_wants_and_moves_past_the_rest()
    {
        await using var broker = await TestBroker.StartAsync(Enabled);
        for (var i = 0; i < 10; i++) await broker.SentAsync("orders", $"m{i}", properties: TestBroker.Properties(("n", $"{i}")));
        await broker.ArrivedAsync("orders", 10);
        var response = await broker.PullAsync(Pull("n BETWEEN 3 AND 5"));
        Assert.Equal(["m3", "m4", "m5"], MessageRecordCodec.DecodeAll(response.Body).Select(TestBroker.Text));
        Assert.Equal("10", response.ExtFields["nextBeginOffset"]);
        response = await broker.PullAsync(Pull("n > 100"));
        Assert.Equal((ResponseCode.PullRetryImmediately, "10"), (response.Code, response.ExtFields["nextBeginOffset"]));
    }

    [Fact]
    public async Task A_pull_by_its_groups_heartbeat_is_filtered_too()
    {
        await using var broker = await TestBroker.StartAsync(Enabled);
        await broker.SentAsync("orders", "no", properties: TestBroker.Properties(("n", "1")));
        await broker.SentAsync("orders", "yes", properties: TestBroker.Properties(("n", "2")));
        await broker.ArrivedAsync("orders", 2);
        Assert.Equal(0, (await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Sql("n = 2"))).Code);
        var response = await broker.PullAsync(TestBroker.PullHeader("orders") with { SysFlag = 0, SubVersion = 1 });
        Assert.Equal(["yes"], MessageRecordCodec.DecodeAll(response.Body).Select(TestBroker.Text));
    }

    [Fact]
    public async Task A_held_pull_waits_on_while_only_unwanted_messages_come()
    {
        await using var broker = await TestBroker.StartAsync(Enabled);
        await broker.CreateTopicAsync("orders");
        var waiting = broker.PullAsync(Pull("n = 9", suspendMs: 15_000));
        for (var i = 0; i < 9; i++) await broker.SentAsync("orders", $"m{i}", properties: TestBroker.Properties(("n", $"{i}")));
        Assert.False(waiting.IsCompleted);
        await broker.SentAsync("orders", "m9", properties: TestBroker.Properties(("n", "9")));
        Assert.Equal(["m9"], MessageRecordCodec.DecodeAll((await waiting).Body).Select(TestBroker.Text));

        // At the end of its time it is told how far it has seen.
        var ended = broker.PullAsync(Pull("n = 99", offset: 10, suspendMs: 400));
        await broker.SentAsync("orders", "m10", properties: TestBroker.Properties(("n", "10")));
        var response = await ended;
        Assert.Equal((ResponseCode.PullNotFound, "11"), (response.Code, response.ExtFields["nextBeginOffset"]));
    }

    [Theory]
    [InlineData("n = 9", ResponseCode.Success, null)]
    [InlineData("n = ", ResponseCode.SubscriptionParseFailed, "Invalid MessageSelector of topic orders, position 5: expected a property, a value or (, found the end")]
    public async Task A_wrong_expression_is_refused_when_subscribing(string expression, int code, string? remark)
    {
        await using var broker = await TestBroker.StartAsync(Enabled);
        var check = await broker.InvokeAsync(RequestCode.CheckClientConfig, null, new CheckClientBody("c1", "consumers", Sql(expression)).Encode());
        Assert.Equal((code, remark), (check.Code, check.Remark));
        var heartbeat = await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Sql(expression), new SubscriptionData { Topic = "plain", SubVersion = 1 });
        Assert.Equal((code, remark), (heartbeat.Code, heartbeat.Remark));

        // The group's other topics are served.
        await broker.CreateTopicAsync("plain");
        Assert.Equal(ResponseCode.PullNotFound, (await broker.PullAsync(TestBroker.PullHeader("plain") with { SysFlag = 0 })).Code);
    }

    [Fact]
    public async Task A_pull_with_a_wrong_expression_is_refused()
    {
        await using var broker = await TestBroker.StartAsync(Enabled);
        await broker.CreateTopicAsync("orders");
        Assert.Equal(ResponseCode.SubscriptionParseFailed, (await broker.PullAsync(Pull("n ="))).Code);
        Assert.Equal(ResponseCode.SystemError, (await broker.PullAsync(Pull("n = 1") with { ExpressionType = "XPATH" })).Code);
        await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Sql("n ="));
        Assert.Equal(ResponseCode.FilterDataNotExist, (await broker.PullAsync(TestBroker.PullHeader("orders") with { SysFlag = 0 })).Code);
    }

    [Fact]
    public async Task Expressions_are_refused_unless_they_are_enabled()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateTopicAsync("orders");
        const string Remark = "The broker does not support consumer to filter message by SQL92";
        var response = await broker.InvokeAsync(RequestCode.CheckClientConfig, null, new CheckClientBody("c1", "consumers", Sql("n = 1")).Encode());
        Assert.Equal((ResponseCode.SystemError, Remark), (response.Code, response.Remark));
        response = await broker.PullAsync(Pull("n = 1"));
        Assert.Equal((ResponseCode.SystemError, Remark), (response.Code, response.Remark));
    }

    [Theory]
    [InlineData(true, new[] { "wanted", "other" })]
    [InlineData(false, new[] { "wanted", "unwanted", "other" })]
    public async Task Retries_are_filtered_by_their_own_topic_when_that_is_asked_for(bool supportRetry, string[] expected)
    {
        await using var broker = await TestBroker.StartAsync(o => Enabled(o) with { FilterSupportRetry = supportRetry });
        await broker.HeartbeatAsync(broker.Client, "c1", "consumers", Sql("n = 1"), new SubscriptionData { Topic = "%RETRY%consumers", SubVersion = 1 });
        await broker.SentAsync("%RETRY%consumers", "wanted", properties: TestBroker.Properties(("RETRY_TOPIC", "orders"), ("n", "1")));
        await broker.SentAsync("%RETRY%consumers", "unwanted", properties: TestBroker.Properties(("RETRY_TOPIC", "orders"), ("n", "2")));
        await broker.SentAsync("%RETRY%consumers", "other", properties: TestBroker.Properties(("RETRY_TOPIC", "others"), ("n", "2")));
        await Eventually.TrueAsync("three retries", () => broker.Node.Store.QueueBounds("%RETRY%consumers", 0).Max == 3);
        var response = await broker.PullAsync(TestBroker.PullHeader("%RETRY%consumers") with { SysFlag = 0, SubVersion = 1 });
        Assert.Equal(expected, MessageRecordCodec.DecodeAll(response.Body).Select(TestBroker.Text));
    }
}
