using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;
using static RocketAspire.Broker.Tests.Popping.PopClient;

namespace RocketAspire.Broker.Tests.Popping;

public sealed class PopOrderTests
{
    [Fact]
    public async Task The_next_messages_of_a_queue_wait_for_those_in_hand()
    {
        await using var broker = await PopTests.StartAsync();
        await PopTests.FillAsync(broker, 4);
        var response = await broker.PopAsync(Ordered(max: 2));
        Assert.Equal(("999", "0 0 0", "0 0 0,1", "0 0 0"), (response.ExtFields["reviveQid"], response.ExtFields["startOffsetInfo"], response.ExtFields["msgOffsetInfo"], response.ExtFields["orderCountInfo"]));
        var first = Read(response);
        Assert.Equal(ResponseCode.PollingTimeout, (await broker.PopAsync(Ordered())).Code);

        await broker.AckedAsync(first[0]);
        Assert.Equal(1, broker.OffsetOf("orders"));
        Assert.Equal(ResponseCode.PollingTimeout, (await broker.PopAsync(Ordered())).Code);
        await broker.AckedAsync(first[1]);
        Assert.Equal(2, broker.OffsetOf("orders"));
        Assert.Equal(["m2", "m3"], (await broker.PoppedAsync(Ordered())).Select(static m => m.Text));
    }

    [Fact]
    public async Task What_is_not_acknowledged_comes_again_first_with_its_count()
    {
        await using var broker = await PopTests.StartAsync();
        await PopTests.FillAsync(broker, 3);
        var first = await broker.PoppedAsync(Ordered(max: 2, invisibleMs: Soon));
        await broker.AckedAsync(first[0]);

        // A waiting pop is woken when the time of the message in hand is over.
        var again = await broker.PopAsync(Ordered(pollMs: 20_000));
        Assert.Equal(["m1", "m2"], Read(again).Select(static m => m.Text));
        Assert.Equal("0 qo0%1 1;0 0 0", again.ExtFields["orderCountInfo"]);
        // Of the earlier pop: too late to count.
        await broker.AckedAsync(first[1]);
        Assert.Equal(1, broker.OffsetOf("orders"));
    }

    [Fact]
    public async Task A_repeated_attempt_gets_the_same_messages()
    {
        await using var broker = await PopTests.StartAsync();
        await PopTests.FillAsync(broker, 3);
        var attempt = Ordered(max: 2) with { AttemptId = "one" };
        Assert.Equal(["m0", "m1"], (await broker.PoppedAsync(attempt)).Select(static m => m.Text));
        Assert.Equal(["m0", "m1"], (await broker.PoppedAsync(attempt)).Select(static m => m.Text));
        Assert.Equal(ResponseCode.PollingTimeout, (await broker.PopAsync(Ordered() with { AttemptId = "other" })).Code);
    }

    [Fact]
    public async Task A_changed_time_keeps_the_queue_waiting_for_longer()
    {
        await using var broker = await PopTests.StartAsync();
        await PopTests.FillAsync(broker, 2);
        var first = Assert.Single(await broker.PoppedAsync(Ordered(max: 1, invisibleMs: 1500)));
        var changed = await broker.ChangedAsync(first, 60_000);
        Assert.Equal(first.Receipt.PopTime, changed.Receipt.PopTime);
        Assert.InRange(changed.Receipt.InvisibleTime, 60_000, 80_000);
        Assert.Equal(ResponseCode.PollingTimeout, (await broker.PopAsync(Ordered(pollMs: 2500))).Code);
        await broker.AckedAsync(changed);
        Assert.Equal("m1", Assert.Single(await broker.PoppedAsync(Ordered())).Text);
    }

    [Fact]
    public async Task A_message_that_nobody_has_can_not_be_acknowledged()
    {
        await using var broker = await PopTests.StartAsync();
        await PopTests.FillAsync(broker, 3);
        var first = Assert.Single(await broker.PoppedAsync(Ordered(max: 1)));
        var wrong = first with { Receipt = first.Receipt with { QueueOffset = 2 } };
        Assert.Equal(ResponseCode.MessageIllegal, (await broker.AckAsync(wrong)).Code);
    }

    [Fact]
    public async Task Messages_in_hand_survive_a_restart()
    {
        using var folder = new TemporaryFolder();
        List<Popped> first;
        await using (var broker = await PopTests.StartAsync(folder: folder))
        {
            await PopTests.FillAsync(broker, 3);
            first = await broker.PoppedAsync(Ordered(max: 2));
            await broker.AckedAsync(first[0]);
        }

        await using var again = await PopTests.StartAsync(folder: folder);
        Assert.Equal(ResponseCode.PollingTimeout, (await again.PopAsync(Ordered())).Code);
        await again.AckedAsync(first[1]);
        Assert.Equal("m2", Assert.Single(await again.PoppedAsync(Ordered())).Text);
    }

    [Fact]
    public async Task What_is_in_hand_of_a_topic_that_is_gone_is_forgotten()
    {
        using var folder = new TemporaryFolder();
        await using var broker = await PopTests.StartAsync(folder: folder, options: static o => o with { FlushConsumerOffsetInterval = TimeSpan.FromMilliseconds(50) });
        await PopTests.FillAsync(broker, 2);
        await broker.PoppedAsync(Ordered());
        var path = folder["store/config/consumerOrderInfo.json"];
        string Written() => File.Exists(path) ? File.ReadAllText(path) : "";
        await Eventually.TrueAsync("the queue in hand is written", () => Written().Contains("orders@", StringComparison.Ordinal));

        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.DeleteTopicInBroker, new ExtFields { { "topic", "orders" } })).Code);
        await Eventually.TrueAsync("it is written no more", () => Written() is { Length: > 0 } text && !text.Contains("orders@", StringComparison.Ordinal));
    }

    private static Protocol.Headers.PopMessageRequestHeader Ordered(int max = 32, long invisibleMs = 60_000, long pollMs = 0) =>
        PopHeader("orders", queueId: 0, max: max, invisibleMs: invisibleMs, pollMs: pollMs) with { Order = true };
}
