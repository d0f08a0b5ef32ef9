using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Config;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Hostile;

/// <summary>100,000 frames that nobody means well with, at a broker and a name server that go on serving. ROCKETASPIRE_FUZZ_SEED repeats a run.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class HostileFramesTests
{
    private const int Frames = 100_000;
    private const int FramesOfAConnection = 250;
    private const int Workers = 4;
    private const long MemoryGrowthLimit = 64 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hostile_frames_are_answered_or_end_their_connection_and_nothing_else()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("ROCKETASPIRE_FUZZ_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Environment.TickCount;
        Say($"seed {seed} (ROCKETASPIRE_FUZZ_SEED={seed} repeats it)");
        try
        {
            await RunAsync(seed);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
        }
    }

    private static async Task RunAsync(int seed)
    {
        var time = TimeProvider.System;
        // No scan: it closes the connection of a broker that promised to be heard every millisecond.
        await using var nameServer = await NameServerNode.StartAsync(
            new NameServerOptions { Listen = [new(IPAddress.Loopback, 0)], Tls = new TlsSettings(), ScanInterval = TimeSpan.FromHours(1) }, NullLoggerFactory.Instance, time, Ct);
        await using var broker = await TestBroker.StartAsync(options => options with { Tls = new TlsSettings(), EnablePropertyFilter = true });
        IPEndPoint[] targets = [broker.Node.Endpoint, nameServer.Endpoint];
        await broker.SentAsync("Sound", "before");

        var taken = 0;
        // What is made once, at the first frames, is no leak.
        await LoadAsync(targets, seed, Frames / 20, static () => { });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        using (var halfOpen = await HalfOpenAsync(targets, seed)) await LoadAsync(targets, seed + 1000, Frames, () => Interlocked.Add(ref taken, FramesOfAConnection));
        Assert.Equal(Frames, taken);
        Say($"{Frames} frames in {watch.Elapsed.TotalSeconds:0.0} s, {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds:0.0} s of a processor");

        await Eventually.TrueAsync("the servers to close what their peers closed", () => Sockets(targets) <= 1);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Say($"{grown / 1024} KiB more than before");
        Assert.True(grown < MemoryGrowthLimit, $"{grown} bytes more than before");

        await broker.SentAsync("Sound", "after");
        Assert.Equal(["before", "after"], (await broker.ArrivedAsync("Sound", 2)).Select(TestBroker.Text));
        await using var client = new RemotingClient(new RemotingClientOptions(), NullLoggerFactory.Instance);
        var route = await client.InvokeAsync(nameServer.Endpoint.ToString(), RemotingCommand.CreateRequest(RequestCode.GetRouteinfoByTopic, new TopicRequestHeader("unknown").ToExtFields()), Patience, Ct);
        Assert.Equal(ResponseCode.TopicNotExist, route.Code);
    }

    private static Task LoadAsync(IPEndPoint[] targets, int seed, int frames, Action taken) => Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(
        async () =>
        {
            var hostile = new HostileFrames(seed + worker);
            for (var sent = 0; sent < frames / Workers; sent += FramesOfAConnection)
                await ConnectionAsync(targets[(sent / FramesOfAConnection) % targets.Length], hostile, taken);
        },
        Ct)));

    /// <summary>Sends its frames, and a sound request behind them; then what ends a connection.</summary>
    private static async Task ConnectionAsync(IPEndPoint target, HostileFrames hostile, Action taken)
    {
        using var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(target, Ct);
        var answered = new TaskCompletionSource();
        var reading = ReadAsync(socket, answered);
        try
        {
            var piece = new ArrayBufferWriter<byte>();
            for (var i = 0; i < FramesOfAConnection; i++)
            {
                piece.Write(hostile.Next());
                if (piece.WrittenCount < 32 * 1024) continue;
                await SendAsync(socket, piece);
            }

            var marker = RemotingCommand.CreateRequest(RequestCode.GetMaxOffset, new ExtFields());
            marker.Opaque = HostileFrames.MarkerOpaque;
            new RemotingFrameWriter().Write(piece, marker);
            await SendAsync(socket, piece);
            // Answered, or closed: never left waiting.
            await Task.WhenAny(answered.Task, reading).WaitAsync(Patience, Ct);
            if (answered.Task.IsCompleted) taken();
            if (!reading.IsCompleted && hostile.Below(2) == 0)
            {
                await socket.SendAsync(hostile.Last(), Ct);
                if (hostile.Below(2) == 0) socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            // Closed by the server: it has had enough.
        }

        if (hostile.Below(2) == 0) socket.LingerState = new LingerOption(true, 0);
        socket.Close();
        await reading.WaitAsync(Patience, Ct);
    }

    private static async Task SendAsync(Socket socket, ArrayBufferWriter<byte> piece)
    {
        await socket.SendAsync(piece.WrittenMemory, Ct).AsTask().WaitAsync(Patience, Ct);
        piece.ResetWrittenCount();
    }

    private static async Task ReadAsync(Socket socket, TaskCompletionSource answered)
    {
        var buffer = new byte[64 * 1024];
        var count = 0;
        try
        {
            while (true)
            {
                if (count == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
                var read = await socket.ReceiveAsync(buffer.AsMemory(count), CancellationToken.None);
                if (read == 0) return;
                var rest = (ReadOnlySpan<byte>)buffer.AsSpan(0, count + read);
                while (RemotingFrame.TryRead(ref rest, out var command))
                {
                    if (command.IsResponse && command.Opaque == HostileFrames.MarkerOpaque) answered.TrySetResult();
                }

                count = rest.Length;
                rest.CopyTo(buffer);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of it.
        }
    }

    /// <summary>Connections that begin a frame, or a TLS handshake, and never go on.</summary>
    private static async Task<Holder> HalfOpenAsync(IPEndPoint[] targets, int seed)
    {
        var hostile = new HostileFrames(seed);
        var holder = new Holder();
        for (var i = 0; i < 40; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            holder.Sockets.Add(socket);
            await socket.ConnectAsync(targets[i % targets.Length], Ct);
            byte[] start = (i % 4) switch { 0 => [], 1 => [0x16, 3, 1, 2, 0], 2 => [0, 0], _ => hostile.Next()[..5] };
            if (start.Length > 0) await socket.SendAsync(start, Ct);
        }

        return holder;
    }

    /// <summary>Connections that the servers still hold; the broker's own client has one.</summary>
    private static int Sockets(IPEndPoint[] targets) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
        .Count(c => c.State is TcpState.Established or TcpState.CloseWait && targets.Any(target => target.Port == c.LocalEndPoint.Port));

    private static void Say(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    private sealed class Holder : IDisposable
    {
        public List<Socket> Sockets { get; } = [];

        public void Dispose() => Sockets.ForEach(static socket => socket.Dispose());
    }
}
