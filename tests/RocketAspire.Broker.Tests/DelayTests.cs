using System.Diagnostics;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests;

public sealed class DelayTests
{
    private static BrokerOptions With(BrokerOptions options, params long[] delaysMs) => options with { Store = options.Store with { DelayLevelsMs = delaysMs } };

    [Fact]
    public async Task A_delayed_message_comes_in_its_own_topic_and_queue_when_it_is_due()
    {
        await using var broker = await TestBroker.StartAsync(static o => With(o, 300));
        var watch = Stopwatch.StartNew();
        await broker.SentAsync("orders", "later", queueId: 1, properties: TestBroker.Properties(("DELAY", "1"), ("TAGS", "a")));
        var record = Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 1));
        Assert.True(watch.ElapsedMilliseconds >= 299, $"it came after {watch.ElapsedMilliseconds} ms");
        Assert.InRange(watch.ElapsedMilliseconds, 299, 300 + 1000);
        Assert.Equal("later", TestBroker.Text(record));
        Assert.Equal(["later"], (await broker.PulledAsync("orders", 1, subscription: "a")).Select(TestBroker.Text));
        Assert.Equal("1", MessageProperties.Get(record.Properties.Span, "DELAY"));
    }

    [Fact]
    public async Task Levels_do_not_wait_for_each_other()
    {
        await using var broker = await TestBroker.StartAsync(static o => With(o, 60_000, 50));
        await broker.SentAsync("orders", "slow", properties: TestBroker.Properties(("DELAY", "1")));
        await broker.SentAsync("orders", "quick", properties: TestBroker.Properties(("DELAY", "2")));
        Assert.Equal("quick", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("orders", 1))));
    }

    [Fact]
    public async Task A_level_beyond_the_last_counts_as_the_last()
    {
        await using var broker = await TestBroker.StartAsync(static o => With(o, 10, 20));
        await broker.SentAsync("orders", "x", properties: TestBroker.Properties(("DELAY", "99")));
        await broker.ArrivedAsync("orders", 1);
        Assert.Equal(1, broker.Node.Store.QueueBounds(TopicNames.Schedule, 1).Max);
    }

    [Fact]
    public async Task A_delay_that_is_no_number_is_illegal()
    {
        await using var broker = await TestBroker.StartAsync();
        Assert.Equal(ResponseCode.MessageIllegal, (await broker.SendAsync("orders", "x", properties: TestBroker.Properties(("DELAY", "soon")))).Code);
    }

    [Fact]
    public async Task What_was_due_while_the_broker_was_down_comes_at_its_start_and_nothing_comes_twice()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await TestBroker.StartAsync(static o => With(o, 1, 1500), folder))
        {
            await broker.SentAsync("orders", "before", properties: TestBroker.Properties(("DELAY", "1")));
            await broker.ArrivedAsync("orders", 1);
            await broker.SentAsync("orders", "across", properties: TestBroker.Properties(("DELAY", "2")));
        }

        await using var again = await TestBroker.StartAsync(static o => With(o, 1, 1500), folder);
        Assert.Equal(["before", "across"], (await again.ArrivedAsync("orders", 2)).Select(TestBroker.Text));
        Assert.Equal((1L, 1L), (again.Node.Tables.DelayOffsets.Get(1), again.Node.Tables.DelayOffsets.Get(2)));
    }

    [Fact]
    public async Task Many_delayed_messages_all_come_in_order()
    {
        await using var broker = await TestBroker.StartAsync(static o => With(o, 50));
        for (var i = 0; i < 100; i++) await broker.SentAsync("orders", $"m{i}", properties: TestBroker.Properties(("DELAY", "1")));
        await broker.ArrivedAsync("orders", 100);
        var seen = new List<string>();
        while (seen.Count < 100) seen.AddRange((await broker.PulledAsync("orders", offset: seen.Count)).Select(TestBroker.Text));
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"m{i}"), seen);
    }

    [Theory]
    [InlineData("1s 5m 2h 1d", new long[] { 1_000, 300_000, 7_200_000, 86_400_000 })]
    [InlineData("", null)]
    [InlineData("1x", null)]
    [InlineData("s", null)]
    [InlineData("1.5s", null)]
    [InlineData("-1s", null)]
    public void Levels_are_read_from_their_setting(string text, long[]? expected) => Assert.Equal(expected, DelayLevels.Parse(text));
}
