using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;
using static RocketAspire.Broker.Tests.Popping.PopClient;

namespace RocketAspire.Broker.Tests.Popping;

public sealed class PopTests
{
    [Fact]
    public async Task Popped_messages_are_invisible_to_others_and_the_answer_tells_their_receipts()
    {
        await using var broker = await StartAsync();
        for (var i = 0; i < 5; i++) await broker.SentAsync("orders", $"m{i}", queueId: 1);
        await broker.ArrivedAsync("orders", 5, queueId: 1);

        var response = await broker.PopAsync(PopHeader("orders", max: 3));
        Assert.Equal((ResponseCode.Success, "FOUND"), (response.Code, response.Remark));
        Assert.Equal(("0 1 0", "0 1 0,1,2", "60000", "2"), (response.ExtFields["startOffsetInfo"], response.ExtFields["msgOffsetInfo"], response.ExtFields["invisibleTime"], response.ExtFields["restNum"]));
        Assert.InRange(long.Parse(response.ExtFields["popTime"]!, null), DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.InRange(int.Parse(response.ExtFields["reviveQid"]!, null), 0, 7);
        Assert.Null(response.ExtFields["orderCountInfo"]);
        Assert.Equal(["m0", "m1", "m2"], Read(response).Select(static m => m.Text));

        Assert.Equal(["m3", "m4"], (await broker.PoppedAsync(PopHeader("orders"))).Select(static m => m.Text));
        var none = await broker.PopAsync(PopHeader("orders"));
        Assert.Equal((ResponseCode.PollingTimeout, "NO_MESSAGE_IN_QUEUE", "0"), (none.Code, none.Remark, none.ExtFields["restNum"]));
    }

    [Fact]
    public async Task Acknowledged_messages_move_the_groups_offset_and_never_come_again()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 3);
        var popped = await broker.PoppedAsync(PopHeader("orders", invisibleMs: Soon), 3);
        await broker.AckedAsync(popped[0]);
        await broker.AckedAsync(popped[2]);

        var again = Assert.Single(await broker.PoppedAsync(PopHeader("orders"), 1));
        Assert.Equal("m1", again.Text);
        await Eventually.TrueAsync("the group's offset is behind all three", () => broker.OffsetOf("orders") == 3);
        await broker.AckedAsync(again);
        await Eventually.TrueAsync("its offset in the retry topic follows", () => broker.OffsetOf(PopTopics.Retry("orders", Group, false)) == 1);
    }

    [Fact]
    public async Task What_is_not_acknowledged_in_time_comes_again_from_the_retry_topic_under_its_own_name()
    {
        await using var broker = await StartAsync();
        await broker.SentAsync("orders", "m", properties: TestBroker.Properties(("TAGS", "a"), ("own", "x")));
        var first = Assert.Single(await broker.PoppedAsync(PopHeader("orders", invisibleMs: Soon), 1));
        Assert.Equal(0, first.Record.ReconsumeTimes);

        var second = Assert.Single(await broker.PoppedAsync(PopHeader("orders", invisibleMs: Soon), 1));
        Assert.Equal(("orders", "m", 1, 1), (second.Record.Topic, second.Text, second.Record.ReconsumeTimes, second.Receipt.Retry));
        var properties = MessageProperties.Parse(second.Record.Properties.Span);
        Assert.Equal(("a", "x", $"{first.Receipt.PopTime}"), (properties["TAGS"], properties["own"], properties[MessageProperties.FirstPopTime]));
        Assert.True(broker.Node.Tables.Topics.Find("%RETRY%poppers_orders") is { ReadQueueNums: 1 });

        var third = Assert.Single(await broker.PoppedAsync(PopHeader("orders"), 1));
        Assert.Equal((2, $"{first.Receipt.PopTime}"), (third.Record.ReconsumeTimes, MessageProperties.Parse(third.Record.Properties.Span)[MessageProperties.FirstPopTime]));
        await broker.AckedAsync(third);
    }

    [Fact]
    public async Task The_newer_form_of_retry_topics_still_reads_the_older()
    {
        using var folder = new TemporaryFolder();
        await using (var before = await StartAsync(folder: folder))
        {
            await before.SentAsync("orders", "old");
            await before.PoppedAsync(PopHeader("orders", invisibleMs: 1), 1);
            await Eventually.TrueAsync("it is in the older retry topic", () => before.Node.Store.QueueBounds("%RETRY%poppers_orders", 0).Max == 1);
        }

        await using var after = await StartAsync(static o => o with { EnableRetryTopicV2 = true }, folder);
        var old = Assert.Single(await after.PoppedAsync(PopHeader("orders"), 1));
        Assert.Equal(("old", 1), (old.Text, old.Receipt.Retry));
        await after.AckedAsync(old);

        await after.SentAsync("orders", "new");
        await after.PoppedAsync(PopHeader("orders", invisibleMs: 1), 1);
        var again = Assert.Single(await after.PoppedAsync(PopHeader("orders"), 1));
        Assert.Equal(("new", 2), (again.Text, again.Receipt.Retry));
        Assert.True(after.Node.Tables.Topics.Find("%RETRY%poppers+orders") is not null);
        await after.AckedAsync(again);
    }

    [Fact]
    public async Task A_longer_invisible_time_counts_and_the_old_receipt_no_more()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 2);
        var popped = await broker.PoppedAsync(PopHeader("orders", invisibleMs: Soon), 2);
        var longer = await broker.ChangedAsync(popped[0], 60_000);
        Assert.Equal((0L, 60_000L), (longer.Receipt.StartOffset, longer.Receipt.InvisibleTime));
        // The other one comes again, this one doesn't.
        Assert.Equal("m1", Assert.Single(await broker.PoppedAsync(PopHeader("orders"), 1)).Text);
        Assert.Equal(ResponseCode.PollingTimeout, (await broker.PopAsync(PopHeader("orders"))).Code);
        await Eventually.TrueAsync("the group's offset stays before it", () => broker.OffsetOf("orders") == 0);

        await broker.AckedAsync(popped[0]);
        Assert.Equal(0, broker.OffsetOf("orders"));
        await broker.AckedAsync(longer);
        await Eventually.TrueAsync("it is done", () => broker.OffsetOf("orders") == 2);
    }

    [Fact]
    public async Task A_shorter_invisible_time_brings_a_message_back_sooner()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 1);
        await broker.ChangedAsync(Assert.Single(await broker.PoppedAsync(PopHeader("orders"), 1)), 1);
        Assert.Equal("m0", Assert.Single(await broker.PoppedAsync(PopHeader("orders"), 1)).Text);
    }

    [Fact]
    public async Task Several_are_acknowledged_at_once()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 5);
        var popped = await broker.PoppedAsync(PopHeader("orders", invisibleMs: Soon), 5);
        var receipt = popped[0].Receipt;
        var body = new BatchAckBody("broker-a", [new(Group, "orders", "0", receipt.StartOffset, 0, receipt.ReviveQid, receipt.PopTime, receipt.InvisibleTime, [0, 1, 2, 4, 77])]);
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.BatchAckMessage, null, body.Encode())).Code);

        Assert.Equal("m3", Assert.Single(await broker.PoppedAsync(PopHeader("orders"), 1)).Text);
        Assert.Equal(ResponseCode.NoMessage, (await broker.InvokeAsync(RequestCode.BatchAckMessage, null, """{"brokerName":"broker-a"}"""u8.ToArray())).Code);
    }

    [Fact]
    public async Task A_filter_lets_only_its_tags_through_and_the_others_count_as_done()
    {
        await using var broker = await StartAsync();
        for (var i = 0; i < 10; i++) await broker.SentAsync("orders", $"m{i}", properties: TestBroker.Properties(("TAGS", i % 5 == 3 ? "wanted" : "other")));
        await broker.ArrivedAsync("orders", 10);

        var popped = await broker.PoppedAsync(PopHeader("orders") with { Exp = "wanted", ExpType = "TAG" });
        Assert.Equal(["m3", "m8"], popped.Select(static m => m.Text));
        Assert.Equal(0, popped[0].Receipt.StartOffset);
        foreach (var message in popped) await broker.AckedAsync(message);
        await Eventually.TrueAsync("the group is through", () => broker.OffsetOf("orders") >= 9);
        Assert.Equal(ResponseCode.PollingTimeout, (await broker.PopAsync(PopHeader("orders") with { Exp = "wanted", ExpType = "TAG" })).Code);
        await Eventually.TrueAsync("past the last one too", () => broker.OffsetOf("orders") == 10);
        Assert.Equal(ResponseCode.SubscriptionParseFailed, (await broker.PopAsync(PopHeader("orders") with { Exp = "|| ||", ExpType = "TAG" })).Code);
    }

    [Theory]
    [InlineData(0, "m0")]
    [InlineData(1, "m2")]
    public async Task A_new_group_begins_at_the_first_or_at_the_last_message(int initMode, string first)
    {
        await using var broker = await StartAsync(static o => o with { InitPopOffsetByCheckMsgInMem = false });
        await FillAsync(broker, 3);
        Assert.Equal(first, (await broker.PoppedAsync(PopHeader("orders") with { InitMode = initMode }))[0].Text);
    }

    [Fact]
    public async Task A_new_group_that_wants_the_last_gets_all_of_a_young_queue()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 3);
        Assert.Equal(3, (await broker.PoppedAsync(PopHeader("orders") with { InitMode = 1 })).Count);
    }

    [Fact]
    public async Task Each_of_many_consumers_gets_other_messages()
    {
        await using var broker = await StartAsync();
        for (var i = 0; i < 400; i++) await broker.SentAsync("orders", $"m{i}", queueId: i % 4);
        for (var queue = 0; queue < 4; queue++) await broker.ArrivedAsync("orders", 100, queue);
        var popped = new System.Collections.Concurrent.ConcurrentBag<Popped>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (await broker.PopAsync(PopHeader("orders", max: 7)) is { Code: ResponseCode.Success } response)
            {
                foreach (var message in Read(response))
                {
                    popped.Add(message);
                    await broker.AckedAsync(message);
                }
            }
        })));

        Assert.Equal(400, popped.Select(static m => m.Text).Distinct().Count());
        Assert.Equal(400, popped.Count);
        for (var queue = 0; queue < 4; queue++) await Eventually.TrueAsync("all is done", () => broker.OffsetOf("orders", queue) == 100);
    }

    [Fact]
    public async Task Too_many_invisible_messages_stop_a_queue_when_that_is_wanted()
    {
        await using var broker = await StartAsync(static o => o with { EnablePopMessageThreshold = true, PopInflightMessageThreshold = 3 });
        await FillAsync(broker, 10);
        var popped = await broker.PoppedAsync(PopHeader("orders", max: 4));
        var stopped = await broker.PopAsync(PopHeader("orders"));
        Assert.Equal((ResponseCode.PollingTimeout, "6"), (stopped.Code, stopped.ExtFields["restNum"]));
        await broker.AckedAsync(popped[0]);
        Assert.Equal(6, (await broker.PoppedAsync(PopHeader("orders"))).Count);
    }

    [Fact]
    public async Task A_reset_of_the_groups_offset_is_followed_and_forgets_what_was_invisible()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await StartAsync(folder: folder))
        {
            await FillAsync(broker, 5);
            await broker.PoppedAsync(PopHeader("orders", invisibleMs: 5_000), 5);
            Assert.Equal(0, (await broker.InvokeAsync(RequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequestHeader(Group, "orders", 0, 2).ToExtFields())).Code);
            Assert.Equal(["m2"], (await broker.PoppedAsync(PopHeader("orders", max: 1))).Select(static m => m.Text));
        }

        await using var again = await StartAsync(folder: folder);
        Assert.Equal(["m3", "m4"], (await again.PoppedAsync(PopHeader("orders"))).Select(static m => m.Text));
        Assert.Equal(ResponseCode.PollingTimeout, (await again.PopAsync(PopHeader("orders"))).Code);
    }

    [Fact]
    public async Task A_topic_that_comes_again_is_popped_from_its_start()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 5);
        await broker.PoppedAsync(PopHeader("orders", max: 3, invisibleMs: 500));
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.DeleteTopicInBroker, new TopicRequestHeader("orders").ToExtFields())).Code);
        await broker.CreateTopicAsync("orders");
        await broker.SentAsync("orders", "new");
        Assert.Equal(["new"], (await broker.PoppedAsync(PopHeader("orders"), 1)).Select(static m => m.Text));
    }

    internal static PopOptions QuickPop { get; } = new() { ReviveGrace = TimeSpan.FromMilliseconds(50) };

    internal static Task<TestBroker> StartAsync(Func<PopOptions, PopOptions>? change = null, TemporaryFolder? folder = null, Func<BrokerOptions, BrokerOptions>? options = null) =>
        StartedAsync(TestBroker.StartAsync(o => (options?.Invoke(o) ?? o) with { Pop = change?.Invoke(QuickPop) ?? QuickPop }, folder));

    internal static async Task FillAsync(TestBroker broker, int messages)
    {
        for (var i = 0; i < messages; i++) await broker.SentAsync("orders", $"m{i}");
        await broker.ArrivedAsync("orders", messages);
    }

    private static async Task<TestBroker> StartedAsync(Task<TestBroker> starting)
    {
        var broker = await starting;
        await broker.CreateGroupAsync();
        await broker.CreateTopicAsync("orders");
        return broker;
    }
}
