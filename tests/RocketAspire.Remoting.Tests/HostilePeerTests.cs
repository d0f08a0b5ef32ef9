using System.Buffers;
using System.Net;
using System.Net.Sockets;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Remoting.Tests;

public sealed class HostilePeerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("000000030000000000")]
    [InlineData("FFFFFFFF0000000000")]
    [InlineData("01000001")]
    [InlineData("0000000800000FFF0000")]
    [InlineData("474554202F20485454502F312E310D0A")]
    public async Task A_broken_frame_closes_the_connection(string hex)
    {
        await using var loop = await Loopback.StartAsync();
        using var socket = await ConnectAsync(loop);

        await socket.SendAsync(Convert.FromHexString(hex), Ct);

        Assert.Equal(0, await ReceiveAsync(socket, new byte[16]));
        await Eventually.TrueAsync("the connection to be forgotten", () => loop.Server.Connections.Count == 0);
    }

    [Fact]
    public async Task A_bad_header_in_an_intact_frame_is_answered_and_the_connection_lives()
    {
        await using var loop = await Loopback.StartAsync();
        using var socket = await ConnectAsync(loop);
        var good = Encode(new RemotingCommand { Code = Loopback.Echo, Opaque = 8 });
        var broken = """{"opaque":7,"code":[}"""u8.ToArray();

        await socket.SendAsync(Frame(0, broken), Ct);
        var refused = await ReadFrameAsync(socket);
        await socket.SendAsync(good, Ct);
        var answered = await ReadFrameAsync(socket);

        Assert.Equal((ResponseCode.SystemError, 7, true), (refused.Code, refused.Opaque, refused.IsResponse));
        Assert.Equal((ResponseCode.Success, 8), (answered.Code, answered.Opaque));
    }

    [Fact]
    public async Task A_frame_that_trickles_in_byte_by_byte_is_answered()
    {
        await using var loop = await Loopback.StartAsync();
        using var socket = await ConnectAsync(loop);
        socket.NoDelay = true;

        foreach (var b in Encode(new RemotingCommand { Code = Loopback.Echo, Opaque = 5, Body = new byte[3] })) await socket.SendAsync(new[] { b }, Ct);

        Assert.Equal(5, (await ReadFrameAsync(socket)).Opaque);
    }

    [Fact]
    public async Task A_claim_of_16_MiB_allocates_nothing_until_the_bytes_come()
    {
        await using var loop = await Loopback.StartAsync();
        var sockets = new List<Socket>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        try
        {
            for (var i = 0; i < 100; i++)
            {
                var socket = await ConnectAsync(loop);
                sockets.Add(socket);
                await socket.SendAsync(Convert.FromHexString("01000000" + "00000010" + "7B"), Ct);
            }

            await Eventually.TrueAsync("all connections to be accepted", () => loop.Server.Connections.Count == 100);
            var after = GC.GetTotalMemory(forceFullCollection: true);
            Assert.True(after - before < 32 * 1024 * 1024, $"100 claims of 16 MiB took {(after - before) / 1024} KiB");
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Reading_pauses_while_the_peer_does_not_read_its_answers()
    {
        var done = 0;
        var body = new byte[64 * 1024];
        await using var loop = await Loopback.StartAsync(
            [new Processor(1, request =>
            {
                Interlocked.Increment(ref done);
                return request.CreateResponse(0, body: body);
            })]);
        using var socket = await ConnectAsync(loop);
        const int Requests = 4_000;
        var all = new ArrayBufferWriter<byte>();
        var writer = new RemotingFrameWriter();
        for (var i = 0; i < Requests; i++) writer.Write(all, new RemotingCommand { Code = 1, Opaque = i });
        var sending = socket.SendAsync(all.WrittenMemory, Ct).AsTask();

        // 4,000 answers are 250 MiB; what the server holds is its limit and what the two kernels' buffers take.
        await StandsStillAsync(() => Volatile.Read(ref done));
        var paused = Volatile.Read(ref done);
        Assert.InRange(paused, 1, Requests / 2);

        for (var i = 0; i < Requests; i++) Assert.Equal(i, (await ReadFrameAsync(socket)).Opaque);
        await sending;
        Assert.Equal(Requests, Volatile.Read(ref done));
    }

    [Fact]
    public async Task A_peer_that_is_pushed_to_and_never_reads_is_cut_off_at_the_limit()
    {
        RemotingConnection? seen = null;
        await using var loop = await Loopback.StartAsync(
            [new Processor(1, (connection, _, _) =>
            {
                seen = connection;
                return default;
            })],
            new RemotingServerOptions { MaxOutputBytes = 4 * 1024 * 1024 });
        using var socket = await ConnectAsync(loop);
        await socket.SendAsync(Encode(new RemotingCommand { Code = 1 }), Ct);
        await Eventually.TrueAsync("the request to arrive", () => seen is not null);

        var push = new byte[256 * 1024];
        for (var i = 0; i < 1_000 && seen!.IsOpen; i++) seen.SendOneway(RemotingCommand.CreateRequest(2, body: push));

        Assert.False(seen!.IsOpen);
        await Eventually.TrueAsync("the connection to be forgotten", () => loop.Server.Connections.Count == 0);
    }

    [Fact]
    public async Task Reading_pauses_while_too_many_requests_are_in_work()
    {
        var gate = new TaskCompletionSource();
        var started = 0;
        await using var loop = await Loopback.StartAsync(
            [new Processor(1, async (_, request, _) =>
            {
                Interlocked.Increment(ref started);
                await gate.Task;
                return request.CreateResponse(0);
            })],
            new RemotingServerOptions { MaxInFlightRequests = 10 });

        var calls = Enumerable.Range(0, 100).Select(_ => loop.InvokeAsync(RemotingCommand.CreateRequest(1)).AsTask()).ToArray();
        await Eventually.TrueAsync("ten to be in work", () => Volatile.Read(ref started) == 10);
        await StandsStillAsync(() => Volatile.Read(ref started));
        Assert.Equal(10, Volatile.Read(ref started));
        gate.SetResult();

        foreach (var answer in await Task.WhenAll(calls).WaitAsync(Loopback.Long, Ct)) Assert.Equal(0, answer.Code);
    }

    [Fact]
    public async Task Random_and_mutated_frames_end_in_an_answer_or_a_closed_connection()
    {
        const int Seed = 20_260_301;
        const int Frames = 20_000;
        var random = new Random(Seed);
        await using var loop = await Loopback.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var socket = await ConnectAsync(loop);
        var opened = 1;
        var buffer = new byte[64 * 1024];
        for (var i = 0; i < Frames; i++)
        {
            try
            {
                await socket.SendAsync(Hostile(random, i), Ct);
                while (socket.Available > 0) await socket.ReceiveAsync(buffer, Ct);
                if (socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0) throw new SocketException((int)SocketError.ConnectionReset);
            }
            catch (SocketException)
            {
                socket.Dispose();
                socket = await ConnectAsync(loop);
                opened++;
            }
        }

        socket.Dispose();
        await Eventually.TrueAsync("all hostile connections to be gone", () => loop.Server.Connections.Count == 0);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}: {Frames} frames over {opened} connections, {(after - before) / 1024} KiB more in use");
        Assert.True(after - before < 64 * 1024 * 1024, $"{(after - before) / 1024} KiB more in use, seed {Seed}");
        Assert.Equal(0, (await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo))).Code);
    }

    /// <summary>Good frames with bytes changed, cut or added; pure noise; wild lengths.</summary>
    private static byte[] Hostile(Random random, int i)
    {
        var command = new RemotingCommand
        {
            Code = random.Next(2) == 0 ? Loopback.Echo : random.Next(),
            Opaque = i,
            SerializeType = (SerializeType)random.Next(2),
            ExtFields = new() { { "topic", new string('t', random.Next(40)) }, { "queueId", random.Next() } },
            Body = new byte[random.Next(200)],
        };
        var bytes = Encode(command);
        switch (random.Next(5))
        {
            case 0:
                random.NextBytes(bytes);
                break;
            case 1:
                // Only the header's inside: the frame stays intact.
                for (var n = random.Next(1, 8); n > 0; n--) bytes[random.Next(8, bytes.Length)] = (byte)random.Next(256);
                break;
            case 2:
                for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 3:
                return bytes[..random.Next(1, bytes.Length)];
            default:
                bytes[4] = (byte)random.Next(256);
                break;
        }

        return bytes;
    }

    private static async Task StandsStillAsync(Func<int> value)
    {
        var last = value();
        var since = Environment.TickCount64;
        await Eventually.TrueAsync("the count to stand still for 300 ms", () =>
        {
            var now = value();
            if (now == last) return Environment.TickCount64 - since >= 300;
            (last, since) = (now, Environment.TickCount64);
            return false;
        });
    }

    private static async Task<Socket> ConnectAsync(Loopback loop)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(loop.Endpoint, Ct);
        return socket;
    }

    private static byte[] Encode(RemotingCommand command)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new RemotingFrameWriter().Write(buffer, command);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Frame(byte type, byte[] header)
    {
        var length = header.Length + 4;
        return [0, 0, 0, (byte)length, type, 0, 0, (byte)header.Length, .. header];
    }

    private static async Task<int> ReceiveAsync(Socket socket, Memory<byte> into)
    {
        try
        {
            return await socket.ReceiveAsync(into, Ct).AsTask().WaitAsync(Loopback.Long, Ct);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    private static async Task<RemotingCommand> ReadFrameAsync(Socket socket)
    {
        var prefix = new byte[4];
        await FillAsync(socket, prefix);
        var frame = new byte[4 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(prefix)];
        prefix.CopyTo(frame, 0);
        await FillAsync(socket, frame.AsMemory(4));
        var sequence = new ReadOnlySequence<byte>(frame);
        Assert.True(RemotingFrame.TryRead(ref sequence, out var command));
        return command;
    }

    private static async Task FillAsync(Socket socket, Memory<byte> memory)
    {
        while (!memory.IsEmpty)
        {
            var read = await ReceiveAsync(socket, memory);
            Assert.True(read > 0, "the connection ended in the middle of an answer");
            memory = memory[read..];
        }
    }
}
