using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class TopicDeletionTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deleted_topic_leaves_no_queue_and_one_of_its_name_begins_at_0()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        await FillAsync(store, "T", 40);
        await FillAsync(store, "U", 3);
        Assert.Contains(device.Paths(), static p => p.StartsWith("/store/consumequeue/T/", StringComparison.Ordinal));

        Assert.True(await DeleteAsync(store, "T"));
        Assert.DoesNotContain(device.Paths(), static p => p.StartsWith("/store/consumequeue/T/", StringComparison.Ordinal));
        Assert.Equal(["U"], store.Queues.Select(static q => q.Topic).Distinct());
        Assert.Equal((0, 0), store.QueueBounds("T", 0));
        Assert.Equal(QueueReadStatus.NoMatchedLogicQueue, store.ReadQueue("T", 0, 0, 1, 1 << 20, null).Status);

        await FillAsync(store, "T", 2, "again");
        Assert.Equal(["again0", "again1"], store.Bodies());
        Assert.Equal(["m0", "m1", "m2"], store.Bodies("U"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_deleted_stays_so_when_queues_are_made_anew_from_the_log(bool killed)
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        await FillAsync(store, "T", 12);
        await FillAsync(store, "U", 3);
        Assert.True(await DeleteAsync(store, "T"));
        await FillAsync(store, "T", 2, "again");
        var left = killed ? device.ProcessKilled() : device;
        await store.DisposeAsync();
        left.DeleteDirectory("/store/consumequeue");
        left.DeleteFile("/store/rocketaspire.mark");
        await using var anew = await OpenAsync(left);
        Assert.Equal(["again0", "again1"], anew.Bodies());
        Assert.Equal(["m0", "m1", "m2"], anew.Bodies("U"));
        Assert.Equal(2, (await anew.StoreAsync(Message("next"))).QueueOffset);
    }

    [Fact]
    public async Task Power_that_goes_during_a_deletion_leaves_the_topic_whole_or_gone()
    {
        for (var seed = 1; seed <= 150; seed++)
        {
            var device = new PowerLossDevice(seed);
            var store = await OpenAsync(device, Options with { CheckpointIntervalMs = seed % 2 == 0 ? 1 : 60_000 });
            await FillAsync(store, "T", 20);
            await FillAsync(store, "U", 5);
            device.PowerOffAt = device.Operations + 1 + (seed % 30);
            var done = await DeletedBeforePowerWentAsync(store, device);
            device.PowerOff();
            await store.DisposeAsync();
            await using var again = await OpenAsync(device.PowerCycle(), Options with { BootId = static () => "boot-2" });
            var bodies = again.Bodies();
            Assert.True(bodies.Count == 0 || (!done && bodies.Count == 20), $"seed {seed}: {bodies.Count} messages, answered {done}");
            Assert.Equal(5, again.Bodies("U").Count);
            var next = await again.StoreAsync(Message("next"));
            await again.SeesAsync(next.QueueOffset + 1);
            Assert.Equal([.. bodies, "next"], again.Bodies());
        }
    }

    [Fact]
    public async Task A_copy_of_the_log_drops_the_topic_at_the_same_place()
    {
        await using var master = await OpenAsync(new PowerLossDevice());
        var device = new PowerLossDevice();
        await using var slave = await OpenAsync(device);
        await FillAsync(master, "T", 7);
        await CopyAsync(master, slave);
        await slave.SeesAsync(7);
        Assert.True(await DeleteAsync(master, "T"));
        await FillAsync(master, "T", 3, "again");
        await CopyAsync(master, slave);
        await Eventually.TrueAsync("the slave to show the new topic", () => slave.Bodies() is ["again0", "again1", "again2"]);
        // When it takes writes itself it goes on behind them.
        Assert.Equal(3, (await slave.StoreAsync(Message("next"))).QueueOffset);
    }

    [Fact]
    public async Task A_copy_whose_deletion_is_cut_off_again_has_the_topic_back()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        await FillAsync(store, "T", 7);
        await FillAsync(store, "U", 2);
        var before = store.MaxPhysicalOffset;
        Assert.True(await DeleteAsync(store, "T"));
        await FillAsync(store, "T", 3, "again");
        await store.TruncateAsync(before);
        await store.SeesAsync(7);
        await store.SeesAsync(2, "U");
        Assert.Equal(7, store.Bodies().Count);
        await using (var restarted = await OpenAsync(device.ProcessKilled())) Assert.Equal(store.Picture(), restarted.Picture());
        Assert.Equal(7, (await store.StoreAsync(Message("next"))).QueueOffset);
    }

    [Fact]
    public async Task A_queue_that_begins_at_0_again_without_a_word_is_followed()
    {
        // What an Apache master sends after a topic was deleted there and came again.
        await using var store = await OpenAsync(new PowerLossDevice());
        foreach (var queueOffset in (long[])[0, 1, 2, 0, 1]) AppendRaw(store, queueOffset, $"m{queueOffset} at {store.MaxPhysicalOffset}");
        await store.SeesAsync(2);
        Assert.Equal(2, store.Bodies().Count);
        Assert.Equal(2, (await store.StoreAsync(Message("next"))).QueueOffset);
    }

    [Fact]
    public async Task A_queue_whose_messages_are_all_gone_is_followed_when_it_begins_at_0_again()
    {
        // What a slave sees when its master forgot the empty queue and the topic came again.
        await using var store = await OpenAsync(new PowerLossDevice());
        await FillAsync(store, "T", 5);
        await FillAsync(store, "U", 60);
        await store.DeleteBeforeAsync(store.MaxPhysicalOffset);
        Assert.Equal((5, 5), store.QueueBounds("T", 0));
        AppendRaw(store, 0, "again");
        await Eventually.TrueAsync("the new message", () => store.Bodies() is ["again"]);
    }

    [Fact]
    public async Task A_message_whose_queue_could_not_be_made_at_once_is_in_it_when_it_can()
    {
        var device = new RefusingDevice(new PowerLossDevice());
        await using var store = await OpenAsync(device);
        await FillAsync(store, "U", 1);
        device.Refuses = true;
        await store.StoreAsync(Message("m0"));
        await store.StoreAsync(Message("m1"));
        await Eventually.TrueAsync("a folder to be refused", () => device.Refused > 0);
        device.Refuses = false;
        await store.SeesAsync(2);
        Assert.Equal(["m0", "m1"], store.Bodies());
    }

    private static async Task<bool> DeleteAsync(MessageStore store, string topic)
    {
        var record = store.Deletion.Begin(topic);
        return record.IsOk && await store.Deletion.CompleteAsync(record, Long, Ct);
    }

    private static async Task<bool> DeletedBeforePowerWentAsync(MessageStore store, PowerLossDevice device)
    {
        using var off = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var deleting = Task.Run(async () =>
        {
            var record = store.Deletion.Begin("T");
            return record.IsOk && await store.Deletion.CompleteAsync(record, Long, off.Token) && !device.IsOff;
        });
        await Eventually.TrueAsync("the deletion to end, or the power", () => deleting.IsCompleted || device.IsOff);
        await off.CancelAsync();
        try
        {
            return await deleting;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The power went in the middle of it.
            return false;
        }
    }

    private static async Task FillAsync(MessageStore store, string topic, int count, string prefix = "m")
    {
        for (var i = 0; i < count; i++) await store.StoreAsync(Message($"{prefix}{i}", topic, keys: $"{prefix}{i}"));
        await store.SeesAsync(count, topic);
    }

    private static async Task CopyAsync(MessageStore from, MessageStore to)
    {
        var buffer = new byte[100];
        while (to.RawEndOffset < from.MaxPhysicalOffset)
        {
            var read = from.ReadRaw(to.RawEndOffset, buffer);
            to.AppendRaw(to.RawEndOffset, buffer.AsSpan(0, read));
        }

        Assert.True(await to.WaitFlushedAsync(from.MaxPhysicalOffset, Long, Ct));
    }

    private static void AppendRaw(MessageStore store, long queueOffset, string body)
    {
        var record = Message(body);
        (record.QueueOffset, record.PhysicalOffset, record.StoreTimestamp) = (queueOffset, store.MaxPhysicalOffset, 1);
        var bytes = new byte[MessageRecordCodec.Measure(record)];
        MessageRecordCodec.Encode(record, bytes);
        store.AppendRaw(record.PhysicalOffset, bytes);
    }

    /// <summary>Makes no folder while it refuses, as a full disk doesn't.</summary>
    private sealed class RefusingDevice(IStorageDevice device) : IStorageDevice
    {
        public volatile bool Refuses;
        public volatile int Refused;

        public bool FileExists(string path) => device.FileExists(path);

        public bool DirectoryExists(string path) => device.DirectoryExists(path);

        public IReadOnlyList<StorageEntry> List(string directory) => device.List(directory);

        public void CreateDirectory(string directory)
        {
            if (Refuses)
            {
                Refused++;
                throw new StorageFullException(directory);
            }

            device.CreateDirectory(directory);
        }

        public IStorageFile Open(string path, bool create) => device.Open(path, create);

        public void DeleteFile(string path) => device.DeleteFile(path);

        public void DeleteDirectory(string directory) => device.DeleteDirectory(directory);

        public void Rename(string from, string to) => device.Rename(from, to);

        public void FlushDirectory(string directory) => device.FlushDirectory(directory);

        public IDisposable? TryLock(string path) => device.TryLock(path);
    }
}
