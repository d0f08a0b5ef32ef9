using System.Text;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Housekeeping;

/// <summary>A broker with small files, a clock that the test moves and a disk that is as full as the test says.</summary>
public sealed class RetentionTests
{
    private const int FileSize = 4096;

    private readonly ManualTimeProvider _clock = new();
    private double _used = 0.1;

    [Fact]
    public async Task Expired_files_go_at_the_hour_of_deleteWhen_with_their_queue_entries()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 40);
        var end = broker.Node.Store.MaxPhysicalOffset;
        _clock.Advance(TimeSpan.FromMinutes(90));
        Assert.Equal(0, broker.Node.Store.MinPhysicalOffset);

        _clock.Advance(TimeSpan.FromMinutes(31));
        await OnlyLastFileIsLeftAsync(broker);

        Assert.Equal(end, broker.Node.Store.MaxPhysicalOffset);
        var (min, max) = broker.Node.Store.QueueBounds("orders", 0);
        Assert.InRange(min, 1, 39);
        Assert.Equal(40, max);
        var gone = await broker.PullAsync(TestBroker.PullHeader("orders"));
        Assert.Equal((ResponseCode.PullOffsetMoved, $"{min}"), (gone.Code, gone.ExtFields["nextBeginOffset"]));
        Assert.Equal(40 - min, (await broker.PulledAsync("orders", offset: min)).Count);
    }

    [Fact]
    public async Task A_disk_that_fills_up_takes_first_the_expired_files_then_all()
    {
        await using var broker = await StartAsync(static o => o with { DeleteWhen = "" });
        await FillAsync(broker, 20);
        var boundary = broker.Node.Store.MaxPhysicalOffset / FileSize * FileSize;
        _clock.Advance(TimeSpan.FromMinutes(61));
        await FillAsync(broker, 20);
        _used = 0.8;
        _clock.Advance(TimeSpan.FromSeconds(11));
        await Eventually.TrueAsync("the expired files are gone", () => broker.Node.Store.MinPhysicalOffset == boundary);
        _clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(boundary, broker.Node.Store.MinPhysicalOffset);

        _used = 0.87;
        await TickUntilAsync("all files but the last are gone", () => IsLastFile(broker));
        await broker.SentAsync("orders", "still taken");
    }

    [Fact]
    public async Task A_full_disk_refuses_sends_until_there_is_room()
    {
        await using var broker = await StartAsync();
        await broker.SentAsync("orders", "before");
        _used = 0.91;
        _clock.Advance(TimeSpan.FromSeconds(11));
        var refused = await broker.SendAsync("orders", "x");
        Assert.Equal(
            (ResponseCode.ServiceNotAvailable, "service not available now: the broker's disk is full [CL:  0.91 CQ:  0.91 INDEX:  0.91]"),
            (refused.Code, refused.Remark));
        Assert.Equal(["before"], (await broker.ArrivedAsync("orders", 1)).Select(TestBroker.Text));

        _used = 0.9;
        _clock.Advance(TimeSpan.FromSeconds(11));
        await broker.SentAsync("orders", "after");
    }

    [Fact]
    public async Task An_operator_may_ask_at_any_hour()
    {
        await using var broker = await StartAsync(static o => o with { DeleteWhen = "" });
        await FillAsync(broker, 40);
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.DeleteExpiredCommitlog)).Code);
        _clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.DeleteExpiredCommitlog)).Code);
        await OnlyLastFileIsLeftAsync(broker);
    }

    [Fact]
    public async Task The_time_can_be_changed_while_the_broker_runs()
    {
        await using var broker = await StartAsync(static o => o with { FileReservedTime = TimeSpan.FromHours(72) });
        await FillAsync(broker, 40);
        var update = Encoding.UTF8.GetBytes("fileReservedTime=1\ndeleteWhen=01;02\n");
        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.UpdateBrokerConfig, null, update)).Code);
        _clock.Advance(TimeSpan.FromMinutes(61));
        await OnlyLastFileIsLeftAsync(broker);
    }

    [Fact]
    public async Task How_often_it_looks_can_be_changed_while_the_broker_runs()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 40);
        var rarely = await broker.InvokeAsync(RequestCode.UpdateBrokerConfig, null, "cleanResourceInterval=3600000\n"u8.ToArray());
        Assert.Equal((0, null), (rarely.Code, rarely.Remark));
        _used = 0.87;
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(0, broker.Node.Store.MinPhysicalOffset);

        Assert.Equal(0, (await broker.InvokeAsync(RequestCode.UpdateBrokerConfig, null, "cleanResourceInterval=10000\n"u8.ToArray())).Code);
        await OnlyLastFileIsLeftAsync(broker);
    }

    [Fact]
    public async Task What_somebody_still_needs_stays_even_on_a_full_disk()
    {
        await using var broker = await StartAsync();
        await FillAsync(broker, 40);
        long needed = FileSize + 10;
        broker.Node.Store.Retention.AddBound("a test", () => needed);
        _used = 0.95;
        await TickUntilAsync("the file before it is gone", () => broker.Node.Store.MinPhysicalOffset == FileSize);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(FileSize, broker.Node.Store.MinPhysicalOffset);

        needed = long.MaxValue;
        await TickUntilAsync("all files but the last are gone", () => IsLastFile(broker));
    }

    [Fact]
    public async Task A_delayed_message_is_kept_until_it_was_delivered()
    {
        await using var broker = await StartAsync(change: static o => o with { Store = o.Store with { DelayLevelsMs = [7_200_000] } });
        await broker.SentAsync("orders", "later", queueId: 3, properties: TestBroker.Properties(("DELAY", "1")));
        await Eventually.TrueAsync("it is in its level's queue", () => broker.Node.Store.QueueBounds(TopicNames.Schedule, 0).Max == 1);
        await FillAsync(broker, 40);
        _used = 0.87;
        for (var i = 0; i < 6; i++) _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, broker.Node.Store.MinPhysicalOffset);

        _clock.Advance(TimeSpan.FromHours(2));
        // The clock goes on: the delivery may have been about to set its timer when it jumped.
        await TickUntilAsync("it is delivered", () => broker.Node.Store.QueueBounds("orders", 3).Max == 1);
        Assert.Equal("later", TestBroker.Text(Assert.Single(await broker.ArrivedAsync("orders", 1, queueId: 3))));
        await TickUntilAsync("all files but the last are gone", () => IsLastFile(broker));
    }

    [Fact]
    public async Task Only_queues_of_unknown_topics_are_cleaned_and_known_ones_keep_their_place()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await StartAsync(folder: folder))
        {
            await broker.SentAsync("known", "x");
            await broker.SentAsync("dropped", "x");
            await FillAsync(broker, 40);
            _used = 0.87;
            await TickUntilAsync("all files but the last are gone", () => IsLastFile(broker));
            _used = 0.1;
            await broker.InvokeAsync(RequestCode.DeleteTopicInBroker, new ExtFields { { "topic", "dropped" } });

            Assert.Equal(0, (await broker.InvokeAsync(RequestCode.CleanExpiredConsumequeue)).Code);
            Assert.False(Directory.Exists(folder["store/consumequeue/dropped"]));
            Assert.Equal((1, 1), broker.Node.Store.QueueBounds("known", 0));
            Assert.Equal(1, (await broker.SentAsync("known", "y")).QueueOffset);
            Assert.Equal(0, (await broker.SentAsync("dropped", "y")).QueueOffset);
        }

        await using var again = await StartAsync(folder: folder);
        Assert.Equal(2, (await again.SentAsync("known", "z")).QueueOffset);
        Assert.Equal(["y", "z"], (await AtLeastAsync(again, "known", 3, 1)).Select(TestBroker.Text));
    }

    [Fact]
    public async Task Runtime_info_tells_how_full_the_disks_are()
    {
        _used = 0.42;
        await using var broker = await StartAsync();
        var table = Protocol.Bodies.KvTable.Decode((await broker.InvokeAsync(RequestCode.GetBrokerRuntimeInfo)).Body.Span).Table;
        Assert.Equal(("0.42", "0.42"), (table["commitLogDiskRatio"], table["consumeQueueDiskRatio"]));
    }

    private Task<TestBroker> StartAsync(Func<RetentionOptions, RetentionOptions>? retention = null, TemporaryFolder? folder = null, Func<BrokerOptions, BrokerOptions>? change = null)
    {
        var options = new RetentionOptions { FileReservedTime = TimeSpan.FromHours(1), DeleteWhen = "02", DeleteCommitLogFilesInterval = TimeSpan.Zero };
        options = retention?.Invoke(options) ?? options;
        return TestBroker.StartAsync(
            o => (change?.Invoke(o) ?? o) with
            {
                Retention = options,
                DiskUsed = _ => _used,
                Store = (change?.Invoke(o) ?? o).Store with { CommitLogFileSizeBytes = FileSize, ConsumeQueueFileSizeBytes = 20 * 10 },
            },
            folder, time: _clock);
    }

    private static async Task FillAsync(TestBroker broker, int messages)
    {
        var before = broker.Node.Store.QueueBounds("orders", 0).Max;
        for (var i = 0; i < messages; i++) await broker.SentAsync("orders", new string('x', 300));
        await Eventually.TrueAsync("the messages can be read", () => broker.Node.Store.QueueBounds("orders", 0).Max == before + messages);
    }

    private static bool IsLastFile(TestBroker broker) => broker.Node.Store.MinPhysicalOffset == broker.Node.Store.MaxPhysicalOffset / FileSize * FileSize;

    private Task OnlyLastFileIsLeftAsync(TestBroker broker) => TickUntilAsync("only the last file is left", () => IsLastFile(broker));

    private Task TickUntilAsync(string what, Func<bool> condition) => Eventually.TrueAsync(what, () =>
    {
        _clock.Advance(TimeSpan.FromSeconds(10));
        return condition();
    });

    private static async Task<List<MessageRecord>> AtLeastAsync(TestBroker broker, string topic, long max, long from)
    {
        await Eventually.TrueAsync($"{topic} reaches {max}", () => broker.Node.Store.QueueBounds(topic, 0).Max == max);
        return await broker.PulledAsync(topic, offset: from);
    }
}
