using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Remoting.Tests;

/// <summary>For tests that take or measure the process's memory: nothing runs beside them.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

/// <summary>Peers that ask and don't read cost little together, and nobody else notices them.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class OutputBudgetTests
{
    private const int Big = 9002;
    private const int Push = 9003;
    private const int Peers = 40;
    private const int Requests = 200;
    private const int AnswerBytes = 256 * 1024;
    private const long BudgetBytes = 4 * 1024 * 1024;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_peers_that_do_not_read_share_one_budget_and_get_all_once_they_read()
    {
        var budget = new OutputBudget(BudgetBytes);
        await using var loop = await StartAsync(budget);
        var peers = new List<Socket>();
        try
        {
            for (var i = 0; i < Peers; i++) peers.Add(await AskAsync(loop, Big, Requests));
            await Eventually.TrueAsync("the budget to be spent", () => budget.IsSpent);

            // Two gigabytes are asked for; each may still have what it was being sent, a batch and an answer more.
            const long Limit = BudgetBytes + (Peers * 2L * AnswerBytes);
            long most = 0;
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal(ResponseCode.Success, (await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo))).Code);
                most = Math.Max(most, budget.Used);
            }

            Assert.True(most <= Limit, $"{most:N0} bytes waited");

            var read = await Task.WhenAll(peers.Select(ReadAllAsync)).WaitAsync(TimeSpan.FromMinutes(1), Ct);
            Assert.All(read, static count => Assert.Equal(Requests, count));
            await Eventually.TrueAsync("nothing to wait any more", () => budget.Used == 0);
        }
        finally
        {
            peers.ForEach(static peer => peer.Dispose());
        }
    }

    [Fact]
    public async Task Peers_that_end_without_reading_give_back_what_they_used_and_their_questions_are_dropped()
    {
        const int Counted = 9004;
        var answered = 0;
        var body = new byte[AnswerBytes];
        var budget = new OutputBudget(BudgetBytes);
        await using var loop = await StartAsync(budget, new Processor(Counted, request =>
        {
            Interlocked.Increment(ref answered);
            return request.CreateResponse(ResponseCode.Success, body: body);
        }));
        for (var i = 0; i < Peers; i++)
        {
            using var peer = await AskAsync(loop, Counted, Requests);
            await Eventually.TrueAsync("some answers to wait", () => budget.Used > 0);
            // A reset: what it asked last may have been read already.
            peer.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        await Eventually.TrueAsync("nothing to wait any more", () => loop.Server.Connections.Count == 0 && budget.Used == 0);
        Assert.InRange(Volatile.Read(ref answered), Peers, Peers * Requests / 2);
    }

    [Fact]
    public async Task Those_that_are_pushed_to_beyond_twice_the_budget_are_cut_off_one_by_one()
    {
        var budget = new OutputBudget(BudgetBytes);
        var pushed = new List<RemotingConnection>();
        await using var loop = await StartAsync(budget, new Processor(Push, (connection, request, _) =>
        {
            lock (pushed) pushed.Add(connection);
            return new(request.CreateResponse(ResponseCode.Success));
        }));
        var peers = new List<Socket>();
        try
        {
            for (var i = 0; i < Peers; i++) peers.Add(await AskAsync(loop, Push, 1));
            await Eventually.TrueAsync("all to have asked", () =>
            {
                lock (pushed) return pushed.Count == Peers;
            });
            var body = new byte[AnswerBytes];
            long most = 0;
            for (var i = 0; i < 40; i++)
            {
                foreach (var connection in pushed)
                {
                    connection.SendOneway(RemotingCommand.CreateRequest(1, body: body));
                    most = Math.Max(most, budget.Used);
                }
            }

            // Far less than the 64 MiB that each may have by itself.
            Assert.True(most <= (2 * BudgetBytes) + (Peers * 8L * AnswerBytes), $"{most:N0} bytes waited");
            Assert.Contains(pushed, static connection => !connection.IsOpen);
            Assert.Equal(ResponseCode.Success, (await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo))).Code);
        }
        finally
        {
            peers.ForEach(static peer => peer.Dispose());
        }
    }

    private static Task<Loopback> StartAsync(OutputBudget budget, params IRequestProcessor[] more)
    {
        var body = new byte[AnswerBytes];
        return Loopback.StartAsync(
            [
                new Processor(Big, request => request.CreateResponse(ResponseCode.Success, body: body)),
                new Processor(Loopback.Echo, static request => request.CreateResponse(ResponseCode.Success, body: request.Body)),
                .. more,
            ],
            new RemotingServerOptions { OutputBudget = budget });
    }

    private static async Task<Socket> AskAsync(Loopback loop, int code, int requests)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 64 * 1024 };
        await socket.ConnectAsync(loop.Endpoint, Ct);
        var all = new ArrayBufferWriter<byte>();
        var writer = new RemotingFrameWriter();
        for (var i = 0; i < requests; i++) writer.Write(all, new RemotingCommand { Code = code, Opaque = i });
        await socket.SendAsync(all.WrittenMemory, Ct);
        return socket;
    }

    private static async Task<int> ReadAllAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        var buffer = new byte[AnswerBytes * 2];
        var read = 0;
        for (; read < Requests; read++)
        {
            await stream.ReadExactlyAsync(buffer.AsMemory(0, 4), Ct);
            await stream.ReadExactlyAsync(buffer.AsMemory(0, BinaryPrimitives.ReadInt32BigEndian(buffer)), Ct);
        }

        return read;
    }
}
