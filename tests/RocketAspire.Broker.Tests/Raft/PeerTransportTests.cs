using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker.Raft;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

public sealed class PeerTransportTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_of_any_size_arrive_whole()
    {
        var peers = Peers();
        await using var a = await StartAsync(peers, "n0");
        await using var b = await StartAsync(peers, "n1");
        await Eventually.TrueAsync("a to reach b", () => a.Transport.IsConnected("n1"));
        foreach (var size in (int[])[0, 1, 5000, RaftMessageProcessor.PartBytes, RaftMessageProcessor.PartBytes + 1, (3 * RaftMessageProcessor.PartBytes) + 17])
        {
            var message = new byte[size];
            new Random(size).NextBytes(message);
            a.Transport.Send("n1", message);
            var (from, bytes) = await b.NextAsync();
            Assert.Equal("n0", from);
            Assert.Equal(message, bytes);
        }
    }

    [Fact]
    public async Task A_peer_that_is_gone_is_told_and_found_again_when_it_is_back()
    {
        var peers = Peers();
        await using var a = await StartAsync(peers, "n0");
        var b = await StartAsync(peers, "n1");
        await Eventually.TrueAsync("a to reach b", () => a.Transport.IsConnected("n1"));
        a.Refused.Clear();
        await b.DisposeAsync();
        await Eventually.TrueAsync("a to be refused", () => a.Refused.Contains("n1"));
        Assert.False(a.Transport.IsConnected("n1"));
        a.Transport.Send("n1", new byte[10]);

        await using var again = await StartAsync(peers, "n1");
        await Eventually.TrueAsync("a to reach b again", () => a.Transport.IsConnected("n1"));
        a.Transport.Send("n1", new byte[] { 7 });
        Assert.Equal([7], (await again.NextAsync()).Bytes);
    }

    [Fact]
    public async Task Who_is_no_peer_and_Apaches_nodes_are_refused()
    {
        var peers = Peers();
        await using var a = await StartAsync(peers, "n0");
        await using var client = new RemotingClient(new(), NullLoggerFactory.Instance);
        foreach (var stranger in (string[])["n9", "n0", ""])
        {
            var refused = await client.InvokeAsync(
                peers[0].Address, RemotingCommand.CreateRequest(RequestCode.RaftMessage, new() { { "peer", stranger } }, new byte[3]), TestBroker.Long, Ct);
            Assert.Equal(ResponseCode.SystemError, refused.Code);
        }

        var vote = RemotingCommand.CreateRequest(51001, null, Encoding.UTF8.GetBytes("""{"group":"g","localId":"n1","remoteId":"n0","term":3}"""));
        var answer = await client.InvokeAsync(peers[0].Address, vote, TestBroker.Long, Ct);
        Assert.Equal(ResponseCode.RequestCodeNotSupported, answer.Code);
        Assert.Contains("not an Apache DLedger one", answer.Remark, StringComparison.Ordinal);
        Assert.Empty(a.Received);
    }

    [Fact]
    public async Task A_part_that_does_not_follow_loses_its_message_only()
    {
        var peers = Peers();
        await using var a = await StartAsync(peers, "n0");
        await using var client = new RemotingClient(new(), NullLoggerFactory.Instance);
        await PartAsync(1, 0, 3, 1);
        await PartAsync(1, 2, 3, 3);
        await PartAsync(2, 0, 2, 4);
        await PartAsync(2, 0, 2, 4);
        await PartAsync(2, 1, 2, 5);
        await PartAsync(2, 1, 2, 5);
        await PartAsync(3, 0, 99, 6);
        await PartAsync(4, 0, 1, 7);

        Assert.Equal([4, 5], (await a.NextAsync()).Bytes);
        Assert.Equal([7], (await a.NextAsync()).Bytes);

        ValueTask PartAsync(long id, int part, int parts, byte body)
        {
            var fields = new ExtFields { { "peer", "n1" }, { "id", id }, { "part", part }, { "parts", parts } };
            return client.SendOnewayAsync(peers[0].Address, RemotingCommand.CreateRequest(RequestCode.RaftMessage, fields, new[] { body }), TestBroker.Long, Ct);
        }
    }

    private static List<RaftPeer> Peers() => [.. Enumerable.Range(0, 3).Select(static i => new RaftPeer($"n{i}", "127.0.0.1", FreePorts.Next()))];

    private static async Task<Node> StartAsync(List<RaftPeer> peers, string self)
    {
        var options = new RaftGroupOptions { Group = "g", SelfId = self, Peers = peers };
        var transport = new PeerTransport(options, new IPEndPoint(IPAddress.Loopback, options.Self.Port), PeerNetwork.Direct, TimeProvider.System, NullLoggerFactory.Instance);
        var node = new Node(transport);
        await transport.StartAsync(Ct);
        return node;
    }

    private sealed class Node : IAsyncDisposable
    {
        public Node(PeerTransport transport)
        {
            Transport = transport;
            transport.Received = (peer, bytes) => Received.Enqueue((peer, bytes.ToArray()));
            transport.Refused = Refused.Enqueue;
        }

        public PeerTransport Transport { get; }

        public ConcurrentQueue<(string From, byte[] Bytes)> Received { get; } = [];

        public ConcurrentQueue<string> Refused { get; } = [];

        public async Task<(string From, byte[] Bytes)> NextAsync()
        {
            (string, byte[]) next = default;
            await Eventually.TrueAsync("a message", () => Received.TryDequeue(out next));
            return next;
        }

        public ValueTask DisposeAsync() => Transport.DisposeAsync();
    }
}
