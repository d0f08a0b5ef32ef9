using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using RocketAspire.Proxy.V2;
using RocketAspire.TestSupport;

namespace RocketAspire.Proxy.Tests;

/// <summary>Clients that wait, and clients that are gone without a word.</summary>
public sealed class ManyClientsTests(SharedCluster shared)
{
    private const int Clients = 400;
    private readonly ProxyCluster _cluster = shared.Cluster;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Waiting_clients_hold_no_threads_and_others_are_served()
    {
        var (topic, idle, group) = (await _cluster.TopicAsync(), await _cluster.TopicAsync(), await _cluster.GroupAsync());
        var callers = Enumerable.Range(0, Clients).Select(i => new Caller(_cluster.Proxy, $"idle-{i}")).ToList();
        var streams = new List<AsyncDuplexStreamingCall<TelemetryCommand, TelemetryCommand>>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var polls = new List<Task>();
        foreach (var caller in callers)
        {
            streams.Add((await caller.TellAsync(Caller.Consumer(group, idle))).Stream);
            if (streams.Count % 2 == 0) polls.Add(PollAsync(caller, idle, group, end.Token));
        }

        using var sender = new Caller(_cluster.Proxy, "busy");
        for (var i = 0; i < 50; i++) await sender.SentAsync(Caller.Text(topic, $"{i}"));
        Assert.Equal(50, (await sender.ReceivedAsync(topic, await _cluster.GroupAsync(), 50)).Count);
        // Both sides of all connections are in this process.
        Assert.InRange(Process.GetCurrentProcess().Threads.Count, 1, 150);
        await end.CancelAsync();
        await Task.WhenAll(polls).WaitAsync(TimeSpan.FromSeconds(20), Ct);
        foreach (var stream in streams) stream.Dispose();
        foreach (var caller in callers) caller.Dispose();
    }

    [Fact]
    public async Task A_connection_that_answers_no_ping_is_closed()
    {
        var proxy = await _cluster.StartProxyAsync(static options => options with { PingInterval = TimeSpan.FromSeconds(1) });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(proxy.Endpoint, Ct);
        await socket.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Ct);
        await socket.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 }, Ct);
        var closed = false;
        var buffer = new byte[4096];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (!closed)
        {
            try
            {
                closed = await socket.ReceiveAsync(buffer, limit.Token) == 0;
            }
            catch (SocketException)
            {
                closed = true;
            }
        }
    }

    private static async Task PollAsync(Caller caller, string topic, string group, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                using var call = caller.Service.ReceiveMessage(Caller.Receive(topic, group), caller.Options(30).WithCancellationToken(end));
                await foreach (var part in call.ResponseStream.ReadAllAsync(end)) Assert.True(part.Status is null or { Code: Code.MessageNotFound or Code.TooManyRequests } || part.Message is null);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException)
            {
                if (end.IsCancellationRequested) return;
            }
        }
    }
}
