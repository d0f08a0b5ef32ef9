using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;
using static RocketAspire.Broker.Tests.Popping.PopClient;

namespace RocketAspire.Broker.Tests.Popping;

public sealed class PopWaitTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public async Task A_pop_waits_for_a_message_in_its_queue(int queueId)
    {
        await using var broker = await PopTests.StartAsync();
        var waiting = broker.PopAsync(PopHeader("orders", queueId, pollMs: 20_000));
        await Eventually.TrueAsync("it waits", async () => await PollingAsync(broker, queueId) == "1");
        await broker.SentAsync("orders", "m", queueId: 2);

        var response = await waiting;
        Assert.Equal("m", Assert.Single(Read(response)).Text);
        Assert.Equal("0", await PollingAsync(broker, queueId));
    }

    [Fact]
    public async Task A_pop_whose_time_is_over_says_so()
    {
        await using var broker = await PopTests.StartAsync();
        var response = await broker.PopAsync(PopHeader("orders", pollMs: 200));
        Assert.Equal((ResponseCode.PollingTimeout, "NO_MESSAGE_IN_QUEUE"), (response.Code, response.Remark));
        Assert.Equal("60000", response.ExtFields["invisibleTime"]);
        var late = await broker.PopAsync(PopHeader("orders", pollMs: 1000) with { BornTime = DateTimeOffset.UtcNow.AddSeconds(-2).ToUnixTimeMilliseconds() });
        Assert.Equal((ResponseCode.PollingTimeout, "the broker[127.0.0.1] pop message is timeout too much"), (late.Code, late.Remark));
    }

    [Fact]
    public async Task A_filter_is_not_woken_by_what_it_does_not_want()
    {
        await using var broker = await PopTests.StartAsync();
        var waiting = broker.PopAsync(PopHeader("orders", pollMs: 20_000) with { Exp = "wanted", ExpType = "TAG" });
        await Eventually.TrueAsync("it waits", async () => await PollingAsync(broker, -1) == "1");
        await broker.SentAsync("orders", "no", properties: TestBroker.Properties(("TAGS", "other")));
        await broker.ArrivedAsync("orders", 1);
        Assert.Equal("1", await PollingAsync(broker, -1));
        await broker.SentAsync("orders", "yes", properties: TestBroker.Properties(("TAGS", "wanted")));
        Assert.Equal("yes", Assert.Single(Read(await waiting)).Text);
    }

    [Fact]
    public async Task A_waiting_pop_gets_what_comes_back_from_another()
    {
        await using var broker = await PopTests.StartAsync();
        await PopTests.FillAsync(broker, 1);
        await broker.PoppedAsync(PopHeader("orders", invisibleMs: Soon), 1);
        var again = Assert.Single(Read(await broker.PopAsync(PopHeader("orders", pollMs: 20_000))));
        Assert.Equal(("m0", 1), (again.Text, again.Record.ReconsumeTimes));
    }

    [Fact]
    public async Task Each_message_wakes_a_pop_while_any_waits()
    {
        await using var broker = await PopTests.StartAsync();
        var waiting = Enumerable.Range(0, 5).Select(_ => broker.PopAsync(PopHeader("orders", max: 1, pollMs: 20_000))).ToList();
        await Eventually.TrueAsync("they wait", async () => await PollingAsync(broker, -1) == "5");
        for (var i = 0; i < 5; i++) await broker.SentAsync("orders", $"m{i}", queueId: i % 2);
        var answers = await Task.WhenAll(waiting);
        Assert.Equal(["m0", "m1", "m2", "m3", "m4"], answers.Select(static answer => Assert.Single(Read(answer)).Text).Order());
    }

    [Fact]
    public async Task Too_many_waiting_pops_are_told()
    {
        await using var broker = await PopTests.StartAsync(static o => o with { PopPollingSize = 1 });
        _ = broker.PopAsync(PopHeader("orders", pollMs: 5_000));
        await Eventually.TrueAsync("it waits", async () => await PollingAsync(broker, -1) == "1");
        Assert.Equal(ResponseCode.PollingFull, (await broker.PopAsync(PopHeader("orders", pollMs: 5_000))).Code);
    }

    [Fact]
    public async Task A_notification_tells_that_there_is_something_and_takes_nothing()
    {
        await using var broker = await PopTests.StartAsync();
        Assert.Equal("false", (await NotifyAsync(broker, pollMs: 0)).ExtFields["hasMsg"]);
        var waiting = NotifyAsync(broker, pollMs: 20_000);
        await broker.SentAsync("orders", "m", queueId: 1);
        Assert.Equal("true", (await waiting).ExtFields["hasMsg"]);
        Assert.Equal("m", Assert.Single(await broker.PoppedAsync(PopHeader("orders", invisibleMs: Soon), 1)).Text);
        Assert.Equal("false", (await NotifyAsync(broker, pollMs: 100)).ExtFields["hasMsg"]);
        // It comes back, and that is told too.
        Assert.Equal("true", (await NotifyAsync(broker, pollMs: 20_000)).ExtFields["hasMsg"]);
    }

    [Fact]
    public async Task A_look_takes_nothing()
    {
        await using var broker = await PopTests.StartAsync();
        Assert.Equal(ResponseCode.PullNotFound, (await PeekAsync(broker)).Code);
        await PopTests.FillAsync(broker, 3);
        for (var i = 0; i < 2; i++)
        {
            var peeked = await PeekAsync(broker);
            Assert.Equal((ResponseCode.Success, "FOUND", "3"), (peeked.Code, peeked.Remark, peeked.ExtFields["restNum"]));
            Assert.Equal(["m0", "m1"], Protocol.Messages.MessageRecordCodec.DecodeAll(peeked.Body).Select(TestBroker.Text));
        }

        await broker.PoppedAsync(PopHeader("orders", max: 2));
        Assert.Equal(["m2"], Protocol.Messages.MessageRecordCodec.DecodeAll((await PeekAsync(broker)).Body).Select(TestBroker.Text));
    }

    private static Task<RemotingCommand> PeekAsync(TestBroker broker) =>
        broker.InvokeAsync(RequestCode.PeekMessage, new PeekMessageRequestHeader(Group, "orders", -1, 2).ToExtFields());

    private static Task<RemotingCommand> NotifyAsync(TestBroker broker, long pollMs) =>
        broker.InvokeAsync(RequestCode.Notification, new NotificationRequestHeader { ConsumerGroup = Group, Topic = "orders", PollTime = pollMs }.ToExtFields());

    private static async Task<string?> PollingAsync(TestBroker broker, int queueId) =>
        (await broker.InvokeAsync(RequestCode.PollingInfo, new PollingInfoRequestHeader(Group, "orders", queueId).ToExtFields())).ExtFields["pollingNum"];
}
