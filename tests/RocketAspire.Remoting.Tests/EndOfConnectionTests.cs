using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Protocol.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Remoting.Tests;

public sealed class EndOfConnectionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_without_answer_times_out_by_the_clock_and_the_next_one_works()
    {
        var clock = new ManualTimeProvider();
        await using var loop = await Loopback.StartAsync(
            [new Processor(1, static (_, _, _) => default), new Processor(2, static request => request.CreateResponse(0))],
            client: new() { Time = clock });
        var connection = await loop.Client.ConnectAsync(loop.Address, Loopback.Long, Ct);

        var call = connection.InvokeAsync(RemotingCommand.CreateRequest(1), TimeSpan.FromSeconds(3), Ct).AsTask();
        clock.Advance(TimeSpan.FromSeconds(2.999));
        Assert.False(call.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        var e = await Assert.ThrowsAsync<RemotingTimeoutException>(() => call);
        Assert.Equal($"{loop.Address} did not answer request 1 within 3000 ms", e.Message);
        Assert.Equal(0, (await loop.InvokeAsync(RemotingCommand.CreateRequest(2))).Code);
    }

    [Fact]
    public async Task Calls_time_out_each_at_its_own_time()
    {
        var clock = new ManualTimeProvider();
        await using var loop = await Loopback.StartAsync([new Processor(1, static (_, _, _) => default)], client: new() { Time = clock });
        var connection = await loop.Client.ConnectAsync(loop.Address, Loopback.Long, Ct);

        var calls = new[] { 5, 1, 3 }.Select(s => connection.InvokeAsync(RemotingCommand.CreateRequest(1), TimeSpan.FromSeconds(s), Ct).AsTask()).ToArray();
        clock.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<RemotingTimeoutException>(() => calls[1]);
        Assert.False(calls[2].IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<RemotingTimeoutException>(() => calls[2]);
        Assert.False(calls[0].IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<RemotingTimeoutException>(() => calls[0]);
    }

    [Fact]
    public async Task Losing_the_connection_fails_everything_that_waits_at_once()
    {
        await using var loop = await Loopback.StartAsync([new Processor(1, static (_, _, _) => default), new Processor(2, static (connection, _, _) =>
        {
            connection.Close();
            return default;
        })]);

        var waiting = Enumerable.Range(0, 100).Select(_ => loop.InvokeAsync(RemotingCommand.CreateRequest(1), TimeSpan.FromMinutes(5)).AsTask()).ToArray();
        var watch = Stopwatch.StartNew();
        var last = loop.InvokeAsync(RemotingCommand.CreateRequest(2), TimeSpan.FromMinutes(5)).AsTask();

        foreach (var call in waiting.Append(last)) await Assert.ThrowsAsync<RemotingSendException>(() => call.WaitAsync(Loopback.Long, Ct));
        Assert.True(watch.Elapsed < Loopback.Long);
    }

    [Fact]
    public async Task After_a_loss_the_client_connects_anew()
    {
        await using var loop = await Loopback.StartAsync();
        var closed = 0;
        loop.Client.ConnectionClosed += (_, _) => Interlocked.Increment(ref closed);

        await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo));
        loop.Client.CloseConnection(loop.Address);
        await Eventually.TrueAsync("the end of the connection to be told", () => Volatile.Read(ref closed) == 1);

        Assert.Equal(0, (await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo))).Code);
    }

    [Fact]
    public async Task The_server_tells_of_a_connection_that_ended_and_cancels_its_requests()
    {
        var cancelled = new TaskCompletionSource();
        await using var loop = await Loopback.StartAsync(
        [
            new Processor(1, async (_, _, ct) =>
            {
                await using var registration = ct.Register(cancelled.SetResult);
                await Task.Delay(Timeout.Infinite, ct);
                return null;
            }),
        ]);
        var ended = new TaskCompletionSource<RemotingConnection>();
        loop.Server.Closed += connection => ended.TrySetResult(connection);

        var call = loop.InvokeAsync(RemotingCommand.CreateRequest(1)).AsTask();
        await Eventually.TrueAsync("the request to arrive", () => loop.Server.Connections.Any(connection => connection.Busy == 1));
        loop.Client.CloseConnection(loop.Address);

        Assert.False((await ended.Task.WaitAsync(Loopback.Long, Ct)).IsOpen);
        await cancelled.Task.WaitAsync(Loopback.Long, Ct);
        await Assert.ThrowsAsync<RemotingSendException>(() => call);
        await Eventually.TrueAsync("the connection to be forgotten", () => loop.Server.Connections.Count == 0);
    }

    [Fact]
    public async Task Nobody_there_is_one_clear_line()
    {
        await using var client = new RemotingClient(new(), NullLoggerFactory.Instance);
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = reserved.LocalEndPoint!.ToString()!;

        var e = await Assert.ThrowsAsync<RemotingConnectException>(() => client.InvokeAsync(address, RemotingCommand.CreateRequest(1), Loopback.Long, Ct).AsTask());

        Assert.StartsWith($"can't connect to {address}: ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:70000")]
    [InlineData(":9876")]
    public async Task A_wrong_address_is_one_clear_line(string address)
    {
        await using var client = new RemotingClient(new(), NullLoggerFactory.Instance);

        var e = await Assert.ThrowsAsync<RemotingConnectException>(() => client.InvokeAsync(address, RemotingCommand.CreateRequest(1), Loopback.Long, Ct).AsTask());

        Assert.Equal($"can't connect to {address}: the address is not of the form ip:port", e.Message);
    }

    [Fact]
    public async Task An_idle_connection_is_closed_by_the_server_and_a_used_one_is_not()
    {
        var clock = new ManualTimeProvider();
        await using var loop = await Loopback.StartAsync(server: new() { Time = clock });
        await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo));

        clock.Advance(TimeSpan.FromSeconds(119));
        Assert.Single(loop.Server.Connections);
        await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo));
        clock.Advance(TimeSpan.FromSeconds(119));
        Assert.Single(loop.Server.Connections);
        clock.Advance(TimeSpan.FromSeconds(60));

        await Eventually.TrueAsync("the idle connection to be closed", () => loop.Server.Connections.Count == 0 && loop.Client.ConnectedAddresses.Count == 0);
    }

    [Fact]
    public async Task An_idle_connection_is_closed_by_the_client_too()
    {
        var clock = new ManualTimeProvider();
        await using var loop = await Loopback.StartAsync(client: new() { Time = clock });
        await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo));

        clock.Advance(TimeSpan.FromSeconds(150));

        await Eventually.TrueAsync("the idle connection to be closed", () => loop.Server.Connections.Count == 0);
    }

    [Fact]
    public async Task A_stop_sends_the_answers_of_requests_in_work()
    {
        var gate = new TaskCompletionSource();
        var loop = await Loopback.StartAsync(
        [
            new Processor(1, async (_, request, _) =>
            {
                await gate.Task;
                return request.CreateResponse(0, "done");
            }),
        ]);
        var call = loop.InvokeAsync(RemotingCommand.CreateRequest(1)).AsTask();
        await Eventually.TrueAsync("the request to arrive", () => loop.Server.Connections.Any(connection => connection.Busy == 1));

        var stop = loop.Server.DisposeAsync().AsTask();
        gate.SetResult();

        Assert.Equal("done", (await call.WaitAsync(Loopback.Long, Ct)).Remark);
        await stop.WaitAsync(Loopback.Long, Ct);
        await loop.DisposeAsync();
    }

    [Fact]
    public async Task A_stop_waits_no_longer_than_its_grace()
    {
        var loop = await Loopback.StartAsync(
            [new Processor(1, static async (_, _, _) =>
            {
                await Task.Delay(Timeout.Infinite);
                return null;
            })],
            new RemotingServerOptions { StopGrace = TimeSpan.FromMilliseconds(50) });
        var call = loop.InvokeAsync(RemotingCommand.CreateRequest(1)).AsTask();
        await Eventually.TrueAsync("the request to arrive", () => loop.Server.Connections.Any(connection => connection.Busy == 1));

        await loop.Server.DisposeAsync().AsTask().WaitAsync(Loopback.Long, Ct);

        await Assert.ThrowsAsync<RemotingSendException>(() => call.WaitAsync(Loopback.Long, Ct));
        await loop.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_starts_again_gets_its_port_back_at_once()
    {
        var loop = await Loopback.StartAsync();
        var endpoint = loop.Endpoint;
        await loop.InvokeAsync(RemotingCommand.CreateRequest(Loopback.Echo));
        // The server ends the connection first: its side of it lingers in the system for a while.
        foreach (var connection in loop.Server.Connections) connection.Close();
        await loop.Server.DisposeAsync();
        await Eventually.TrueAsync("the client to see the end", () => loop.Client.ConnectedAddresses.Count == 0);

        await using var again = await RemotingServer.StartAsync([endpoint], new RequestDispatcher([], NullLogger.Instance), new(), NullLoggerFactory.Instance, Ct);

        Assert.Equal(ResponseCode.RequestCodeNotSupported, (await loop.InvokeAsync(RemotingCommand.CreateRequest(1))).Code);
        await loop.DisposeAsync();
    }

    [Fact]
    public async Task A_peer_that_has_closed_its_own_side_still_gets_its_answer()
    {
        await using var loop = await Loopback.StartAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(loop.Endpoint, Ct);
        var frame = new System.Buffers.ArrayBufferWriter<byte>();
        new RemotingFrameWriter().Write(frame, new RemotingCommand { Code = Loopback.Echo, Body = new byte[1_000_000] });

        var sending = socket.SendAsync(frame.WrittenMemory, Ct).AsTask();
        var received = 0;
        var buffer = new byte[64 * 1024];
        await sending;
        socket.Shutdown(SocketShutdown.Send);
        while (await socket.ReceiveAsync(buffer, Ct) is > 0 and var count) received += count;

        Assert.True(received > 1_000_000, $"{received} bytes came back");
    }

    [Fact]
    public async Task A_port_in_use_names_the_address_and_its_holder()
    {
        await using var loop = await Loopback.StartAsync();

        var e = await Assert.ThrowsAsync<RemotingBindException>(() => RemotingServer.StartAsync(
            [new IPEndPoint(IPAddress.Loopback, 0), loop.Endpoint], new RequestDispatcher([], NullLogger.Instance), new(), NullLoggerFactory.Instance, Ct));

        var holder = OperatingSystem.IsLinux() ? $" by process {Environment.ProcessId} (" : "";
        Assert.StartsWith($"can't listen on {loop.Address}: the address is in use{holder}", e.Message);
        Assert.Equal(loop.Endpoint, e.Endpoint);
    }

    [Fact]
    public async Task An_address_that_is_not_of_this_machine_is_one_clear_line()
    {
        var elsewhere = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0);

        var e = await Assert.ThrowsAsync<RemotingBindException>(() => RemotingServer.StartAsync(
            [elsewhere], new RequestDispatcher([], NullLogger.Instance), new(), NullLoggerFactory.Instance, Ct));

        Assert.StartsWith("can't listen on 192.0.2.1:0: ", e.Message);
    }

    [Fact]
    public void Nobody_holds_a_free_port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var held = PortHolder.Describe(port);
        listener.Stop();

        if (OperatingSystem.IsLinux()) Assert.StartsWith($"process {Environment.ProcessId} (", held);
        Assert.Null(PortHolder.Describe(port));
    }

    [Fact]
    public void Two_processors_for_one_code_are_refused()
    {
        var e = Assert.Throws<ArgumentException>(() => new RequestDispatcher(
            [new Processor(1, static _ => null), new Processor(1, static _ => null)], NullLogger.Instance));

        Assert.Contains("request code 1 is served by both", e.Message);
    }
}
