using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class FaultTests
{
    [Fact]
    public async Task A_failed_sync_poisons_the_log_but_what_was_confirmed_is_still_read()
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        await store.StoreAsync(Message("safe"));
        await store.SeesAsync(1);
        device.FailFlush = static path => path.Contains("commitlog", StringComparison.Ordinal);

        var lost = store.AppendOk(Message("lost"));
        await Assert.ThrowsAsync<StorePoisonedException>(() => store.WaitFlushedAsync(lost.EndOffset, TimeSpan.FromSeconds(20), CancellationToken.None).AsTask());

        // The next sync would succeed without having written anything: it must not be asked.
        device.FailFlush = null;
        await Assert.ThrowsAsync<StorePoisonedException>(() => store.WaitFlushedAsync(lost.EndOffset, TimeSpan.FromSeconds(20), CancellationToken.None).AsTask());
        await Eventually.TrueAsync("appends to be refused", () => store.Append(Message("more")).Status == AppendStatus.Poisoned);
        Assert.Equal(lost.PhysicalOffset, store.FlushedOffset);
        Assert.Equal(["safe"], store.Bodies());
        await store.DisposeAsync();
        Assert.True(device.FileExists("/store/abort"));

        device.PowerOff();
        await using var again = await OpenAsync(device.PowerCycle());
        Assert.Equal("safe", again.Bodies()[0]);
    }

    [Fact]
    public async Task With_async_flush_a_failed_sync_poisons_too()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device, Options with { Flush = FlushDiskType.Async });
        device.FailFlush = static path => path.Contains("commitlog", StringComparison.Ordinal);

        store.AppendOk(Message("one"));

        await Eventually.TrueAsync("appends to be refused", () => store.Append(Message("more")).Status == AppendStatus.Poisoned);
    }

    [Fact]
    public async Task A_failed_write_leaves_nothing_behind_and_the_next_one_works()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        var before = await store.StoreAsync(Message("before"));
        device.FailWrite = static path => path == FirstLogFile;

        Assert.Equal(AppendStatus.WriteFailed, store.Append(Message("never")).Status);

        device.FailWrite = null;
        Assert.Equal(before.EndOffset, store.MaxPhysicalOffset);
        Assert.True(device.Content(FirstLogFile)!.AsSpan((int)before.EndOffset).IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal(1, (await store.StoreAsync(Message("after"))).QueueOffset);
        await store.SeesAsync(2);
        Assert.Equal(["before", "after"], store.Bodies());
    }

    [Fact]
    public async Task A_full_disk_is_a_status_and_room_lets_appends_go_on()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        await store.StoreAsync(Message("one"));
        await store.SeesAsync(1);
        device.CapacityBytes = 0;

        Assert.Equal(AppendStatus.DiskFull, store.Append(Message("two")).Status);
        Assert.Equal(AppendStatus.DiskFull, store.Append(Message("two")).Status);

        device.CapacityBytes = long.MaxValue;
        await store.StoreAsync(Message("three"));
        await store.SeesAsync(2);
        Assert.Equal(["one", "three"], store.Bodies());
    }

    [Fact]
    public async Task Queues_that_cannot_be_written_catch_up_when_they_can()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        await store.StoreAsync(Message("one"));
        await store.SeesAsync(1);
        device.FailWrite = static path => path.Contains("consumequeue", StringComparison.Ordinal);

        await store.StoreAsync(Message("two"));
        await store.StoreAsync(Message("three", queueId: 1));
        device.FailWrite = null;

        await store.SeesAsync(2);
        await store.SeesAsync(1, queueId: 1);
        Assert.Equal(["one", "two"], store.Bodies());
    }

    [Fact]
    public async Task A_slow_sync_times_out_for_who_waits_and_holds_up_no_append()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device, Options with { Flush = FlushDiskType.Async });
        using var open = new ManualResetEventSlim();
        device.BeforeFlush = path =>
        {
            if (path == FirstLogFile) open.Wait();
        };

        var first = store.AppendOk(Message("one"));
        Assert.False(await store.WaitFlushedAsync(first.EndOffset, TimeSpan.FromMilliseconds(30), TestContext.Current.CancellationToken));
        store.AppendOk(Message("two"));
        await store.SeesAsync(2);
        open.Set();

        Assert.True(await store.WaitFlushedAsync(first.EndOffset, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Cancelling_stops_the_waiting_and_takes_nothing_back()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        using var open = new ManualResetEventSlim();
        device.BeforeFlush = path =>
        {
            if (path == FirstLogFile) open.Wait();
        };
        using var cancel = new CancellationTokenSource();

        var result = store.AppendOk(Message("one"));
        var waiting = store.WaitFlushedAsync(result.EndOffset, TimeSpan.FromSeconds(20), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.AsTask());
        open.Set();

        await store.SeesAsync(1);
    }

    [Fact]
    public async Task A_closed_store_refuses_appends()
    {
        var store = await OpenAsync(new PowerLossDevice());
        await store.DisposeAsync();
        await store.DisposeAsync();

        Assert.Equal(AppendStatus.Closed, store.Append(Message("one")).Status);
    }
}
