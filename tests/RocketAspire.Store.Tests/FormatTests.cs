using System.Buffers.Binary;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

/// <summary>Bytes on disk, worked out by hand from Apache's layout.</summary>
public sealed class FormatTests
{
    // 2026-01-01T00:00:00Z in milliseconds.
    private const string StoreTime = "0000019B76DAA800";

    [Fact]
    public async Task Log_queue_index_and_checkpoint_have_these_bytes()
    {
        var device = new PowerLossDevice();
        var time = new ManualTimeProvider();
        await using (var store = await OpenAsync(device, time: time))
        {
            await store.StoreAsync(Message("hello", queueId: 2, tags: "A", uniqKey: "k"));
            await store.SeesAsync(1, queueId: 2);
        }

        // 91 bytes of frame, 5 of body, 1 of topic, 17 of properties.
        const string Record = "00000072" + "DAA320A7" + "3610A686" + "00000002" + "00000000" + "0000000000000000" + "0000000000000000"
            + "00000000" + "0000000000000001" + "7F00000100002A9F" + StoreTime + "7F00000100002A9F" + "00000000" + "0000000000000000"
            + "00000005" + "68656C6C6F" + "01" + "54" + "0011" + "54414753" + "01" + "41" + "02" + "554E49515F4B4559" + "01" + "6B";
        Assert.Equal(Record, Convert.ToHexString(device.Content(FirstLogFile)!.AsSpan(0, 0x72)));
        Assert.Equal(4096, device.Content(FirstLogFile)!.Length);

        // Offset 0, size, Java's hash of "A".
        var queue = device.Content("/store/consumequeue/T/2/00000000000000000000")!;
        Assert.Equal(160, queue.Length);
        Assert.Equal("0000000000000000" + "00000072" + "0000000000000041", Convert.ToHexString(queue.AsSpan(0, 20)));
        Assert.True(queue.AsSpan(20).IndexOfAnyExcept((byte)0) < 0);

        var checkpoint = device.Content("/store/checkpoint")!;
        Assert.Equal(4096, checkpoint.Length);
        Assert.Equal(StoreTime + StoreTime + "0000000000000000", Convert.ToHexString(checkpoint.AsSpan(0, 24)));

        // Java's hash of "T#k" is (84*31 + 35)*31 + 107 = 81916: slot 81916 % 16 = 12 leads to entry 1.
        var index = device.Content("/store/index/20260101000000000")!;
        Assert.Equal(40 + (16 * 4) + (20 * 20), index.Length);
        Assert.Equal(StoreTime + StoreTime + "0000000000000000" + "0000000000000000" + "00000001" + "00000002", Convert.ToHexString(index.AsSpan(0, 40)));
        Assert.Equal("00000001", Convert.ToHexString(index.AsSpan(40 + (12 * 4), 4)));
        Assert.Equal("00013FFC" + "0000000000000000" + "00000000" + "00000000", Convert.ToHexString(index.AsSpan(40 + 64 + 20, 20)));
    }

    [Fact]
    public async Task A_queue_that_begins_late_is_filled_with_blank_entries()
    {
        var device = new PowerLossDevice();
        var record = Message("m");
        record.QueueOffset = 10;
        var bytes = new byte[MessageRecordCodec.Measure(record)];
        MessageRecordCodec.Encode(record, bytes);
        await using var store = await OpenAsync(device);
        store.AppendRaw(0, bytes);
        await store.SeesAsync(11);

        var queue = device.Content("/store/consumequeue/T/0/00000000000000000160")!;
        Assert.Equal("0000000000000000" + "7FFFFFFF" + "0000000000000000", Convert.ToHexString(queue.AsSpan(20, 20)));
        Assert.Equal(bytes.Length, BinaryPrimitives.ReadInt32BigEndian(queue.AsSpan(48)));
        Assert.Equal((10L, 11L), store.QueueBounds("T", 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_that_Apache_wrote_is_opened_served_and_written_to(bool killed)
    {
        var device = new PowerLossDevice();
        var records = ApacheFolder(device, killed, dispatched: killed ? 3 : 5);

        await using var store = await OpenAsync(device);

        Assert.Equal(killed, store.OpenedAfterUncleanStop);
        Assert.Equal(records.Sum(r => r.Length), store.MaxPhysicalOffset);
        Assert.Equal(["m0", "m1", "m2", "m3", "m4"], store.Bodies());
        Assert.Single(store.Queries.FindByKey("T", "u4", 10, 0, long.MaxValue));
        Assert.Equal(5, (await store.StoreAsync(Message("ours"))).QueueOffset);
        await store.SeesAsync(6);
        Assert.Equal("ours", store.Bodies()[5]);
        // The file that Apache made in advance holds nothing and is made again when it is needed.
        for (var i = 0; i < 6; i++) await store.StoreAsync(Message(new string('x', 1000)));
        await store.SeesAsync(12);
    }

    [Fact]
    public async Task What_another_broker_wrote_meanwhile_is_noticed()
    {
        var device = new PowerLossDevice();
        await using (var store = await OpenAsync(device))
        {
            await store.StoreAsync(Message("m0", uniqKey: "u0"));
            await store.SeesAsync(1);
        }

        // As Apache would: a record behind, its queue entry, new times in the checkpoint, an orderly stop.
        var at = FirstFree(device.Content(FirstLogFile)!);
        var record = Record("m1", 1, at);
        Put(device, FirstLogFile, at, record);
        Put(device, "/store/consumequeue/T/0/00000000000000000000", 20, Entry(at, record.Length));
        Put(device, "/store/checkpoint", 0, [.. Int64(5_000_000), .. Int64(5_000_000), .. Int64(0)]);

        await using var again = await OpenAsync(device);

        Assert.Equal(["m0", "m1"], again.Bodies());
        Assert.Equal(2, again.AppendOk(Message("m2")).QueueOffset);
    }

    /// <summary>Five messages, a second log file made in advance, no file of ours; killed: an abort file, a torn sixth record and a queue that lags.</summary>
    private static List<byte[]> ApacheFolder(PowerLossDevice device, bool killed, int dispatched)
    {
        foreach (var folder in (string[])["/store/commitlog", "/store/consumequeue/T/0", "/store/index", "/store/config"]) device.CreateDirectory(folder);
        var records = new List<byte[]>();
        var at = 0;
        Put(device, FirstLogFile, 4095, [0]);
        Put(device, "/store/commitlog/00000000000000004096", 4095, [0]);
        Put(device, "/store/consumequeue/T/0/00000000000000000000", 159, [0]);
        for (var i = 0; i < 5; i++)
        {
            var record = Record($"m{i}", i, at);
            Put(device, FirstLogFile, at, record);
            if (i < dispatched) Put(device, "/store/consumequeue/T/0/00000000000000000000", i * 20, Entry(at, record.Length));
            records.Add(record);
            at += record.Length;
        }

        if (killed)
        {
            Put(device, FirstLogFile, at, Record("m5", 5, at).AsSpan(0, 60).ToArray());
            Put(device, "/store/abort", 0, []);
        }

        Put(device, "/store/checkpoint", 4095, [0]);
        Put(device, "/store/checkpoint", 0, [.. Int64(2_000_000), .. Int64(2_000_000), .. Int64(0)]);
        return records;
    }

    private static byte[] Record(string body, long queueOffset, long physicalOffset)
    {
        var record = Message(body, uniqKey: "u" + body[1..]);
        record.QueueOffset = queueOffset;
        record.PhysicalOffset = physicalOffset;
        record.StoreTimestamp = 2_000_000;
        var bytes = new byte[MessageRecordCodec.Measure(record)];
        MessageRecordCodec.Encode(record, bytes);
        return bytes;
    }

    private static byte[] Entry(long physicalOffset, int size) => [.. Int64(physicalOffset), .. Int64(size).AsSpan(4), .. Int64(0)];

    private static byte[] Int64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    private static int FirstFree(byte[] log) => BinaryPrimitives.ReadInt32BigEndian(log);

    private static void Put(PowerLossDevice device, string path, long at, byte[] bytes)
    {
        using var file = device.Open(path, create: true);
        file.Write(at, bytes);
        file.Flush();
    }
}
