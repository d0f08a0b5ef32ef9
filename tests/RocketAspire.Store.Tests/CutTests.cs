using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class CutTests
{
    [Fact]
    public async Task A_cut_at_any_record_leaves_the_store_as_if_the_rest_had_never_been()
    {
        var ends = new List<long>();
        await using (var whole = await OpenAsync(new PowerLossDevice())) await FillAsync(whole, 40, ends);
        for (var keep = 0; keep <= 40; keep += 3)
        {
            var cutDevice = new PowerLossDevice();
            await using var cut = await OpenAsync(cutDevice, Options with { CheckpointIntervalMs = 2 });
            await FillAsync(cut, 40, []);
            await cut.TruncateAsync(keep == 0 ? 0 : ends[keep - 1]);

            await using var never = await OpenAsync(new PowerLossDevice());
            await FillAsync(never, keep, []);
            // A file that was opened for the record that went is a place where nothing stands.
            Assert.Equal(never.Picture(), cut.Picture());
            AssertKeys(cut, keep);

            await using var restarted = await OpenAsync(cutDevice.ProcessKilled());
            Assert.Equal(never.Picture(), restarted.Picture());
            AssertKeys(restarted, keep);
            foreach (var store in (MessageStore[])[cut, restarted]) Assert.Equal(never.QueueBounds("T", 0).Max, (await store.StoreAsync(Message("next"))).QueueOffset);
        }
    }

    [Fact]
    public async Task A_cut_is_durable_when_it_returns_and_power_may_go_during_it()
    {
        var ends = new List<long>();
        await using (var whole = await OpenAsync(new PowerLossDevice())) await FillAsync(whole, 20, ends);
        for (var seed = 1; seed <= 120; seed++)
        {
            var device = new PowerLossDevice(seed);
            var store = await OpenAsync(device, Options with { CheckpointIntervalMs = 1 });
            await FillAsync(store, 20, []);
            var to = ends[seed % 20];
            device.PowerOffAt = device.Operations + 1 + (seed % 40);
            var done = false;
            try
            {
                await store.TruncateAsync(to);
                done = true;
            }
            catch (IOException)
            {
                // The power went in the middle of it.
            }

            device.PowerOff();
            await store.DisposeAsync();
            await using var again = await OpenAsync(device.PowerCycle(), Options with { BootId = static () => "boot-2" });
            if (done) Assert.Equal(to, again.MaxPhysicalOffset);
            Assert.True(again.MaxPhysicalOffset >= to, $"seed {seed}: ends at {again.MaxPhysicalOffset}, cut to {to}");
            var kept = ends.FindIndex(e => e == again.MaxPhysicalOffset) + 1;
            Assert.True(kept > 0 || again.MaxPhysicalOffset % 4096 == 0, $"seed {seed}: {again.MaxPhysicalOffset} is no record's end");
            if (kept > 0) AssertKeys(again, kept);
        }
    }

    [Fact]
    public async Task Only_a_records_boundary_inside_the_log_can_be_cut_at()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        var one = await store.StoreAsync(Message("one"));

        await Assert.ThrowsAsync<ArgumentException>(() => store.TruncateAsync(one.EndOffset - 1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.TruncateAsync(one.EndOffset + 1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.TruncateAsync(-1));
        await store.TruncateAsync(one.EndOffset);
        await store.SeesAsync(1);
    }

    [Fact]
    public async Task An_unconfirmed_suffix_is_cut_without_touching_the_queues()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device, Options with { Confirm = ConfirmMode.Manual });
        var one = await store.StoreAsync(Message("one"));
        store.SetConfirmOffset(one.EndOffset);
        await store.SeesAsync(1);
        await store.StoreAsync(Message("two"));
        store.AppendTermMarker(4);

        await store.TruncateAsync(one.EndOffset);

        Assert.Empty(store.Terms.Entries);
        Assert.Equal(1, (await store.StoreAsync(Message("other"))).QueueOffset);
        store.SetConfirmOffset(store.MaxPhysicalOffset);
        await store.SeesAsync(2);
        Assert.Equal(["one", "other"], store.Bodies());
    }

    [Fact]
    public async Task Old_files_go_with_their_entries_and_offsets_stay()
    {
        var device = new PowerLossDevice();
        string picture;
        await using (var store = await OpenAsync(device))
        {
            store.AppendTermMarker(5);
            await FillAsync(store, 60, []);
            var min = await store.DeleteBeforeAsync(9000);

            Assert.Equal(8192, min);
            Assert.Equal(8192, store.MinPhysicalOffset);
            Assert.Equal(5, store.Terms.TermAt(min));
            Assert.DoesNotContain(FirstLogFile, device.Paths());
            var bounds = store.QueueBounds("T", 0);
            Assert.InRange(bounds.Min, 1, 29);
            Assert.Equal(bounds.Max - bounds.Min, store.Bodies().Count);
            Assert.Equal(QueueReadStatus.OffsetTooSmall, store.ReadQueue("T", 0, 0, 1, 1, null).Status);
            Assert.Equal(0, store.ReadRaw(0, new byte[10]));
            Assert.True(await store.DeleteBeforeAsync(long.MaxValue) <= store.MaxPhysicalOffset);
            picture = store.Picture();
        }

        await using (var clean = await OpenAsync(device)) Assert.Equal(picture, clean.Picture());
        device.DeleteDirectory("/store/consumequeue");
        await using var rebuilt = await OpenAsync(device);
        Assert.Equal(picture, rebuilt.Picture());
    }

    private static async Task FillAsync(MessageStore store, int messages, List<long> ends)
    {
        for (var i = 0; i < messages; i++) ends.Add((await store.StoreAsync(Message($"m{i}-" + new string('x', i * 37 % 500), queueId: i % 2, uniqKey: $"u{i}"))).EndOffset);
        await store.SeesAsync((messages + 1) / 2);
        await store.SeesAsync(messages / 2, queueId: 1);
    }

    private static void AssertKeys(MessageStore store, int kept)
    {
        for (var i = 0; i < 40; i++) Assert.Equal(i < kept ? 1 : 0, store.Queries.FindByKey("T", $"u{i}", 10, 0, long.MaxValue).Count);
    }
}
