using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

/// <summary>A log whose one writer is elected: who may append when, and what a follower's log keeps.</summary>
public sealed class TermGateTests
{
    private static readonly StoreOptions Elected = Options with { Confirm = ConfirmMode.Manual };

    [Fact]
    public async Task Closed_appends_are_refused_with_nothing_written_and_copies_go_on()
    {
        await using var leader = await OpenAsync(new PowerLossDevice(), Elected);
        leader.OpenAppends(1);
        leader.AppendOk(Message("a"));
        await using var follower = await OpenAsync(new PowerLossDevice(), Elected);
        follower.CloseAppends();

        Assert.Equal(AppendStatus.NotLeader, follower.Append(Message("b")).Status);
        Assert.Equal(AppendStatus.NotLeader, follower.AppendBatch([Message("b"), Message("c")]).Status);
        Assert.Equal(0, follower.MaxPhysicalOffset);
        follower.AppendRaw(0, leader.LogBytes());
        Assert.Equal(leader.LogBytes(), follower.LogBytes());
        Assert.Equal(1, follower.Terms.Last);
    }

    [Fact]
    public async Task A_term_begins_with_its_marker_and_each_append_tells_its_term()
    {
        await using var store = await OpenAsync(new PowerLossDevice(), Elected);
        store.CloseAppends();
        var marker = store.OpenAppends(3);
        var first = store.AppendOk(Message("a"));
        store.CloseAppends();
        var second = store.OpenAppends(7);

        Assert.Equal((AppendStatus.Ok, 0L, 3), (marker.Status, marker.PhysicalOffset, marker.Term));
        Assert.Equal((marker.EndOffset, 3), (first.PhysicalOffset, first.Term));
        Assert.Equal((first.EndOffset, 7), (second.PhysicalOffset, second.Term));
        Assert.Equal([new TermEntry(3, 0), new TermEntry(7, first.EndOffset)], store.Terms.Entries);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.OpenAppends(6));
        Assert.Throws<InvalidOperationException>(() => store.AppendRaw(store.MaxPhysicalOffset, [1]));
    }

    [Fact]
    public async Task A_term_can_be_marked_again_and_begins_where_it_began()
    {
        await using var store = await OpenAsync(new PowerLossDevice(), Elected);
        store.OpenAppends(2);
        store.CloseAppends();
        var again = store.OpenAppends(2);
        Assert.Equal((AppendStatus.Ok, 2, 2), (again.Status, again.Term, store.Terms.TermAt(again.PhysicalOffset)));
        Assert.Equal(AppendStatus.Ok, store.Append(Message("a")).Status);
        Assert.Equal(0, store.Terms.Entries[0].StartOffset);
    }

    /// <summary>Else a follower that ends where the last leader had room for a small record would hold a blank of the same term in its place.</summary>
    [Fact]
    public async Task A_marker_fits_wherever_a_record_of_the_last_term_could_have_stood()
    {
        for (var size = 0; size < 400; size++)
        {
            await using var store = await OpenAsync(new PowerLossDevice(), Elected);
            store.OpenAppends(1);
            store.AppendOk(Message(new string('x', 1900)));
            store.AppendOk(Message(new string('x', 1500 + size)));
            var end = store.MaxPhysicalOffset;
            store.CloseAppends();
            var marker = store.OpenAppends(2);
            Assert.Equal(end, marker.PhysicalOffset);
        }
    }

    [Fact]
    public async Task A_record_that_leaves_no_room_for_a_marker_even_in_a_file_of_its_own_is_too_large()
    {
        await using var store = await OpenAsync(new PowerLossDevice(), Elected with { MaxMessageSizeBytes = 1 << 20 });
        store.OpenAppends(1);
        var overhead = store.AppendOk(Message("")).EndOffset - store.Terms.Entries[0].StartOffset - MarkerBytes(store);
        var largest = 4096 - 8 - MarkerBytes(store) - overhead;
        Assert.Equal(AppendStatus.MessageTooLarge, store.Append(Message(new string('x', (int)largest + 1))).Status);
        Assert.Equal(4096, store.AppendOk(Message(new string('x', (int)largest))).PhysicalOffset);
    }

    private static long MarkerBytes(MessageStore store)
    {
        Span<byte> size = stackalloc byte[4];
        store.ReadRaw(0, size);
        return System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(size);
    }

    [Fact]
    public async Task A_term_whose_marker_cannot_be_written_stays_closed()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device, Elected);
        store.CloseAppends();
        device.FailWrite = static path => path == FirstLogFile;
        Assert.Equal(AppendStatus.WriteFailed, store.OpenAppends(1).Status);
        device.FailWrite = null;
        Assert.Equal(AppendStatus.NotLeader, store.Append(Message("a")).Status);
        Assert.Equal(AppendStatus.Ok, store.OpenAppends(1).Status);
    }

    [Fact]
    public async Task Appends_that_race_with_the_closing_are_in_the_log_or_refused()
    {
        await using var store = await OpenAsync(new PowerLossDevice(), Elected);
        store.OpenAppends(1);
        using var go = new ManualResetEventSlim();
        var stored = 0;
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(() =>
        {
            go.Wait();
            while (store.Append(Message($"{w}")).IsOk) Interlocked.Increment(ref stored);
        })).ToArray();
        go.Set();
        await Eventually.TrueAsync("some appends", () => Volatile.Read(ref stored) > 100);
        store.CloseAppends();
        var end = store.MaxPhysicalOffset;
        await Task.WhenAll(writers);
        Assert.Equal(end, store.MaxPhysicalOffset);
        store.SetConfirmOffset(end);
        await store.SeesAsync(stored);
    }

    [Fact]
    public async Task Appends_and_syncs_are_told()
    {
        await using var store = await OpenAsync(new PowerLossDevice(), Elected);
        var (appended, flushed) = (0L, 0L);
        store.Appended += () => Volatile.Write(ref appended, store.MaxPhysicalOffset);
        store.Flushed += () => Volatile.Write(ref flushed, store.FlushedOffset);
        var end = store.AppendOk(Message("a")).EndOffset;
        Assert.Equal(end, Volatile.Read(ref appended));
        await Eventually.TrueAsync("the sync to be told", () => Volatile.Read(ref flushed) == end);
    }

    [Fact]
    public async Task A_failed_sync_is_told_too()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device, Elected);
        var told = 0;
        store.Flushed += () => Interlocked.Increment(ref told);
        device.FailFlush = static path => path == FirstLogFile;
        store.AppendOk(Message("a"));
        await Eventually.TrueAsync("the failure to be told", () => Volatile.Read(ref told) > 0);
        Assert.True(store.IsPoisoned);
        Assert.Equal(0, store.FlushedOffset);
    }

    [Fact]
    public async Task A_base_keeps_the_terms_before_it_through_a_power_loss()
    {
        var device = new PowerLossDevice();
        await using (var store = await OpenAsync(device, Elected))
        {
            store.OpenAppends(1);
            store.AppendOk(Message("gone"));
            store.CloseAppends();
            await store.ResetToAsync(8192, [new TermEntry(2, 100), new TermEntry(5, 6000), new TermEntry(9, 8192)]);
            Assert.Equal([new TermEntry(2, 100), new TermEntry(5, 6000)], store.Terms.Entries);
            device.PowerOff();
        }

        await using var again = await OpenAsync(device.PowerCycle(), Elected);
        Assert.Equal((8192, 8192), (again.MinPhysicalOffset, again.MaxPhysicalOffset));
        Assert.Equal([new TermEntry(2, 100), new TermEntry(5, 6000)], again.Terms.Entries);
    }

    [Fact]
    public async Task What_was_not_confirmed_is_not_read_after_a_restart_either()
    {
        var device = new PowerLossDevice();
        await using (var store = await OpenAsync(device, Elected))
        {
            store.OpenAppends(1);
            var first = await store.StoreAsync(Message("a"));
            store.SetConfirmOffset(first.EndOffset);
            await store.StoreAsync(Message("b"));
            await store.SeesAsync(1);
        }

        await using var again = await OpenAsync(device, Elected);
        Assert.Equal(["a"], again.Bodies());
        again.SetConfirmOffset(again.MaxPhysicalOffset);
        await again.SeesAsync(2);
    }
}
