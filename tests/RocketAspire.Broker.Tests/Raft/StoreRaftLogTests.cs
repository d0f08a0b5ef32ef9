using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker.Raft;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;
using RocketAspire.Store.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

public sealed class StoreRaftLogTests
{
    private static readonly System.Net.IPEndPoint Host = new(System.Net.IPAddress.Loopback, 1);

    [Fact]
    public async Task Reads_end_with_a_record_and_give_the_whole_log_piece_by_piece()
    {
        await using var store = await OpenAsync();
        store.OpenAppends(1);
        for (var i = 0; i < 50; i++) store.Append(Message(i * 7));
        store.SetConfirmOffset(store.MaxPhysicalOffset);
        var log = new StoreRaftLog(store, syncFlush: true);
        foreach (var size in (int[])[1, 100, 300, 1000, 5000, 100_000])
        {
            var at = log.Start;
            while (at < log.End)
            {
                var piece = log.Read(at, size);
                Assert.False(piece.IsEmpty);
                var raw = new byte[piece.Length];
                Assert.Equal(raw.Length, store.ReadRaw(at, raw));
                Assert.Equal(raw, piece.ToArray());
                at += piece.Length;
                Assert.True(at == log.End || at % 4096 == 0 || store.ChecksumBefore(at, 1) != 0, $"{at} is no boundary");
                Assert.True(piece.Length <= size || store.ReadRecord(at - piece.Length) is not null || at % 4096 == 0);
                log.Release();
            }

            Assert.Equal(log.End, at);
            Assert.True(log.Read(at, size).IsEmpty);
        }
    }

    [Fact]
    public async Task A_read_never_crosses_into_another_term()
    {
        await using var store = await OpenAsync();
        store.OpenAppends(1);
        store.Append(Message(10));
        store.CloseAppends();
        var second = store.OpenAppends(4).PhysicalOffset;
        store.Append(Message(10));
        var log = new StoreRaftLog(store, syncFlush: false);
        Assert.Equal(second, log.Read(0, 1 << 20).Length);
        Assert.Equal(log.End - second, log.Read(second, 1 << 20).Length);
        Assert.Equal([new TermEntry(1, 0), new TermEntry(4, second)], log.Terms);
        Assert.Equal(log.End, log.Durable);
    }

    [Fact]
    public async Task What_lies_before_the_oldest_file_reads_as_nothing()
    {
        await using var store = await OpenAsync();
        store.OpenAppends(1);
        for (var i = 0; i < 30; i++) store.Append(Message(1000));
        store.SetConfirmOffset(store.MaxPhysicalOffset);
        await TestSupport.Eventually.TrueAsync("files to go", async () => await store.DeleteBeforeAsync(8192) == 8192);
        var log = new StoreRaftLog(store, syncFlush: true);
        Assert.Equal(8192, log.Start);
        Assert.True(log.Read(0, 100).IsEmpty);
        Assert.False(log.Read(8192, 100).IsEmpty);
    }

    private static MessageRecord Message(int bytes) => new() { Topic = "T", BornHost = Host, StoreHost = Host, Body = new byte[bytes] };

    private static Task<MessageStore> OpenAsync() => MessageStore.OpenAsync(
        new StoreOptions { RootDirectory = "/store", CommitLogFileSizeBytes = 4096, Confirm = ConfirmMode.Manual, Flush = FlushDiskType.Sync, IndexEnabled = false },
        new PowerLossDevice(), TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
}
