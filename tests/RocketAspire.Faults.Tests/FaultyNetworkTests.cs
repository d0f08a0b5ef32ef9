using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Faults.Tests;

/// <summary>One side of a real connection passes through the faulty network, the other is a plain socket.</summary>
public sealed class FaultyNetworkTests : IAsyncDisposable
{
    // Long enough for bytes to come if they were going to.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(50);

    private readonly FaultyNetwork _network = new(TimeProvider.System);
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_rules_all_passes_both_ways()
    {
        var (here, there) = await ConnectedAsync("n1");
        await here.WriteAsync(new byte[] { 1, 2 }, Ct);
        await there.WriteAsync(new byte[] { 3 }, Ct);
        Assert.Equal([1, 2], await ReadAsync(there, 2));
        Assert.Equal([3], await ReadAsync(here, 1));
    }

    [Fact]
    public async Task What_was_isolated_on_its_way_out_arrives_whole_and_in_order_once_it_is_healed()
    {
        var (here, there) = await ConnectedAsync("n1");
        Isolate("n1", FaultDirection.Out);
        for (byte i = 0; i < 10; i++) await here.WriteAsync(new[] { i }, Ct);
        var reading = ReadAsync(there, 10);
        await StaysOpenAsync(reading);
        _network.Heal();
        await here.WriteAsync(new byte[] { 10 }, Ct);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], await reading);
        Assert.Equal([10], await ReadAsync(there, 1));
    }

    [Fact]
    public async Task What_was_isolated_on_its_way_in_comes_once_it_is_healed_even_to_a_read_that_waited_before()
    {
        var (here, there) = await ConnectedAsync("n1");
        var reading = ReadAsync(here, 3);
        Isolate("n1", FaultDirection.In);
        await there.WriteAsync(new byte[] { 1, 2, 3 }, Ct);
        await StaysOpenAsync(reading);
        await here.WriteAsync(new byte[] { 4 }, Ct);
        Assert.Equal([4], await ReadAsync(there, 1));
        _network.Heal("n1");
        Assert.Equal([1, 2, 3], await reading);
    }

    [Fact]
    public async Task The_end_of_an_isolated_connection_is_no_news_until_it_is_healed()
    {
        var (here, there) = await ConnectedAsync("n1");
        Isolate("n1", FaultDirection.Both);
        await there.DisposeAsync();
        var reading = here.ReadAsync(new byte[1], Ct).AsTask();
        await StaysOpenAsync(reading);
        _network.Heal();
        Assert.Equal(0, await reading);
    }

    [Theory]
    [InlineData(FaultDirection.In)]
    [InlineData(FaultDirection.Out)]
    public async Task No_connection_is_made_to_an_isolated_peer_until_it_is_healed(FaultDirection direction)
    {
        using var listener = Listen();
        Isolate("n1", direction);
        using var limit = new CancellationTokenSource(Quiet);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await ConnectAsync(listener, "n1", limit.Token));
        var connecting = ConnectAsync(listener, "n1", Ct).AsTask();
        await StaysOpenAsync(connecting);
        _network.Heal();
        _open.Add(await connecting);
    }

    [Fact]
    public async Task A_refused_peers_connections_break_and_new_ones_are_refused_until_it_is_healed()
    {
        using var listener = Listen();
        var (here, there) = await ConnectedAsync("n1");
        _network.Change("n1", faults => faults with { IsRefused = true });
        Assert.Equal(0, await there.ReadAsync(new byte[1], Ct));
        await Assert.ThrowsAnyAsync<Exception>(async () => await here.WriteAsync(new byte[1], Ct));
        var e = await Assert.ThrowsAsync<SocketException>(async () => await ConnectAsync(listener, "n1", Ct));
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
        _network.Heal();
        _open.Add(await ConnectAsync(listener, "n1", Ct));
    }

    [Fact]
    public async Task Delayed_pieces_come_that_much_later_in_order_and_not_one_after_the_other()
    {
        var (here, there) = await ConnectedAsync("n1");
        _network.Change("n1", faults => faults with { DelayMs = 200 });
        var watch = Stopwatch.StartNew();
        for (byte i = 0; i < 20; i++) await here.WriteAsync(new[] { i }, Ct);
        var written = watch.ElapsedMilliseconds;
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (byte)i), await ReadAsync(there, 20));
        Assert.True(written < 200, $"writing took {written} ms");
        Assert.InRange(watch.ElapsedMilliseconds, 195, 2000);
    }

    [Fact]
    public async Task A_hundred_percent_repeats_each_piece_and_a_hundred_percent_loses_each()
    {
        var (here, there) = await ConnectedAsync("n1");
        _network.Change("n1", faults => faults with { DuplicatePercent = 100 });
        await here.WriteAsync(new byte[] { 1, 2 }, Ct);
        await here.WriteAsync(new byte[] { 3 }, Ct);
        Assert.Equal([1, 2, 1, 2, 3, 3], await ReadAsync(there, 6));
        _network.Change("n1", faults => faults with { DuplicatePercent = 0, DropPercent = 100 });
        await here.WriteAsync(new byte[] { 4 }, Ct);
        _network.Heal();
        await here.WriteAsync(new byte[] { 5 }, Ct);
        Assert.Equal([5], await ReadAsync(there, 1));
    }

    [Fact]
    public async Task The_same_seed_loses_the_same_pieces()
    {
        var (here, there) = await ConnectedAsync("n1");
        var runs = new List<byte[]>();
        for (var run = 0; run < 2; run++)
        {
            _network.Seed(42);
            _network.Change("n1", faults => faults with { DropPercent = 50 });
            for (byte i = 0; i < 100; i++) await here.WriteAsync(new[] { i }, Ct);
            _network.Heal();
            await here.WriteAsync(new byte[] { 255 }, Ct);
            var got = new List<byte>();
            while (got.Count == 0 || got[^1] != 255) got.AddRange(await ReadAsync(there, 1));
            runs.Add([.. got]);
        }

        Assert.InRange(runs[0].Length, 30, 70);
        Assert.Equal(runs[0], runs[1]);
    }

    [Fact]
    public async Task All_peers_means_neither_clients_nor_name_servers_but_those_that_have_not_said_who_they_are()
    {
        var (client, atClient) = await ConnectedAsync(null);
        var (nameServer, atNameServer) = await ConnectedAsync(PeerNetwork.NameServer);
        var (unknown, atUnknown) = await ConnectedAsync(PeerNetwork.Unknown);
        Isolate(FaultyNetwork.AllPeers, FaultDirection.Both);
        foreach (var stream in (Stream[])[client, nameServer, unknown]) await stream.WriteAsync(new byte[] { 1 }, Ct);
        Assert.Equal([1], await ReadAsync(atClient, 1));
        Assert.Equal([1], await ReadAsync(atNameServer, 1));
        var held = ReadAsync(atUnknown, 1);
        await StaysOpenAsync(held);
        Isolate(PeerNetwork.NameServer, FaultDirection.Out);
        await nameServer.WriteAsync(new byte[] { 2 }, Ct);
        var told = ReadAsync(atNameServer, 1);
        await StaysOpenAsync(told);
        _network.Heal();
        Assert.Equal([1], await held);
        Assert.Equal([2], await told);
    }

    [Fact]
    public async Task An_isolated_peer_that_says_who_it_is_is_not_heard_until_it_is_healed()
    {
        var (here, _) = await ConnectedAsync(PeerNetwork.Unknown);
        Isolate("1", FaultDirection.In);
        var heard = _network.IdentifyAsync(here, "1", Ct).AsTask();
        await StaysOpenAsync(heard);
        _network.Heal();
        await heard;
    }

    [Fact]
    public async Task Closing_ends_every_wait()
    {
        var (here, _) = await ConnectedAsync("n1");
        Isolate("n1", FaultDirection.Both);
        var reading = here.ReadAsync(new byte[1], Ct).AsTask();
        var identifying = _network.IdentifyAsync(here, "n2", Ct).AsTask();
        Isolate("n2", FaultDirection.Both);
        var writing = WriteUntilItWaitsAsync(here);
        await StaysOpenAsync(writing);
        await here.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => reading.WaitAsync(Eventually.Limit, Ct));
        await Task.WhenAny(identifying, Task.Delay(Eventually.Limit, Ct));
        Assert.True(identifying.IsCompleted);
        await Assert.ThrowsAnyAsync<IOException>(() => writing.WaitAsync(Eventually.Limit, Ct));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _open) await stream.DisposeAsync();
    }

    private static async Task WriteUntilItWaitsAsync(Stream stream)
    {
        // Until the stream is closed: a write that waited for room ends, the one after it fails.
        while (true) await stream.WriteAsync(new byte[1024 * 1024], Ct);
    }

    private static async Task StaysOpenAsync(Task task)
    {
        await Task.WhenAny(task, Task.Delay(Quiet, Ct));
        Assert.False(task.IsCompleted, "what was held back came through");
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Ct).AsTask().WaitAsync(Eventually.Limit, Ct);
        return bytes;
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private void Isolate(string peer, FaultDirection direction) => _network.Change(peer, faults => faults with { Isolated = direction });

    private ValueTask<Stream> ConnectAsync(Socket listener, string? peer, CancellationToken ct) =>
        _network.ConnectAsync(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), listener.LocalEndPoint!, peer, ct);

    private async Task<(Stream Here, Stream There)> ConnectedAsync(string? peer)
    {
        using var listener = Listen();
        var here = await ConnectAsync(listener, peer, Ct);
        var there = new NetworkStream(await listener.AcceptAsync(Ct), ownsSocket: true);
        _open.AddRange([here, there]);
        return (here, there);
    }
}
