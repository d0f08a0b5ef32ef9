using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RocketAspire.Broker.Raft;
using RocketAspire.NameServer;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.TestSupport;

namespace RocketAspire.Broker.Tests.Raft;

/// <summary>A DLedger group of whole brokers in this process, each with a disk of its own in memory, beside one name server.</summary>
internal sealed class TestGroup : IAsyncDisposable
{
    private readonly NameServerNode _nameServer;
    private readonly GroupLog _log = new();
    private readonly RemotingClient _client = new(new RemotingClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(500) }, NullLoggerFactory.Instance);

    private TestGroup(NameServerNode nameServer, int nodes, Func<BrokerOptions, BrokerOptions>? change)
    {
        _nameServer = nameServer;
        List<RaftPeer> peers = [.. Enumerable.Range(0, nodes).Select(static i => new RaftPeer($"n{i}", "127.0.0.1", FreePorts.Next()))];
        Nodes = [.. peers.Select(peer => new GroupNode(peer, peers, nameServer.Endpoint.ToString(), _log, change ?? (static o => o)))];
    }

    public IReadOnlyList<GroupNode> Nodes { get; }

    /// <summary>The nodes that run.</summary>
    public IEnumerable<GroupNode> Running => Nodes.Where(static node => node.Broker is not null);

    /// <summary>The one that serves as leader; null when none does, or more than one seems to.</summary>
    public GroupNode? Leader => Running.Where(static node => node.Broker!.Replication.Role == ReplicationRole.Leader).ToList() is [var one] ? one : null;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Starts all nodes at once, unless told not to.</summary>
    public static async Task<TestGroup> StartAsync(int nodes = 3, Func<BrokerOptions, BrokerOptions>? change = null, bool start = true)
    {
        var nameServer = await NameServerNode.StartAsync(
            new NameServerOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
        var group = new TestGroup(nameServer, nodes, change);
        if (start) await group.StartAllAsync();
        return group;
    }

    public Task StartAllAsync() => Task.WhenAll(Nodes.Where(static node => node.Broker is null).Select(static node => node.StartAsync()));

    /// <summary>Waits for a leader that serves, of a term above the given one.</summary>
    public async Task<GroupNode> LedAsync(int aboveTerm = 0)
    {
        GroupNode? leader = null;
        await TrueAsync($"a leader beyond term {aboveTerm}", () => Task.FromResult((leader = Leader) is not null && leader.Broker!.RaftStatus!.Term > aboveTerm));
        return leader!;
    }

    /// <summary>Waits for what must happen soon; a failure tells what each node is.</summary>
    public async Task TrueAsync(string what, Func<Task<bool>> condition)
    {
        try
        {
            await Eventually.TrueAsync(what, condition);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{string.Join('\n', Running.Select(static node => $"{node.Peer.Id}: {node.Broker!.Replication.Role}, {node.Broker.RaftStatus}, log up to {node.Broker.Store.MaxPhysicalOffset}"))}", e);
        }
    }

    /// <summary>Sends to that node; answers the response code, or null when the connection ended first.</summary>
    public Task<int?> SendAsync(GroupNode node, string body, string topic = "T", int queueId = 0) => SendAsync(node.Address, body, topic, queueId);

    public async Task<int?> SendAsync(string address, string body, string topic = "T", int queueId = 0)
    {
        try
        {
            var request = RemotingCommand.CreateRequest(RequestCode.SendMessageV2, TestBroker.Header(topic, queueId).ToExtFieldsV2(), Encoding.UTF8.GetBytes(body));
            return (await _client.InvokeAsync(address, request, TestBroker.Long, Ct)).Code;
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingSendException)
        {
            return null;
        }
    }

    /// <summary>Sends so many numbered messages, each until it is acknowledged by whoever leads.</summary>
    public async Task<List<string>> SentAsync(string prefix, int count)
    {
        var sent = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var body = $"{prefix}{i}";
            await TrueAsync($"{body} to be acknowledged", async () => Leader is { } leader && await SendAsync(leader, body) == ResponseCode.Success);
            sent.Add(body);
        }

        return sent;
    }

    /// <summary>Waits until every running node shows what was acknowledged, and all the same log.</summary>
    public async Task AgreedAsync(IReadOnlyCollection<string> acknowledged, string topic = "T", int queueId = 0)
    {
        foreach (var node in Running)
        {
            await Eventually.TrueAsync(
                $"{acknowledged.Count} messages at {node.Peer.Id}",
                () => acknowledged.All(node.Bodies(topic, queueId).ToHashSet(StringComparer.Ordinal).Contains));
        }

        await Eventually.TrueAsync(
            "all logs to be the same: " + string.Join(", ", Running.Select(static node => $"{node.Peer.Id} {node.Broker!.Store.ConfirmOffset} of {node.Broker.Store.MaxPhysicalOffset}")),
            () => Running.Select(static node => (node.Broker!.Store.MaxPhysicalOffset, node.Broker.Store.ConfirmOffset)).Distinct().Count() == 1);
        Assert.Single(Running.Select(static node => Convert.ToHexString(node.LogBytes())).Distinct());
    }

    public Task<RemotingCommand> InvokeAsync(GroupNode node, RemotingCommand request) => InvokeAsync(node.Address, request);

    public async Task<RemotingCommand> InvokeAsync(string address, RemotingCommand request) => await _client.InvokeAsync(address, request, TestBroker.Long, Ct);

    /// <summary>The group as its name server tells it: brokerId to address.</summary>
    public async Task<SortedDictionary<long, string>> RouteAsync()
    {
        var answer = await _client.InvokeAsync(_nameServer.Endpoint.ToString(), RemotingCommand.CreateRequest(RequestCode.GetBrokerClusterInfo), TestBroker.Long, Ct);
        return ClusterInfo.Decode(answer.Body.Span).BrokerAddrTable.TryGetValue("broker-a", out var broker) ? broker.BrokerAddrs : [];
    }

    /// <summary>The topics that the name server lists for users.</summary>
    public async Task<IReadOnlyCollection<string>> TopicsAsync()
    {
        var answer = await _client.InvokeAsync(_nameServer.Endpoint.ToString(), RemotingCommand.CreateRequest(RequestCode.GetAllTopicListFromNameserver), TestBroker.Long, Ct);
        return TopicList.Decode(answer.Body.Span).Topics;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await Task.WhenAll(Nodes.Select(static node => node.KillAsync()));
        await _nameServer.DisposeAsync();
        _log.Dispose();
    }
}
