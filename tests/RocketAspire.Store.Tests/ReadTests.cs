using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class ReadTests
{
    [Fact]
    public async Task Offsets_outside_a_queue_get_Apaches_statuses()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        for (var i = 0; i < 3; i++) await store.StoreAsync(Message($"m{i}"));
        await store.SeesAsync(3);

        AssertRead(store, "none", 0, 5, QueueReadStatus.NoMatchedLogicQueue, 0);
        AssertRead(store, "T", 0, 3, QueueReadStatus.OffsetOverflowOne, 3);
        AssertRead(store, "T", 0, 9, QueueReadStatus.OffsetOverflowBadly, 3);
        AssertRead(store, "T", 0, -1, QueueReadStatus.OffsetTooSmall, 0);
        AssertRead(store, "T", 0, 1, QueueReadStatus.Found, 3);
    }

    [Fact]
    public async Task A_message_larger_than_one_read_is_seen_and_found_again_after_a_crash()
    {
        var options = Options with { CommitLogFileSizeBytes = 4 * 1024 * 1024, MaxMessageSizeBytes = 2 * 1024 * 1024 };
        var device = new PowerLossDevice();
        var body = new string('x', 1_000_000);
        await using (var store = await OpenAsync(device, options))
        {
            await store.StoreAsync(Message(body));
            await store.StoreAsync(Message("small"));
            await store.SeesAsync(2);
            device = device.ProcessKilled();
        }

        await using var again = await OpenAsync(device, options);
        await again.SeesAsync(2);
        AssertRead(again, "T", 0, 1, QueueReadStatus.Found, 2);
        Assert.Equal(body.Length, MessageRecordCodec.DecodeAll(again.ReadQueue("T", 0, 0, 1, 1 << 21, null).Body).Single().Body.Length);
    }

    [Fact]
    public async Task Both_limits_hold_but_the_first_message_always_comes()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        for (var i = 0; i < 30; i++) await store.StoreAsync(Message(new string('x', 100)));
        await store.SeesAsync(30);
        var size = MessageRecordCodec.Measure(Message(new string('x', 100)));

        Assert.Equal((7, 7L), Count(store.ReadQueue("T", 0, 0, 7, 1 << 20, null)));
        Assert.Equal((3, 3L), Count(store.ReadQueue("T", 0, 0, 32, (3 * size) + 1, null)));
        Assert.Equal((1, 6L), Count(store.ReadQueue("T", 0, 5, 32, 1, null)));
        Assert.Equal((25, 30L), Count(store.ReadQueue("T", 0, 5, 32, 1 << 20, null)));
    }

    [Fact]
    public async Task A_filter_by_tags_skips_without_reading_and_says_where_to_go_on()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        for (var i = 0; i < 20; i++) await store.StoreAsync(Message($"m{i}", tags: i % 5 == 0 ? "A" : "B"));
        await store.SeesAsync(20);

        var found = store.ReadQueue("T", 0, 0, 32, 1 << 20, new TagFilter("A"));
        var none = store.ReadQueue("T", 0, 1, 32, 1 << 20, new TagFilter("C"));

        Assert.Equal((QueueReadStatus.Found, 4, 20L), (found.Status, found.Count, found.NextBeginOffset));
        Assert.Equal(["m0", "m5", "m10", "m15"], MessageRecordCodec.DecodeAll(found.Body).Select(r => System.Text.Encoding.UTF8.GetString(r.Body.Span)));
        Assert.Equal((QueueReadStatus.NoMatchedMessage, 0, 20L), (none.Status, none.Count, none.NextBeginOffset));
    }

    [Fact]
    public async Task With_sync_flush_nothing_is_seen_before_it_is_on_disk()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        await store.StoreAsync(Message("seen"));
        using var open = new ManualResetEventSlim();
        using var reached = new SemaphoreSlim(0);
        device.BeforeFlush = path =>
        {
            if (path != FirstLogFile) return;
            reached.Release();
            open.Wait();
        };

        var waiting = store.AppendOk(Message("waiting"));
        await reached.WaitAsync(TestContext.Current.CancellationToken);
        await store.SeesAsync(1);
        Assert.Equal(waiting.PhysicalOffset, store.ConfirmOffset);
        Assert.Null(store.ReadRecord(waiting.PhysicalOffset));
        Assert.False(await store.WaitFlushedAsync(waiting.EndOffset, TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken));

        open.Set();
        await store.SeesAsync(2);
    }

    [Fact]
    public async Task With_manual_confirmation_nothing_is_seen_before_it_is_confirmed()
    {
        var device = new PowerLossDevice();
        var options = Options with { Confirm = ConfirmMode.Manual };
        await using (var store = await OpenAsync(device, options))
        {
            var first = await store.StoreAsync(Message("one"));
            await store.StoreAsync(Message("two"));
            Assert.Equal((0L, 0L), store.QueueBounds("T", 0));

            store.SetConfirmOffset(first.EndOffset);
            await store.SeesAsync(1);
            Assert.Null(store.ReadRecord(first.EndOffset));
        }

        await using var again = await OpenAsync(device, options);
        Assert.Equal((0L, 1L), again.QueueBounds("T", 0));
        // The unconfirmed message still counts for the next offset.
        Assert.Equal(2, again.AppendOk(Message("three")).QueueOffset);
        again.SetConfirmOffset(again.MaxPhysicalOffset);
        await again.SeesAsync(3);
        Assert.Equal(["one", "two", "three"], again.Bodies());
    }

    [Fact]
    public async Task An_arrival_is_told_when_the_message_can_be_read()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        var arrivals = new List<(MessageArrival, QueueReadStatus)>();
        store.Arrived += a => arrivals.Add((a, store.ReadQueue(a.Topic, a.QueueId, a.QueueOffset, 1, 1, null).Status));

        var stored = await store.StoreAsync(Message("one", tags: "A"));

        await Eventually.TrueAsync("the arrival", () => arrivals.Count == 1);
        Assert.Equal((new MessageArrival("T", 0, 0, 65, stored.StoreTimestamp, 1, arrivals[0].Item1.Size), QueueReadStatus.Found), arrivals[0]);
    }

    [Fact]
    public async Task A_scheduled_message_is_queued_with_its_delivery_time()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        var due = new List<long>();
        store.Arrived += a => due.Add(a.TagsCode);

        var stored = new List<long>();
        foreach (var level in (string[])["1", "3", "99", "x"]) stored.Add((await store.StoreAsync(Message("m", TopicNames.Schedule, tags: "A", delay: level))).StoreTimestamp);

        await store.SeesAsync(4, TopicNames.Schedule);
        await Eventually.TrueAsync("four arrivals", () => due.Count == 4);
        Assert.Equal([stored[0] + 1000, stored[1] + 10_000, stored[2] + 7_200_000, 65], due);
    }

    [Fact]
    public async Task A_time_leads_to_the_nearest_message()
    {
        var time = new ManualTimeProvider();
        var start = time.GetUtcNow().ToUnixTimeMilliseconds();
        await using var store = await OpenAsync(new PowerLossDevice(), time: time);
        for (var i = 0; i < 20; i++)
        {
            await store.StoreAsync(Message($"m{i}"));
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        await store.SeesAsync(20);
        Assert.Equal(0, store.Queries.OffsetByTime("T", 0, start - 5000));
        Assert.Equal(7, store.Queries.OffsetByTime("T", 0, start + 700));
        Assert.Equal(7, store.Queries.OffsetByTime("T", 0, start + 740));
        Assert.Equal(8, store.Queries.OffsetByTime("T", 0, start + 760));
        Assert.Equal(19, store.Queries.OffsetByTime("T", 0, start + 60_000));
        Assert.Equal(0, store.Queries.OffsetByTime("none", 0, start));
        Assert.Equal((start, start + 500, -1L), (store.EarliestStoreTime("T", 0), store.StoreTimeAt("T", 0, 5), store.StoreTimeAt("T", 0, 20)));
    }

    [Fact]
    public async Task Keys_are_found_newest_first_over_several_index_files_and_after_a_restart()
    {
        var device = new PowerLossDevice();
        var offsets = new List<long>();
        await using (var store = await OpenAsync(device))
        {
            for (var i = 0; i < 50; i++) offsets.Add((await store.StoreAsync(Message($"m{i}", keys: $"k{i % 5} other", uniqKey: $"u{i}"))).PhysicalOffset);
            await store.SeesAsync(50);
            AssertKeys(store, offsets);
        }

        Assert.True(device.Paths().Count(p => p.StartsWith("/store/index/", StringComparison.Ordinal)) > 5);
        await using var again = await OpenAsync(device);
        AssertKeys(again, offsets);
    }

    private static void AssertKeys(MessageStore store, List<long> offsets)
    {
        Assert.Equal([offsets[7]], store.Queries.FindByKey("T", "u7", 10, 0, long.MaxValue));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => offsets[48 - (5 * i)]), store.Queries.FindByKey("T", "k3", 64, 0, long.MaxValue));
        Assert.Equal([offsets[48], offsets[43]], store.Queries.FindByKey("T", "k3", 2, 0, long.MaxValue));
        Assert.Empty(store.Queries.FindByKey("T", "none", 10, 0, long.MaxValue));
        Assert.Empty(store.Queries.FindByKey("T", "u7", 10, 0, 1000));
    }

    private static void AssertRead(MessageStore store, string topic, int queueId, long offset, QueueReadStatus status, long next)
    {
        var read = store.ReadQueue(topic, queueId, offset, 32, 1 << 20, null);
        Assert.Equal((status, next), (read.Status, read.NextBeginOffset));
    }

    private static (int, long) Count(QueueReadResult read)
    {
        Assert.Equal(read.Count, MessageRecordCodec.DecodeAll(read.Body).Count);
        return (read.Count, read.NextBeginOffset);
    }

    private sealed class TagFilter(string tag) : IQueueFilter
    {
        public bool MatchesTagsCode(long tagsCode) => tagsCode == JavaString.HashCode(tag);
    }
}
