using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Timers;

public sealed class TimerMessageTests
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static string Timed(string name, long value, params (string, string)[] more) => TestBroker.Properties([(name, $"{value}"), .. more]);

    [Theory]
    [InlineData("TIMER_DELAY_SEC", 1, 1000)]
    [InlineData("TIMER_DELAY_MS", 700, 700)]
    public async Task A_message_comes_within_the_second_after_its_delay(string name, long value, long delayMs)
    {
        await using var broker = await TestBroker.StartAsync();
        var sentAt = Now;
        var sent = await broker.SentAsync("orders", "later", queueId: 2, properties: Timed(name, value, ("TAGS", "a")));
        Assert.Equal(2, sent.QueueId);
        var answeredAt = Now;
        Assert.Equal(0, broker.Node.Store.QueueBounds("orders", 2).Max);
        var record = Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 2));
        Assert.True(record.StoreTimestamp >= sentAt + delayMs, $"it came {record.StoreTimestamp - sentAt} ms after it was sent");
        Assert.True(record.StoreTimestamp < answeredAt + delayMs + 1000 + 500, $"it came {record.StoreTimestamp - answeredAt} ms after it was answered");
        Assert.Equal(["later"], (await broker.PulledAsync("orders", 2, subscription: "a")).Select(TestBroker.Text));
        Assert.Null(MessageProperties.Get(record.Properties.Span, "REAL_TOPIC"));
        Assert.NotNull(MessageProperties.Get(record.Properties.Span, "TIMER_OUT_MS"));
    }

    [Fact]
    public async Task A_moment_that_has_passed_is_now_and_a_delay_level_goes_before_it()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { Store = o.Store with { DelayLevelsMs = [10] } });
        await broker.SentAsync("orders", "past", properties: Timed("TIMER_DELIVER_MS", Now - 5000));
        await broker.SentAsync("orders", "level", properties: Timed("TIMER_DELIVER_MS", Now + 60_000, ("DELAY", "1")));
        Assert.Equal(["past", "level"], (await broker.ArrivedAsync("orders", 2)).Select(TestBroker.Text));
        Assert.Equal(0, broker.Node.Store.QueueBounds(TopicNames.Timer, 0).Max);
    }

    [Fact]
    public async Task Moments_too_far_away_and_those_that_are_no_numbers_are_illegal()
    {
        await using var broker = await TestBroker.StartAsync();
        const string Remark = "timer message illegal, the delay time should not be bigger than the max delay 259200000ms; or if set del msg, the delay time should be bigger than the current time";
        foreach (var properties in new[]
        {
            Timed("TIMER_DELIVER_MS", Now + 259_260_000), Timed("TIMER_DELAY_SEC", 259_201), Timed("TIMER_DELAY_SEC", long.MaxValue), TestBroker.Properties(("TIMER_DELAY_MS", "soon")),
            Timed("TIMER_DELAY_SEC", 259_201, ("TRAN_MSG", "true"), ("PGROUP", "p")),
        })
        {
            var response = await broker.SendAsync("orders", "x", properties: properties);
            Assert.Equal((ResponseCode.MessageIllegal, Remark), (response.Code, response.Remark));
        }

        await broker.SentAsync("orders", "x", properties: Timed("TIMER_DELAY_SEC", 259_200));
        Assert.Equal(0, broker.Node.Store.QueueBounds("orders", 0).Max);
    }

    [Fact]
    public async Task Timed_messages_can_be_turned_off()
    {
        await using var broker = await TestBroker.StartAsync(static o => o with { TimerWheelEnable = false });
        var response = await broker.SendAsync("orders", "x", properties: Timed("TIMER_DELAY_SEC", 1));
        Assert.Equal((ResponseCode.SystemError, "accurate timer message is not enabled, timerWheelEnable is false"), (response.Code, response.Remark));
        Assert.Equal(ResponseCode.NoPermission, (await broker.SendAsync(TopicNames.Timer, "x")).Code);
    }

    [Fact]
    public async Task What_waits_survives_a_restart_and_nothing_comes_twice()
    {
        using var folder = new TemporaryFolder();
        var due = Now + 2500;
        await using (var broker = await TestBroker.StartAsync(null, folder))
        {
            await broker.SentAsync("orders", "before", properties: Timed("TIMER_DELAY_MS", 1));
            await broker.SentAsync("orders", "across", properties: Timed("TIMER_DELIVER_MS", due));
            await broker.SentAsync("orders", "far", properties: Timed("TIMER_DELAY_SEC", 7000));
            await broker.ArrivedAsync("orders", 1);
        }

        // The broker's own tables may go: the log says it all.
        Directory.Delete(folder["store/config"], recursive: true);
        await using (var again = await TestBroker.StartAsync(null, folder))
        {
            await again.CreateTopicAsync("orders");
            Assert.Equal(["before", "across"], (await again.ArrivedAsync("orders", 2)).Select(TestBroker.Text));
            Assert.True(Now >= due);
            await Eventually.TrueAsync("only the far one to wait", () => again.Node.Store.QueueBounds(TopicNames.TimerProgress, 0).Max == 2);
        }

        await using var last = await TestBroker.StartAsync(null, folder);
        await last.SentAsync("orders", "after", properties: Timed("TIMER_DELAY_MS", 1));
        Assert.Equal(["before", "across", "after"], (await last.ArrivedAsync("orders", 3)).Select(TestBroker.Text));
    }

    [Fact]
    public async Task Thousands_of_one_second_all_come_once()
    {
        await using var broker = await TestBroker.StartAsync();
        var due = Now + 3000;
        for (var i = 0; i < 2500; i++) await broker.SentAsync("orders", $"m{i}", queueId: i % 4, properties: Timed("TIMER_DELIVER_MS", due));
        await Eventually.TrueAsync("all messages", () => Enumerable.Range(0, 4).Sum(queue => broker.Node.Store.QueueBounds("orders", queue).Max) == 2500);
        Assert.Equal(625, broker.Node.Store.QueueBounds("orders", 3).Max);
        Assert.Equal("m3", TestBroker.Text((await broker.PulledAsync("orders", 3))[0]));
    }

    [Fact]
    public async Task Days_pass_and_each_message_comes_at_its_second()
    {
        var clock = new ManualTimeProvider();
        await using var broker = await TestBroker.StartAsync(static o => o with { ClientExpiry = TimeSpan.FromDays(30) }, null, null, clock);
        var start = clock.GetUtcNow();
        foreach (var hours in new[] { 70, 1, 25, 2 }) await broker.SentAsync("orders", $"{hours}h", properties: Timed("TIMER_DELAY_SEC", hours * 3600));
        await Eventually.TrueAsync("all to wait", () => broker.Node.Store.QueueBounds(TopicNames.Timer, 0).Max == 4);
        var expected = new List<string>();
        foreach (var hours in new[] { 1, 2, 25, 70 })
        {
            clock.Advance(start + TimeSpan.FromHours(hours) - TimeSpan.FromSeconds(1) - clock.GetUtcNow());
            Assert.Equal(expected.Count, broker.Node.Store.QueueBounds("orders", 0).Max);
            clock.Advance(TimeSpan.FromSeconds(3));
            expected.Add($"{hours}h");
            await Eventually.TrueAsync($"the message of {hours} h", () =>
            {
                // A jump of the clock while it computes its sleep costs it at most the longest sleep, of the same clock.
                clock.Advance(TimeSpan.FromSeconds(1));
                return broker.Node.Store.QueueBounds("orders", 0).Max == expected.Count;
            });
            var read = MessageRecordCodec.DecodeAll(broker.Node.Store.ReadQueue("orders", 0, 0, 32, 10_000, null).Body);
            Assert.Equal(expected, read.Select(TestBroker.Text));
        }
    }

    [Fact]
    public async Task A_transactions_delay_begins_with_its_commit()
    {
        await using var broker = await TestBroker.StartAsync();
        var sent = await Transactions.TestProducer.SendHalfAsync(broker, "a", 1, ("TIMER_DELAY_MS", "300"));
        Assert.Equal(0, broker.Node.Store.QueueBounds(TopicNames.Timer, 0).Max);
        var committedAt = Now;
        Assert.Equal(0, (await Transactions.TestProducer.EndAsync(broker, Transactions.TestProducer.EndOf(sent, MessageSysFlag.TransactionCommit))).Code);
        var record = Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 1));
        Assert.True(record.StoreTimestamp >= committedAt + 300);
        Assert.Equal(MessageSysFlag.TransactionCommit, MessageSysFlag.TransactionOf(record.SysFlag));
    }

    [Fact]
    public async Task The_log_is_kept_from_the_first_message_that_waits_on()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SentAsync("orders", "plain");
        Assert.Equal((long.MaxValue, null), broker.Node.Store.Retention.LowestNeeded());
        await broker.SentAsync("orders", "soon", properties: Timed("TIMER_DELAY_MS", 400));
        var waiting = (await broker.Node.Store.ReadAllAsync(TopicNames.Timer))[0];
        await Eventually.TrueAsync("the bound", () => broker.Node.Store.Retention.LowestNeeded() == (waiting.PhysicalOffset, "timed messages"));
        await broker.ArrivedAsync("orders", 2);
        await Eventually.TrueAsync("no bound", () => broker.Node.Store.Retention.LowestNeeded().Offset == long.MaxValue);
    }
}
