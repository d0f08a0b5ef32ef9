using RocketAspire.Store.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

/// <summary>A queue's file is derived from the log: damage to it costs no message.</summary>
public sealed class QueueMendTests
{
    private const string QueueFile = "/store/consumequeue/T/0/00000000000000000000";
    private const int Messages = 24;
    private const int EntryBytes = 20;
    private const int BytesThatLeadToTheRecord = 12;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_changed_entry_is_written_anew_from_the_log_when_it_is_read(bool killed)
    {
        var disk = await FilledAsync(killed);
        var sound = disk.Content(QueueFile)!.ToArray();
        for (var at = 0; at < sound.Length; at += at % EntryBytes == BytesThatLeadToTheRecord - 1 ? EntryBytes - BytesThatLeadToTheRecord + 1 : 1)
        {
            var damaged = disk.ProcessKilled();
            using (var file = damaged.Open(QueueFile, create: false)) file.Write(at, [(byte)(sound[at] ^ (1 << (at % 8)))]);

            await using (var store = await OpenAsync(damaged))
            {
                await store.SeesAsync(Messages);
                Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"m{i}"), store.Bodies());
            }

            Assert.True(sound.AsSpan().SequenceEqual(damaged.Content(QueueFile).AsSpan()), $"the entry wasn't mended after byte {at} was changed");
        }
    }

    [Fact]
    public async Task Entries_side_by_side_are_all_written_anew()
    {
        var disk = await FilledAsync(killed: false);
        var sound = disk.Content(QueueFile)!.ToArray();
        using (var file = disk.Open(QueueFile, create: false)) file.Write(EntryBytes, Enumerable.Repeat((byte)0x55, EntryBytes * 4).ToArray());

        await using (var store = await OpenAsync(disk))
        {
            await store.SeesAsync(Messages);
            Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"m{i}"), store.Bodies());
        }

        Assert.Equal(sound, disk.Content(QueueFile));
    }

    /// <summary>Messages of two queues in turn, so that a queue's neighbours aren't the log's; over several files of queue and log.</summary>
    private static async Task<PowerLossDevice> FilledAsync(bool killed)
    {
        var device = new PowerLossDevice();
        var store = await OpenAsync(device);
        for (var i = 0; i < Messages; i++)
        {
            await store.StoreAsync(Message($"m{i}"));
            await store.StoreAsync(Message($"other {i} " + new string('x', 150), queueId: 1));
        }

        await store.SeesAsync(Messages);
        var disk = device.ProcessKilled();
        await store.DisposeAsync();
        return killed ? disk : device;
    }
}
