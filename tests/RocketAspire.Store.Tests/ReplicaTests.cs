using RocketAspire.Protocol.Messages;
using RocketAspire.Store.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class ReplicaTests
{
    [Fact]
    public async Task A_copy_is_the_same_however_the_bytes_are_split()
    {
        var masterDevice = new PowerLossDevice();
        await using var master = await FilledMasterAsync(masterDevice);
        var bytes = master.LogBytes();
        var picture = master.Picture();

        foreach (var size in (int[])[1, 2, 3, 7, 8, 9, 91, 100, 333, 4096, bytes.Length])
        {
            var device = new PowerLossDevice();
            await using var replica = await OpenAsync(device);
            for (var at = 0; at < bytes.Length; at += size)
            {
                replica.AppendRaw(at, bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
                Assert.Equal(Math.Min(at + size, bytes.Length), replica.RawEndOffset);
            }

            await AssertSameAsync(masterDevice, picture, device, replica, bytes.Length);
        }
    }

    [Fact]
    public async Task A_copy_is_the_same_when_it_is_split_in_two_at_any_byte()
    {
        var masterDevice = new PowerLossDevice();
        await using var master = await FilledMasterAsync(masterDevice);
        var bytes = master.LogBytes();
        // The first file and the start of the second: records, their blank end, and the step between.
        bytes = bytes[..4500];
        await using var replica = await OpenAsync(new PowerLossDevice(), Options with { Flush = FlushDiskType.Async });
        for (var split = 0; split < bytes.Length; split++)
        {
            replica.AppendRaw(0, bytes.AsSpan(0, split));
            var whole = replica.MaxPhysicalOffset;
            Assert.True(whole <= split);
            replica.AppendRaw(split, bytes.AsSpan(split));
            Assert.Equal(bytes.Length, replica.RawEndOffset);
            Assert.Equal(bytes.AsSpan(0, (int)replica.MaxPhysicalOffset).ToArray(), replica.LogBytes());
            await replica.TruncateAsync(0);
        }
    }

    [Fact]
    public async Task Bytes_that_do_not_continue_the_log_are_refused_and_never_written()
    {
        await using var master = await FilledMasterAsync(new PowerLossDevice());
        var bytes = master.LogBytes();
        var device = new PowerLossDevice();
        await using var replica = await OpenAsync(device);
        replica.AppendRaw(0, bytes.AsSpan(0, 150));

        Assert.Throws<ReplicaStreamException>(() => replica.AppendRaw(151, bytes.AsSpan(151, 10)));
        Assert.Throws<ReplicaStreamException>(() => replica.AppendRaw(0, bytes.AsSpan(0, 10)));
        for (var bit = 0; bit < 400; bit += 3)
        {
            var damaged = bytes.AsSpan(150, 600).ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                replica.AppendRaw(150, damaged);
            }
            catch (ReplicaStreamException)
            {
                Assert.Equal(150, replica.RawEndOffset);
                continue;
            }

            // A flipped bit of a field without a checksum can't be seen; then start over.
            await replica.TruncateAsync(replica.MinPhysicalOffset);
            replica.AppendRaw(0, bytes.AsSpan(0, 150));
        }

        replica.AppendRaw(150, bytes.AsSpan(150));
        Assert.Equal(bytes, replica.LogBytes());
    }

    [Fact]
    public async Task A_replica_that_becomes_master_drops_half_a_record_and_goes_on_with_the_next_offset()
    {
        await using var master = await FilledMasterAsync(new PowerLossDevice());
        var bytes = master.LogBytes();
        var device = new PowerLossDevice();
        var whole = master.ReadQueue("T", 0, 3, 1, 1, null);
        var at = (int)MessageRecordCodec.DecodeAll(whole.Body)[0].PhysicalOffset;
        await using var replica = await OpenAsync(device);
        replica.AppendRaw(0, bytes.AsSpan(0, at + 40));
        Assert.Equal((at, at + 40), (replica.MaxPhysicalOffset, replica.RawEndOffset));

        var result = await replica.StoreAsync(Message("new master"));

        Assert.Equal((at, 3L), (result.PhysicalOffset, result.QueueOffset));
        Assert.Equal(result.EndOffset, replica.RawEndOffset);
        await replica.SeesAsync(4);
    }

    [Fact]
    public async Task A_replica_may_begin_at_any_files_start_and_keeps_it_over_restarts()
    {
        await using var master = await FilledMasterAsync(new PowerLossDevice());
        var bytes = master.LogBytes();
        var device = new PowerLossDevice();
        await using (var replica = await OpenAsync(device))
        {
            await replica.StoreAsync(Message("own, to be thrown away"));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => replica.ResetToAsync(100));
            await replica.ResetToAsync(8192);
            Assert.Equal((8192L, 8192L, 8192L), (replica.MinPhysicalOffset, replica.MaxPhysicalOffset, replica.RawEndOffset));
        }

        await using var again = await OpenAsync(device.PowerCycle());
        Assert.Equal((8192L, 8192L), (again.MinPhysicalOffset, again.MaxPhysicalOffset));
        again.AppendRaw(8192, bytes.AsSpan(8192));
        var max = master.QueueBounds("T", 0).Max;
        await again.SeesAsync(max);
        var min = again.QueueBounds("T", 0).Min;
        Assert.True(min > 0);
        Assert.Equal(master.Bodies().Skip((int)min), again.Bodies());
        Assert.Equal(bytes.AsSpan(8192).ToArray(), again.LogBytes());
        Assert.Equal(QueueReadStatus.OffsetTooSmall, again.ReadQueue("T", 0, 0, 1, 1, null).Status);
    }

    [Fact]
    public async Task The_checksum_of_the_last_records_tells_equal_logs_from_others()
    {
        await using var master = await FilledMasterAsync(new PowerLossDevice());
        var bytes = master.LogBytes();
        await using var replica = await OpenAsync(new PowerLossDevice());
        replica.AppendRaw(0, bytes);
        await using var other = await OpenAsync(new PowerLossDevice());
        for (var i = 0; i < 5; i++) await other.StoreAsync(Message($"x{i}"));
        var end = master.MaxPhysicalOffset;
        var last = (int)bytes.Length - MessageRecordCodec.DecodeAll(bytes.AsMemory((int)LastRecord(master)))[0].TotalSize;

        Assert.Equal(System.IO.Hashing.Crc32.HashToUInt32(bytes.AsSpan(last)), master.ChecksumBefore(end, 1));
        foreach (var records in (int[])[1, 2, 10, 1000]) Assert.Equal(master.ChecksumBefore(end, records), replica.ChecksumBefore(end, records));
        Assert.NotEqual(master.ChecksumBefore(end, 1), master.ChecksumBefore(end, 2));
        Assert.Equal(0u, master.ChecksumBefore(end - 1, 1));
        Assert.Equal(0u, master.ChecksumBefore(end + 1, 1));
        Assert.NotEqual(other.ChecksumBefore(other.MaxPhysicalOffset, 2), master.ChecksumBefore(end, 2));
    }

    [Fact]
    public async Task Waiting_for_an_append_ends_when_there_is_one()
    {
        await using var store = await OpenAsync(new PowerLossDevice());
        var waiting = store.WaitForAppendAsync(0, TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);

        store.AppendOk(Message("one"));

        await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        using var cancel = new CancellationTokenSource();
        var cancelled = store.WaitForAppendAsync(store.MaxPhysicalOffset, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }

    private static long LastRecord(MessageStore store)
    {
        var offsets = new List<long>();
        foreach (var (topic, queue) in store.Queues)
        {
            var (min, max) = store.QueueBounds(topic, queue);
            if (max > min) offsets.Add(MessageRecordCodec.DecodeAll(store.ReadQueue(topic, queue, max - 1, 1, 1, null).Body)[0].PhysicalOffset);
        }

        return offsets.Max();
    }

    /// <summary>Several files, queues, terms, a transaction, keys.</summary>
    private static async Task<MessageStore> FilledMasterAsync(PowerLossDevice device)
    {
        var store = await OpenAsync(device);
        store.AppendTermMarker(1);
        for (var i = 0; i < 30; i++)
        {
            store.AppendOk(Message($"m{i}-" + new string('x', i * 37 % 600), queueId: i % 2, tags: "A", uniqKey: $"u{i}"));
            if (i == 15) store.AppendTermMarker(2);
            if (i == 20) store.AppendOk(Message("prepared", TopicNames.TransHalf, sysFlag: MessageSysFlag.TransactionPrepared));
        }

        Assert.True(await store.WaitFlushedAsync(store.MaxPhysicalOffset, TimeSpan.FromSeconds(20), CancellationToken.None));
        await store.SeesAsync(15);
        await store.SeesAsync(15, queueId: 1);
        return store;
    }

    private static async Task AssertSameAsync(PowerLossDevice masterDevice, string picture, PowerLossDevice device, MessageStore replica, long length)
    {
        Assert.True(await replica.WaitFlushedAsync(length, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        await replica.SeesAsync(15);
        await replica.SeesAsync(15, queueId: 1);
        Assert.Equal(picture, replica.Picture());
        foreach (var path in masterDevice.Paths().Where(p => p.StartsWith("/store/commitlog/", StringComparison.Ordinal) || p.StartsWith("/store/consumequeue/", StringComparison.Ordinal)))
        {
            Assert.Equal(masterDevice.Content(path), device.Content(path));
        }
    }
}
