using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class AppendTests
{
    [Fact]
    public async Task Messages_get_their_places_in_log_and_queue_and_are_read_back()
    {
        await using var store = await OpenAsync(new PowerLossDevice());

        var first = await store.StoreAsync(Message("one"));
        var second = await store.StoreAsync(Message("two"));
        var other = await store.StoreAsync(Message("three", queueId: 1));

        Assert.Equal((0L, 0L), (first.PhysicalOffset, first.QueueOffset));
        Assert.Equal((first.EndOffset, 1L), (second.PhysicalOffset, second.QueueOffset));
        Assert.Equal((second.EndOffset, 0L), (other.PhysicalOffset, other.QueueOffset));
        await store.SeesAsync(2);
        await store.SeesAsync(1, queueId: 1);
        Assert.Equal(["one", "two"], store.Bodies());
        Assert.Equal("two", System.Text.Encoding.UTF8.GetString(store.ReadRecord(second.PhysicalOffset)!.Body.Span));
        Assert.Null(store.ReadRecord(second.PhysicalOffset + 1));
        Assert.Null(store.ReadRecord(store.MaxPhysicalOffset));
    }

    [Fact]
    public async Task A_record_never_crosses_a_file_and_a_blank_record_fills_the_end()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        var size = MessageRecordCodec.Measure(Message(new string('x', 900)));
        for (var i = 0; i < 9; i++) await store.StoreAsync(Message(new string('x', 900)));

        // Four of them fit a file of 4096 bytes, with 100 bytes left.
        Assert.Equal(992, size);
        Assert.Equal((2 * 4096) + size, store.MaxPhysicalOffset);
        var end = device.Content(FirstLogFile)!.AsSpan(4 * size);
        Assert.Equal("00000080" + "CBD43194", Convert.ToHexString(end[..8]));
        Assert.Equal(0x80, 4096 - (4 * size));
        Assert.True(end[8..].IndexOfAnyExcept((byte)0) < 0);
        await store.SeesAsync(9);
        Assert.Equal(9, store.Bodies().Count);
    }

    [Fact]
    public async Task Eight_bytes_stay_free_behind_a_record()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        var empty = MessageRecordCodec.Measure(Message(""));

        var fits = store.AppendOk(Message(new string('x', 2048 - empty)));
        var exactly = store.AppendOk(Message(new string('x', 2048 - 8 - empty)));
        var next = store.AppendOk(Message(""));

        Assert.Equal(2048, fits.EndOffset);
        Assert.Equal(4096 - 8, exactly.EndOffset);
        Assert.Equal(4096, next.PhysicalOffset);
    }

    [Fact]
    public async Task A_batch_stays_together_and_is_all_or_nothing()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        await store.StoreAsync(Message(new string('x', 2000)));

        var batch = store.AppendBatch([Message(new string('a', 800)), Message(new string('b', 800)), Message(new string('c', 800))]);

        // It didn't fit behind the first message: the whole batch begins the next file.
        Assert.Equal((AppendStatus.Ok, 4096L, 1L), (batch.Status, batch.PhysicalOffset, batch.QueueOffset));
        Assert.Equal(store.MaxPhysicalOffset, batch.EndOffset);
        Assert.True(await store.WaitFlushedAsync(batch.EndOffset, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        await store.SeesAsync(4);
        Assert.Equal(AppendStatus.MessageTooLarge, store.AppendBatch([Message(new string('a', 2000)), Message(new string('b', 2000)), Message("c")]).Status);
        Assert.Equal(batch.EndOffset, store.MaxPhysicalOffset);
        Assert.Throws<ArgumentException>(() => store.AppendBatch([Message("a"), Message("b", queueId: 1)]));
    }

    [Fact]
    public async Task What_is_too_large_is_refused_with_its_reason()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        var properties = new MessageRecord { Topic = "T", BornHost = Message("").BornHost, StoreHost = Message("").StoreHost, Properties = new byte[32768] };

        Assert.Equal(AppendStatus.MessageTooLarge, store.Append(Message(new string('x', 2049))).Status);
        Assert.Equal(AppendStatus.PropertiesTooLarge, store.Append(properties).Status);
        Assert.Equal(AppendStatus.TopicTooLong, store.Append(Message("", topic: new string('t', 128))).Status);
        Assert.Equal(0, store.MaxPhysicalOffset);
    }

    [Fact]
    public async Task A_retry_topic_may_have_a_longer_name()
    {
        var device = new PowerLossDevice();
        var topic = "%RETRY%" + new string('g', 120) + "_" + new string('t', 120);
        await using (var store = await OpenAsync(device))
        {
            Assert.Equal(AppendStatus.TopicTooLong, store.Append(Message("", topic: topic + "12345678")).Status);
            await store.StoreAsync(Message("long", topic));
            await store.SeesAsync(1, topic);
        }

        device.DeleteDirectory("/store/consumequeue");
        await using var again = await OpenAsync(device);
        Assert.Equal(["long"], again.Bodies(topic));
    }

    [Theory]
    [InlineData(MessageSysFlag.TransactionPrepared, false)]
    [InlineData(MessageSysFlag.TransactionRollback, false)]
    [InlineData(MessageSysFlag.TransactionCommit, true)]
    public async Task Prepared_and_rolled_back_transactions_take_no_place_in_a_queue(int sysFlag, bool queued)
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        await store.StoreAsync(Message("before"));

        var result = await store.StoreAsync(Message("transaction", sysFlag: sysFlag));
        await store.StoreAsync(Message("after"));

        Assert.Equal(queued ? 1 : 0, result.QueueOffset);
        await store.SeesAsync(queued ? 3 : 2);
        Assert.Equal(queued ? ["before", "transaction", "after"] : (string[])["before", "after"], store.Bodies());
    }

    [Fact]
    public async Task Many_writers_share_few_syncs_and_lose_nothing()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device, Options with { CommitLogFileSizeBytes = 1 << 20, ConsumeQueueFileSizeBytes = 20_000 });
        using var open = new ManualResetEventSlim();
        device.BeforeFlush = path =>
        {
            if (path == FirstLogFile) open.Wait();
        };
        var before = device.Flushes;

        var writers = Enumerable.Range(0, 200).Select(i => store.StoreAsync(Message($"m{i}", queueId: i % 4))).ToArray();
        open.Set();
        await Task.WhenAll(writers);

        Assert.InRange(device.Flushes - before, 1, 4);
        for (var queue = 0; queue < 4; queue++) await store.SeesAsync(50, queueId: queue);
        Assert.Equal(200, Enumerable.Range(0, 4).SelectMany(q => store.Bodies(queueId: q)).Distinct().Count());
    }

    [Fact]
    public async Task Concurrent_appends_of_one_queue_leave_no_hole()
    {
        await using var store = await OpenAsync(new PowerLossDevice(), Options with { Flush = FlushDiskType.Async });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(() =>
        {
            for (var i = 0; i < 250; i++) store.AppendOk(Message($"{w}-{i}"));
        })));

        await store.SeesAsync(1000);
        Assert.Equal(1000, store.Bodies().Distinct().Count());
    }
}
