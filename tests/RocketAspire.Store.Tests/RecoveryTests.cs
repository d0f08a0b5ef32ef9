using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class RecoveryTests
{
    [Fact]
    public async Task An_orderly_stop_leaves_all_and_no_abort_file()
    {
        var device = new PowerLossDevice();
        string picture;
        await using (var store = await OpenAsync(device))
        {
            Assert.True(store.WasEmpty);
            Assert.True(device.FileExists("/store/abort"));
            for (var i = 0; i < 40; i++) await store.StoreAsync(Message($"m{i}", queueId: i % 3, keys: "k"));
            for (var queue = 0; queue < 3; queue++) await store.SeesAsync(queue == 0 ? 14 : 13, queueId: queue);
            picture = store.Picture();
        }

        Assert.False(device.FileExists("/store/abort"));
        await using var again = await OpenAsync(device.PowerCycle());
        Assert.False(again.OpenedAfterUncleanStop || again.OpenedAfterMachineStop || again.WasEmpty);
        Assert.Equal(picture, again.Picture());
        Assert.Equal(14, again.AppendOk(Message("next")).QueueOffset);
    }

    [Fact]
    public async Task Torn_tail_is_cut_and_log_stays_writable()
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        await store.StoreAsync(Message("whole"));
        var torn = await store.StoreAsync(Message("torn", tags: "A", uniqKey: "u"));
        var killed = device.ProcessKilled();
        await store.DisposeAsync();
        var record = killed.Content(FirstLogFile)!.AsSpan((int)torn.PhysicalOffset, (int)(torn.EndOffset - torn.PhysicalOffset)).ToArray();
        for (var left = 0; left < record.Length; left++)
        {
            foreach (var rest in (byte[])[0, 0xFF])
            {
                var disk = killed.ProcessKilled();
                using (var file = disk.Open(FirstLogFile, create: false))
                {
                    file.Write(torn.PhysicalOffset + left, Enumerable.Repeat(rest, record.Length - left).ToArray());
                }

                // The last byte of this record may happen to be the one written.
                if (disk.Content(FirstLogFile)!.AsSpan((int)torn.PhysicalOffset, record.Length).SequenceEqual(record)) continue;
                await using var again = await OpenAsync(disk);
                var where = $"cut at {left}, then {rest:X2}";
                if (again.MaxPhysicalOffset == torn.EndOffset)
                {
                    // Properties have no checksum: only what was never written is seen, not other bytes.
                    Assert.True(rest == 0xFF && left >= 96, where);
                    continue;
                }

                Assert.True(again.MaxPhysicalOffset == torn.PhysicalOffset, where);
                Assert.Equal(["whole"], again.Bodies());
                Assert.Empty(again.Queries.FindByKey("T", "u", 10, 0, long.MaxValue));
                Assert.Equal(1, (await again.StoreAsync(Message("new"))).QueueOffset);
                await again.SeesAsync(2);
            }
        }
    }

    [Fact]
    public async Task Stale_records_behind_the_cut_never_come_back()
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        var first = await store.StoreAsync(Message("a-1"));
        await store.StoreAsync(Message("a-2"));
        await store.StoreAsync(Message("a-3"));
        var disk = device.ProcessKilled();
        await store.DisposeAsync();
        using (var file = disk.Open(FirstLogFile, create: false)) file.Write(first.EndOffset + 90, [0xEE]);

        // The second record is damaged; the third behind it is whole, and would follow on a new second one of the same size.
        await using (var again = await OpenAsync(disk))
        {
            Assert.Equal(first.EndOffset, again.MaxPhysicalOffset);
            await again.StoreAsync(Message("b-2"));
        }

        disk = disk.ProcessKilled();
        disk.Open("/store/abort", create: true).Dispose();
        await using var last = await OpenAsync(disk);
        Assert.Equal(["a-1", "b-2"], last.Bodies());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Queues_and_index_that_are_missing_are_built_from_the_log(bool killed)
    {
        var (device, picture) = await FilledAsync(killed);
        foreach (var folder in (string[])["/store/consumequeue/T/1", "/store/consumequeue", "/store/index"])
        {
            var disk = device.ProcessKilled();
            disk.DeleteDirectory(folder);
            await using var store = await OpenAsync(disk);
            Assert.Equal(picture, store.Picture());
            Assert.Single(store.Queries.FindByKey("T", "u7", 10, 0, long.MaxValue));
            Assert.Equal(14, store.AppendOk(Message("next")).QueueOffset);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_queue_is_built_from_the_log(bool killed)
    {
        var (device, picture) = await FilledAsync(killed);
        const string Queue = "/store/consumequeue/T/1/00000000000000000000";
        Action<IStorageFile>[] damages =
        [
            f => f.SetLength(0),
            f => f.SetLength(30),
            f => f.SetLength(1000),
            f => f.Write(40, new byte[20]),
            f => f.Write(40, Enumerable.Repeat((byte)0xFF, 20).ToArray()),
        ];
        foreach (var damage in damages)
        {
            var disk = device.ProcessKilled();
            using (var file = disk.Open(Queue, create: false)) damage(file);
            foreach (var later in disk.Paths().Where(p => p.StartsWith("/store/consumequeue/T/1/", StringComparison.Ordinal) && p != Queue)) disk.DeleteFile(later);
            await using var store = await OpenAsync(disk);
            Assert.Equal(picture, store.Picture());
        }
    }

    [Fact]
    public async Task Entries_beyond_a_wiped_log_go_away_and_the_loss_is_told()
    {
        var (device, _) = await FilledAsync(killed: false);
        device.DeleteDirectory("/store/commitlog");

        await using var store = await OpenAsync(device);

        Assert.True(store.WasEmpty);
        Assert.True(store.LostBytes > 0);
        Assert.Equal((0L, 0L), store.QueueBounds("T", 0));
        Assert.Equal(0, (await store.StoreAsync(Message("new"))).QueueOffset);
    }

    [Fact]
    public async Task A_machine_stop_is_told_from_a_killed_process_by_the_boot_id()
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        await store.StoreAsync(Message("one"));
        var disk = device.ProcessKilled();
        await store.DisposeAsync();

        await using (var killed = await OpenAsync(disk.ProcessKilled())) Assert.True(killed is { OpenedAfterUncleanStop: true, OpenedAfterMachineStop: false });
        await using (var stopped = await OpenAsync(disk.ProcessKilled(), Options with { BootId = static () => "boot-2" })) Assert.True(stopped is { OpenedAfterUncleanStop: true, OpenedAfterMachineStop: true });
        await using (var orderly = await OpenAsync(device, Options with { BootId = static () => "boot-2" })) Assert.True(orderly is { OpenedAfterUncleanStop: false, OpenedAfterMachineStop: false });
    }

    [Fact]
    public async Task A_wrong_file_size_is_told_in_one_line_and_touches_nothing()
    {
        var (device, _) = await FilledAsync(killed: false);

        var error = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(device, Options with { CommitLogFileSizeBytes = 8192 }));

        Assert.Contains("4096", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        await using var store = await OpenAsync(device);
        Assert.False(store.OpenedAfterUncleanStop);
        Assert.Equal(14, store.QueueBounds("T", 0).Max);
    }

    [Fact]
    public async Task A_smaller_maxMessageSize_loses_no_larger_message_of_before()
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        await store.StoreAsync(Message(new string('x', 2000)));
        await store.StoreAsync(Message("small"));
        var killed = device.ProcessKilled();
        await store.DisposeAsync();

        foreach (var disk in (PowerLossDevice[])[device, killed])
        {
            await using var again = await OpenAsync(disk, Options with { MaxMessageSizeBytes = 100 });
            Assert.Equal([new string('x', 2000), "small"], again.Bodies());
            Assert.Equal(AppendStatus.MessageTooLarge, again.Append(Message(new string('x', 2000))).Status);
        }
    }

    [Fact]
    public async Task A_missing_file_in_the_middle_is_told_and_nothing_is_deleted()
    {
        var (device, _) = await FilledAsync(killed: true);
        device.DeleteFile("/store/commitlog/00000000000000004096");

        var error = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(device));

        Assert.Contains("00000000000000008192", error.Message, StringComparison.Ordinal);
        Assert.True(device.FileExists("/store/commitlog/00000000000000008192"));
    }

    [Fact]
    public async Task Terms_are_found_again_after_any_stop()
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        store.AppendTermMarker(3);
        await store.StoreAsync(Message("one"));
        var seven = store.AppendTermMarker(7);
        Assert.True(await store.WaitFlushedAsync(seven.EndOffset, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        var killed = device.ProcessKilled();
        await store.DisposeAsync();

        foreach (var disk in (PowerLossDevice[])[killed, device])
        {
            await using var again = await OpenAsync(disk);
            Assert.Equal([new TermEntry(3, 0), new TermEntry(7, seven.PhysicalOffset)], again.Terms.Entries);
            Assert.Equal((7, 3), (again.Terms.Last, again.Terms.TermAt(seven.PhysicalOffset - 1)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_its_mark_a_store_goes_on_behind_its_last_indexed_message(bool killed)
    {
        var (device, picture) = await FilledAsync(killed);
        device.DeleteFile("/store/rocketaspire.mark");
        await using var again = await OpenAsync(device);

        Assert.Equal(picture, again.Picture());
        await again.StoreAsync(Message("next", uniqKey: "next"));
        await again.SeesAsync(15);
        Assert.All(Enumerable.Range(0, 40).Select(i => $"u{i}").Append("next"), key => Assert.Single(again.Queries.FindByKey("T", key, 10, 0, long.MaxValue)));
    }

    /// <summary>Forty messages with keys in three queues over several files.</summary>
    private static async Task<(PowerLossDevice Device, string Picture)> FilledAsync(bool killed)
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device, Options with { CheckpointIntervalMs = 5 });
        for (var i = 0; i < 40; i++) await store.StoreAsync(Message($"m{i}" + new string('x', 300), queueId: i % 3, uniqKey: $"u{i}"));
        for (var queue = 0; queue < 3; queue++) await store.SeesAsync(queue == 0 ? 14 : 13, queueId: queue);
        var picture = store.Picture();
        var disk = device.ProcessKilled();
        await store.DisposeAsync();
        return (killed ? disk : device, picture);
    }
}
