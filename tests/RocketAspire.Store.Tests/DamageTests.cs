using RocketAspire.Store.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

/// <summary>Bytes that a disk changed, where the process that wrote them knows nothing of it.</summary>
public sealed class DamageTests
{
    private const string MarkersFile = "/store/consumequeue/RMQ_SYS_ROCKETASPIRE_TERM/0/00000000000000000000";
    private const string TermsFilePath = "/store/rocketaspire.terms";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whole_records_behind_a_damaged_one_tell_that_durable_bytes_are_lost(bool killed)
    {
        var device = new PowerLossDevice();
        AppendResult second;
        await using (var store = await OpenAsync(device))
        {
            await store.StoreAsync(Message("one"));
            second = await store.StoreAsync(Message("two"));
            await store.StoreAsync(Message("three"));
            if (killed) device = device.ProcessKilled();
        }

        Change(device, FirstLogFile, second.PhysicalOffset + 90);
        // The mark of an orderly stop covers the log: without it, as after the loss of that file, all is read.
        if (!killed) device.DeleteFile("/store/rocketaspire.mark");
        await using var again = await OpenAsync(device);
        Assert.Equal(["one"], again.Bodies());
        Assert.Equal(second.PhysicalOffset, again.MaxPhysicalOffset);
        Assert.True(again.LostBytes > 0);
    }

    [Fact]
    public async Task A_torn_last_record_is_no_loss()
    {
        var device = new PowerLossDevice();
        AppendResult last;
        await using (var store = await OpenAsync(device))
        {
            await store.StoreAsync(Message("one"));
            last = await store.StoreAsync(Message("two"));
            device = device.ProcessKilled();
        }

        Change(device, FirstLogFile, last.PhysicalOffset + 90);
        await using var again = await OpenAsync(device);
        Assert.Equal(["one"], again.Bodies());
        Assert.Equal(0, again.LostBytes);
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(false, true, true)]
    public async Task Terms_outlive_damage_to_a_marker_or_its_queue_or_the_file_that_keeps_them(bool marker, bool queue, bool file)
    {
        var device = new PowerLossDevice();
        AppendResult seven;
        await using (var store = await OpenAsync(device))
        {
            store.AppendTermMarker(3);
            await store.StoreAsync(Message("one"));
            seven = store.AppendTermMarker(7);
            await store.StoreAsync(Message("two"));
            await store.SeesAsync(2);
        }

        if (marker) Change(device, FirstLogFile, seven.PhysicalOffset + 91);
        // The offset's low byte: it leads to another record, whose body begins with other numbers.
        if (queue) Change(device, MarkersFile, 27);
        if (file) Change(device, TermsFilePath, 0);
        await using var again = await OpenAsync(device);
        Assert.Equal([new TermEntry(3, 0), new TermEntry(7, seven.PhysicalOffset)], again.Terms.Entries);
    }

    [Fact]
    public async Task With_other_copies_a_damaged_message_ends_a_read_until_it_is_mended()
    {
        var device = new PowerLossDevice();
        await using var store = await OpenAsync(device);
        await store.StoreAsync(Message("one"));
        var second = await store.StoreAsync(Message("two"));
        await store.StoreAsync(Message("three"));
        await store.SeesAsync(3);
        var sound = new byte[second.EndOffset - second.PhysicalOffset];
        Assert.Equal(sound.Length, store.ReadRaw(second.PhysicalOffset, sound));
        Change(device, FirstLogFile, second.PhysicalOffset + 90);

        var asked = new List<long>();
        store.Repair.Mender = at =>
        {
            asked.Add(at);
            return false;
        };
        Assert.Equal(["one"], store.Bodies());
        var read = store.ReadQueue("T", 0, 1, 32, 1 << 20, null);
        Assert.Equal((QueueReadStatus.Damaged, 1L, 0), (read.Status, read.NextBeginOffset, read.Count));
        Assert.Null(store.ReadRecord(second.PhysicalOffset));
        Assert.All(asked, at => Assert.Equal(second.PhysicalOffset, at));

        store.Repair.Mender = at => store.Repair.Write(at, sound);
        Assert.Equal(["one", "two", "three"], store.Bodies());
        Assert.False(store.Repair.Write(store.MaxPhysicalOffset - 1, [0, 0]));
    }

    private static void Change(PowerLossDevice device, string path, long at)
    {
        using var file = device.Open(path, create: false);
        var one = new byte[1];
        file.Read(at, one);
        file.Write(at, [(byte)(one[0] ^ 4)]);
    }
}
