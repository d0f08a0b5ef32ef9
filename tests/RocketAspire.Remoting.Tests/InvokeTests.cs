using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Remoting.Tests;

public sealed class InvokeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SerializeType.Json)]
    [InlineData(SerializeType.RocketMQ)]
    public async Task An_answer_comes_in_the_serialisation_of_its_request(SerializeType type)
    {
        await using var loop = await Loopback.StartAsync();

        var request = new RemotingCommand { Code = Loopback.Echo, SerializeType = type, Body = "hello"u8.ToArray() };
        var answer = await loop.InvokeAsync(request);

        Assert.Equal(ResponseCode.Success, answer.Code);
        Assert.Equal(type, answer.SerializeType);
        Assert.Equal("hello", Encoding.UTF8.GetString(answer.Body.Span));
    }

    [Fact]
    public async Task A_frame_of_almost_16_MiB_goes_there_and_back()
    {
        await using var loop = await Loopback.StartAsync();
        var body = new byte[RemotingFrame.MaxLength - 1024];
        Random.Shared.NextBytes(body);

        var answer = await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo, body: body));

        Assert.True(answer.Body.Span.SequenceEqual(body));
    }

    [Fact]
    public async Task An_answer_too_large_for_a_frame_becomes_an_error_answer()
    {
        await using var loop = await Loopback.StartAsync([new Processor(1, static request => request.CreateResponse(0, body: new byte[RemotingFrame.MaxLength]))]);

        var answer = await loop.InvokeAsync(RemotingCommand.CreateRequest(1));

        Assert.Equal(ResponseCode.SystemError, answer.Code);
        Assert.Contains("can't be sent", answer.Remark);
    }

    [Fact]
    public async Task Thousands_of_requests_in_flight_get_their_own_answers()
    {
        await using var loop = await Loopback.StartAsync();

        var calls = Enumerable.Range(0, 5_000)
            .Select(i => loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo, body: BitConverter.GetBytes(i))).AsTask())
            .ToArray();
        var answers = await Task.WhenAll(calls);

        for (var i = 0; i < answers.Length; i++) Assert.Equal(i, BitConverter.ToInt32(answers[i].Body.Span));
    }

    [Fact]
    public async Task A_slow_request_does_not_hold_up_the_ones_behind_it()
    {
        var gate = new TaskCompletionSource();
        await using var loop = await Loopback.StartAsync(
        [
            new Processor(1, async (_, request, _) =>
            {
                await gate.Task;
                return request.CreateResponse(0, "slow");
            }),
            new Processor(2, static request => request.CreateResponse(0, "fast")),
        ]);

        var slow = loop.InvokeAsync(RemotingCommand.CreateRequest(1)).AsTask();
        var fast = await loop.InvokeAsync(RemotingCommand.CreateRequest(2));
        Assert.False(slow.IsCompleted);
        gate.SetResult();

        Assert.Equal("fast", fast.Remark);
        Assert.Equal("slow", (await slow).Remark);
    }

    [Fact]
    public async Task An_unknown_code_is_answered_with_3_and_the_connection_lives()
    {
        await using var loop = await Loopback.StartAsync();

        var unknown = await loop.InvokeAsync(RemotingCommand.CreateRequest(4711));
        var known = await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo));

        Assert.Equal(ResponseCode.RequestCodeNotSupported, unknown.Code);
        Assert.Equal(" request type 4711 not supported", unknown.Remark);
        Assert.Equal(ResponseCode.Success, known.Code);
        Assert.Single(loop.Server.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exception_in_a_processor_is_answered_with_one_line(bool beforeFirstAwait)
    {
        await using var loop = await Loopback.StartAsync(
        [
            new Processor(1, async (_, _, _) =>
            {
                if (!beforeFirstAwait) await Task.Yield();
                throw new InvalidOperationException("first\nsecond");
            }),
        ]);

        var answer = await loop.InvokeAsync(RemotingCommand.CreateRequest(1));

        Assert.Equal(ResponseCode.SystemError, answer.Code);
        Assert.Equal("InvalidOperationException: first second", answer.Remark);
    }

    [Fact]
    public async Task A_one_way_request_is_done_and_not_answered()
    {
        var seen = new TaskCompletionSource<int>();
        await using var loop = await Loopback.StartAsync(
        [
            new Processor(1, request =>
            {
                seen.SetResult(request.Body.Length);
                return request.CreateResponse(0);
            }),
            new Processor(2, static request => request.CreateResponse(0)),
        ]);

        await loop.Client.SendOnewayAsync(loop.Address, RemotingCommand.CreateRequest(1, body: new byte[3]), Loopback.Long, Ct);

        Assert.Equal(3, await seen.Task.WaitAsync(Loopback.Long, Ct));
        Assert.Equal(0, (await loop.InvokeAsync(RemotingCommand.CreateRequest(2))).Code);
    }

    [Fact]
    public async Task A_processor_may_answer_later_through_the_connection()
    {
        var held = new TaskCompletionSource<(RemotingConnection Connection, RemotingCommand Request)>();
        await using var loop = await Loopback.StartAsync(
        [
            new Processor(1, (connection, request, _) =>
            {
                held.SetResult((connection, request));
                return default;
            }),
        ]);

        var call = loop.InvokeAsync(RemotingCommand.CreateRequest(1)).AsTask();
        var (connection, request) = await held.Task.WaitAsync(Loopback.Long, Ct);
        connection.Respond(request.CreateResponse(ResponseCode.PullNotFound, "later"));

        Assert.Equal("later", (await call).Remark);
    }

    [Fact]
    public async Task The_server_may_ask_the_client()
    {
        await using var loop = await Loopback.StartAsync(
            [
                new Processor(1, static async (connection, request, ct) =>
                {
                    var told = await connection.InvokeAsync(RemotingCommand.CreateRequest(2), Loopback.Long, ct);
                    return request.CreateResponse(0, "client said " + told.Remark);
                }),
            ],
            callbacks: [new Processor(2, static request => request.CreateResponse(0, "hi"))]);

        Assert.Equal("client said hi", (await loop.InvokeAsync(RemotingCommand.CreateRequest(1))).Remark);
    }

    [Fact]
    public async Task Callers_that_come_together_share_one_connection()
    {
        await using var loop = await Loopback.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo)).AsTask(), Ct)));

        Assert.Single(loop.Server.Connections);
        Assert.Equal([loop.Address], loop.Client.ConnectedAddresses);
    }

    [Fact]
    public async Task Both_ends_of_a_connection_know_their_addresses()
    {
        RemotingConnection? seen = null;
        await using var loop = await Loopback.StartAsync(
        [
            new Processor(1, (connection, request, _) =>
            {
                seen = connection;
                return new(request.CreateResponse(0));
            }),
        ]);

        await loop.InvokeAsync(RemotingCommand.CreateRequest(1));
        var client = await loop.Client.ConnectAsync(loop.Address, Loopback.Long, Ct);

        Assert.Equal(loop.Endpoint, seen!.LocalEndPoint);
        Assert.Equal(client.LocalEndPoint, seen.RemoteEndPoint);
        Assert.Equal(client.LocalEndPoint.ToString(), seen.RemoteAddress);
        Assert.Equal(IPAddress.Loopback, seen.RemoteEndPoint.Address);
    }

    [Fact]
    public async Task A_peer_on_a_listener_for_all_addresses_shows_as_IPv4()
    {
        RemotingConnection? seen = null;
        var dispatcher = new RequestDispatcher(
        [
            new Processor(1, (connection, request, _) =>
            {
                seen = connection;
                return new(request.CreateResponse(0));
            }),
        ], NullLogger.Instance);
        await using var server = await RemotingServer.StartAsync([new IPEndPoint(IPAddress.Any, 0)], dispatcher, new(), NullLoggerFactory.Instance, Ct);
        await using var client = new RemotingClient(new(), NullLoggerFactory.Instance);

        await client.InvokeAsync($"127.0.0.1:{server.BoundEndpoints[0].Port}", RemotingCommand.CreateRequest(1), Loopback.Long, Ct);

        Assert.StartsWith("127.0.0.1:", seen!.RemoteAddress);
    }

    [Fact]
    public async Task Tags_stay_with_their_connection()
    {
        RemotingConnection? seen = null;
        await using var loop = await Loopback.StartAsync(
        [
            new Processor(1, (connection, request, _) =>
            {
                seen = connection;
                return new(request.CreateResponse(0, connection.GetOrAddTag(static () => new Version(1, 2)).ToString()));
            }),
        ]);

        Assert.Equal("1.2", (await loop.InvokeAsync(RemotingCommand.CreateRequest(1))).Remark);
        seen!.SetTag(new Version(3, 4));
        Assert.Equal("3.4", (await loop.InvokeAsync(RemotingCommand.CreateRequest(1))).Remark);
        Assert.Null(seen.GetTag<Uri>());
    }

    [Fact]
    public async Task Cancelling_ends_the_waiting_only()
    {
        var seen = 0;
        await using var loop = await Loopback.StartAsync(
        [
            new Processor(1, (_, _, _) =>
            {
                Interlocked.Increment(ref seen);
                return default;
            }),
            new Processor(2, static request => request.CreateResponse(0)),
        ]);
        using var cancel = new CancellationTokenSource();

        var call = loop.Client.InvokeAsync(loop.Address, RemotingCommand.CreateRequest(1), Loopback.Long, cancel.Token).AsTask();
        await Eventually.TrueAsync("the request to arrive", () => Volatile.Read(ref seen) == 1);
        cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(0, (await loop.InvokeAsync(RemotingCommand.CreateRequest(2))).Code);
    }
}
