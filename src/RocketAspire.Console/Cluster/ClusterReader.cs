using System.Net.Sockets;
using RocketAspire.Client;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Console.Cluster;

/// <summary>Asks the cluster how it is. Owned by the poller, which asks one after the other.</summary>
public sealed class ClusterReader(ClusterGateway gateway, TimeProvider time)
{
    /// <summary>What was seen once is drawn as gone for so long.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (NodeState Node, DateTimeOffset SeenAt)> _seen = new(StringComparer.Ordinal);

    // Whether a group elects stands in its settings, which change with a restart only.
    private readonly Dictionary<string, bool> _elects = new(StringComparer.Ordinal);
    private RocketMQConnection? _of;

    /// <summary>Name servers and brokers; what is cheap and shall be fresh.</summary>
    public async Task<ClusterSnapshot> ReadNodesAsync(ClusterSnapshot last, CancellationToken cancellationToken)
    {
        ForgetFormerCluster();
        var nameServers = await Task.WhenAll(gateway.NameServers.Select(address => ReadNameServerAsync(address, cancellationToken))).ConfigureAwait(false);
        var states = nameServers.Select(static n => n.State).ToList();
        if (nameServers.All(static n => n.Info is null))
            return last with { At = time.GetUtcNow(), NameServers = states, Problem = new RocketMQNameServersUnavailableException([.. nameServers.Select(static n => (n.State.Address, n.Failure!))]) };
        var known = nameServers.Where(static n => n.Info is not null).SelectMany(static n => n.Info!.BrokerAddrTable.Values)
            .SelectMany(static group => group.BrokerAddrs.Select(node => new NodeState { Cluster = group.Cluster, Group = group.BrokerName, Id = node.Key, Address = node.Value }))
            .DistinctBy(static node => (node.Group, node.Address)).ToList();
        var nodes = await Task.WhenAll(known.Select(node => ReadNodeAsync(node, cancellationToken))).ConfigureAwait(false);
        var groups = WithGone(nodes).GroupBy(static node => (node.Cluster, node.Group))
            .Select(static g => new BrokerGroup(g.Key.Cluster, g.Key.Group, [.. g.OrderBy(static node => node.Health == NodeHealth.Gone).ThenBy(static node => node.Id).ThenBy(static node => node.Address, StringComparer.Ordinal)]))
            .OrderBy(static group => group.Cluster, StringComparer.Ordinal).ThenBy(static group => group.Name, StringComparer.Ordinal);
        return last with { At = time.GetUtcNow(), Problem = null, NameServers = states, Groups = [.. groups] };
    }

    /// <summary>Topics, groups, backlog and producers; what is long. What can't be had stays as it was, and is named.</summary>
    /// <param name="last">What is known.</param>
    /// <param name="lists">Topics and groups too, which are the longest and change the least.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<ClusterSnapshot> ReadTablesAsync(ClusterSnapshot last, bool lists, CancellationToken cancellationToken)
    {
        // Who refuses to say how it is says nothing else either; that is told by itself.
        if (last.Refusal is not null) return last with { Gaps = [] };
        var gaps = new List<string>();
        var next = last;
        if (lists)
        {
            await TryAsync(async () => next = next with { Topics = WithOwn(await gateway.Admin.Topics.ListAsync(cancellationToken).ConfigureAwait(false), next.Groups) }, gaps).ConfigureAwait(false);
            await TryAsync(async () => next = next with { ConsumerGroups = await gateway.Admin.Groups.ListAsync(cancellationToken).ConfigureAwait(false) }, gaps).ConfigureAwait(false);
        }

        await TryAsync(async () => next = await WithProgressAsync(next, cancellationToken).ConfigureAwait(false), gaps).ConfigureAwait(false);
        await TryAsync(async () => next = next with { Producers = await ReadProducersAsync(next.Nodes, cancellationToken).ConfigureAwait(false) }, gaps).ConfigureAwait(false);
        return next with { Gaps = gaps };
    }

    /// <summary>Whether an exception says that the cluster, and not this program, is at fault.</summary>
    public static bool IsClusterFault(Exception e) =>
        e is RocketMQException or RemotingConnectException or RemotingSendException or RemotingTimeoutException or SocketException or FormatException or ObjectDisposedException;

    /// <summary>Brokers make topics named after their cluster and themselves, which only the cluster's names tell from users' topics.</summary>
    private static List<TopicSummary> WithOwn(IReadOnlyList<TopicSummary> topics, IReadOnlyList<BrokerGroup> groups)
    {
        var own = groups.SelectMany(static group => (string[])[group.Name, group.Cluster, group.Cluster + "_REPLY_TOPIC"]).ToHashSet(StringComparer.Ordinal);
        return [.. topics.Select(topic => own.Contains(topic.Name) ? topic with { Kind = TopicKind.System } : topic)];
    }

    private static async Task TryAsync(Func<Task> read, List<string> gaps)
    {
        try
        {
            await read().ConfigureAwait(false);
        }
        catch (Exception e) when (IsClusterFault(e))
        {
            gaps.Add(e.Message);
        }
    }

    private void ForgetFormerCluster()
    {
        if (ReferenceEquals(_of, gateway.Connection)) return;
        _of = gateway.Connection;
        _seen.Clear();
        _elects.Clear();
    }

    private async Task<(NameServerState State, ClusterInfo? Info, Exception? Failure)> ReadNameServerAsync(string address, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            var info = await gateway.Admin.GetClusterInfoAsync(address, cancellationToken).ConfigureAwait(false);
            return (new NameServerState(address, null, time.GetElapsedTime(start), [.. info.BrokerAddrTable.Values.SelectMany(static group => group.BrokerAddrs.Values).Order(StringComparer.Ordinal)]), info, null);
        }
        catch (Exception e) when (IsClusterFault(e))
        {
            return (new NameServerState(address, e.Message, time.GetElapsedTime(start), []), null, e);
        }
    }

    private async Task<NodeState> ReadNodeAsync(NodeState node, CancellationToken cancellationToken)
    {
        try
        {
            var runtime = await gateway.Admin.Brokers.GetRuntimeInfoAsync(node.Address, cancellationToken).ConfigureAwait(false);
            return node with { Runtime = runtime, Elects = await ElectsAsync(node.Address, cancellationToken).ConfigureAwait(false) };
        }
        catch (Exception e) when (IsClusterFault(e))
        {
            var refusal = AclRefusal.Of(e);
            return node with { Health = refusal is null ? NodeHealth.Silent : NodeHealth.Refusing, Refusal = refusal, Problem = refusal?.Text ?? e.Message };
        }
    }

    private async Task<bool> ElectsAsync(string address, CancellationToken cancellationToken)
    {
        lock (_elects)
            if (_elects.TryGetValue(address, out var known)) return known;
        var settings = await gateway.Admin.Brokers.GetConfigAsync(address, cancellationToken).ConfigureAwait(false);
        // Apache's spelling.
        var elects = settings.GetValueOrDefault("enableDLegerCommitLog") == "true";
        lock (_elects) return _elects[address] = elects;
    }

    private List<NodeState> WithGone(NodeState[] nodes)
    {
        var now = time.GetUtcNow();
        foreach (var node in nodes) _seen[node.Address] = (node, now);
        foreach (var (address, seen) in _seen.ToList())
            if (now - seen.SeenAt > Remembered) _seen.Remove(address);
        var gone = _seen.Values.Select(static seen => seen.Node).Where(known => nodes.All(node => node.Address != known.Address));
        return [.. nodes, .. gone.Select(static node => node with { Health = NodeHealth.Gone, Runtime = new Dictionary<string, string>() })];
    }

    /// <summary>One question a broker group: asking for each consumer group would be hundreds.</summary>
    private async Task<ClusterSnapshot> WithProgressAsync(ClusterSnapshot next, CancellationToken cancellationToken)
    {
        var rows = new List<TopicProgress>();
        foreach (var node in next.Groups.Select(static group => group.Master).OfType<NodeState>())
        {
            var request = RemotingCommand.CreateRequest(RequestCode.GetBrokerConsumeStats, new ExtFields { { "isOrder", "false" } });
            var answer = await gateway.Connection.DemandAsync(node.Address, request, cancellationToken).ConfigureAwait(false);
            foreach (var (group, stats) in ConsumeStatsList.Decode(answer.Body.Span).Groups)
                rows.AddRange(stats.SelectMany(static s => s.Queues).GroupBy(static queue => queue.Key.Topic).Select(topic => Of(group, topic.Key, [.. topic.Select(static queue => queue.Value)])));
        }

        var progress = rows.GroupBy(static row => (row.Group, row.Topic)).Select(static pair => new TopicProgress(pair.Key.Group, pair.Key.Topic, pair.Sum(static row => row.Stored), pair.Sum(static row => row.Consumed), pair.Min(static row => row.LastConsumed))).ToList();
        var backlog = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var row in progress) backlog[row.Group] = backlog.GetValueOrDefault(row.Group) + Math.Max(0, row.Stored - row.Consumed);
        return next with { Progress = progress, ProgressAt = time.GetUtcNow(), Backlog = backlog };
    }

    private static TopicProgress Of(string group, string topic, IReadOnlyList<ConsumeOffset> queues)
    {
        var waiting = queues.Where(static queue => queue.BrokerOffset > queue.ConsumerOffset && queue.LastTimestamp > 0).ToList();
        return new(group, topic, queues.Sum(static queue => queue.BrokerOffset), queues.Sum(static queue => Math.Min(queue.ConsumerOffset, queue.BrokerOffset)),
            waiting.Count == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(waiting.Min(static queue => queue.LastTimestamp)));
    }

    private async Task<IReadOnlyList<ProducerClient>> ReadProducersAsync(IEnumerable<NodeState> nodes, CancellationToken cancellationToken)
    {
        var found = new List<(string Group, ProducerInfo Client, string Broker)>();
        foreach (var node in nodes.Where(static node => node is { IsMaster: true, Health: NodeHealth.Up }))
        {
            var table = await gateway.Admin.Brokers.GetProducersAsync(node.Address, cancellationToken).ConfigureAwait(false);
            found.AddRange(table.Groups.SelectMany(group => group.Value.Select(client => (group.Key, client, node.Group))));
        }

        return [.. found.GroupBy(static f => (f.Group, f.Client.ClientId)).OrderBy(static g => g.Key.Group, StringComparer.Ordinal).Select(static g =>
        {
            var client = g.MaxBy(static f => f.Client.LastUpdateTimestamp).Client;
            return new ProducerClient(g.Key.Group, client.ClientId, client.RemoteIp, client.Language, client.Version, DateTimeOffset.FromUnixTimeMilliseconds(client.LastUpdateTimestamp), [.. g.Select(static f => f.Broker).Distinct()]);
        })];
    }
}
