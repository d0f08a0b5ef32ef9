using RocketAspire.Client;
using RocketAspire.Hosting.Topology;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Remoting;

namespace RocketAspire.Hosting.Readiness;

/// <summary>Asks one node, by its protocol, whether it does its part.</summary>
internal abstract class NodeProbe
{
    /// <summary>Whether the node answered the last time.</summary>
    public bool IsReachable { get; private set; }

    /// <summary>What it signs with; null when nobody asks for an account.</summary>
    public ProbeAccount? Account { private get; set; }

    /// <summary>What is missing and for whom, in one clause; null when nothing is.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        IsReachable = true;
        try
        {
            return await AskAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemotingConnectException or RemotingSendException or RemotingTimeoutException)
        {
            IsReachable = false;
            Forget();
            return e.Message;
        }
        catch (RocketMQException e)
        {
            return Account?.Explain(e.Message) ?? e.Message;
        }
    }

    /// <summary>The node can't be reached, or was started anew: what was known of it counts no more.</summary>
    public virtual void Forget()
    {
    }

    protected abstract Task<string?> AskAsync(CancellationToken cancellationToken);
}

/// <summary>A name server is ready when it sees each broker with its role and knows a route to each master.</summary>
internal sealed class NameServerProbe(RocketMQAdmin admin, ClusterTopology topology, NameServerNode node) : NodeProbe
{
    protected override async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        var info = await admin.GetClusterInfoAsync(node.Address, cancellationToken).ConfigureAwait(false);
        foreach (var group in topology.Brokers.GroupBy(b => b.BrokerName, StringComparer.Ordinal))
        {
            var seen = info.BrokerAddrTable.TryGetValue(group.Key, out var found) ? found.BrokerAddrs : null;
            if ((group.First().IsDLedger ? DLedgerView.Of([.. group], seen).Problem : Missing(group, seen)) is { } problem) return problem;
        }

        var route = await admin.GetRouteAsync(node.Address, TopicNames.Probe, cancellationToken).ConfigureAwait(false);
        foreach (var broker in topology.Brokers)
            if ((broker.IsMaster || broker.IsDLedger) && route?.QueueDatas.Any(q => q.BrokerName == broker.BrokerName) is not true)
                return $"has no route of {TopicNames.Probe} to {broker.BrokerName} yet";
        return null;
    }

    private static string? Missing(IEnumerable<BrokerNode> group, IReadOnlyDictionary<long, string>? seen)
    {
        foreach (var broker in group)
            if (seen is null || !seen.TryGetValue(broker.BrokerId, out var address) || address != broker.Address)
                return $"does not see {broker.Name} ({broker.Role}, brokerId {broker.BrokerId}, {broker.Address}) yet";
        return null;
    }
}

/// <summary>A DLedger group as a name server sees it: its leader is brokerId 0, node <i>i</i> is <i>i</i> + 1 while it follows.</summary>
internal sealed record DLedgerView(BrokerNode? Leader, string? LeaderAddress, string? Problem)
{
    public static DLedgerView Of(IReadOnlyList<BrokerNode> nodes, IReadOnlyDictionary<long, string>? seen)
    {
        if (seen is null || !seen.TryGetValue(0, out var leaderAddress)) return new(null, null, $"sees no leader of {nodes[0].BrokerName} yet");
        var missing = nodes.Where((node, i) => !seen.TryGetValue(i + 1, out var address) || address != node.Address).ToList();
        if (missing.Count == 0) return new(null, leaderAddress, $"sees a leader of {nodes[0].BrokerName} at {leaderAddress}, and all its nodes following");
        if (missing.Count > 1)
        {
            // The group's address doesn't tell which of them has it.
            var leads = nodes.FirstOrDefault(n => n.Address == leaderAddress);
            var followers = missing.Where(n => n != leads).Select(static n => n.Name);
            return new(null, leaderAddress, leads is null
                ? $"sees only {nodes.Count - missing.Count} of the {nodes.Count - 1} followers of {nodes[0].BrokerName} yet; of {string.Join(", ", followers)} one leads, at {leaderAddress}"
                : $"does not see {string.Join(", ", followers)} follow in {nodes[0].BrokerName} yet; {leads.Name} leads, at {leaderAddress}");
        }

        // The one that does not follow leads.
        var leader = missing[0];
        return leaderAddress == leader.Address || leaderAddress == leader.LeaderAddress ? new(leader, leaderAddress, null)
            : new(null, leaderAddress, $"sees the leader of {leader.BrokerName} at {leaderAddress}, which is not {leader.Name}'s address");
    }
}

/// <summary>A probe message through whoever takes messages for a group; sent again when that one was away.</summary>
internal sealed class MessageProbe(RocketMQAdmin admin, MessageSender sender, MessagePuller puller, string brokerName)
{
    private static readonly TopicConfig Topic = new() { TopicName = TopicNames.Probe, ReadQueueNums = 1, WriteQueueNums = 1, Perm = PermName.ReadWrite };

    private readonly Client.MessageQueue _queue = new(TopicNames.Probe, brokerName, 0);
    private bool _hasTopic;
    private bool _isProbed;

    public void Forget() => _isProbed = _hasTopic = false;

    public async Task<string?> AskAsync(string address, CancellationToken cancellationToken)
    {
        if (_isProbed)
        {
            await admin.GetMaxOffsetAsync(address, TopicNames.Probe, 0, cancellationToken).ConfigureAwait(false);
            return null;
        }
        if (!_hasTopic) await admin.CreateTopicAsync(address, Topic, cancellationToken).ConfigureAwait(false);
        _hasTopic = true;
        var body = Guid.NewGuid().ToByteArray();
        var sent = await sender.SendAsync(address, _queue, new RocketMQMessage { Topic = TopicNames.Probe, Body = body }, cancellationToken).ConfigureAwait(false);
        if (!sent.IsAcknowledged) return $"stored the probe message, but without its slave ({sent.Status})";
        var pulled = await puller.PullAsync(address, TopicNames.Probe, 0, sent.QueueOffset, 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (pulled.Messages.Count == 0 || !pulled.Messages[0].Body.Span.SequenceEqual(body)) return "stored the probe message, but does not give it back yet";
        _isProbed = true;
        return null;
    }
}

/// <summary>A master is ready when it has stored a message and given it back; that is asked again when it was away.</summary>
internal sealed class MasterProbe(MessageProbe message, BrokerNode node) : NodeProbe
{
    protected override Task<string?> AskAsync(CancellationToken cancellationToken) => message.AskAsync(node.Address, cancellationToken);

    public override void Forget() => message.Forget();
}

/// <summary>A node that elects its leader is ready when it answers, and the one that leads once a message went through it.</summary>
internal sealed class DLedgerProbe(RocketMQAdmin admin, MessageProbe message, IReadOnlyList<BrokerNode> group, BrokerNode node) : NodeProbe
{
    protected override async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        await admin.GetBrokerRuntimeInfoAsync(node.Address, cancellationToken).ConfigureAwait(false);
        var info = await admin.GetClusterInfoAsync(cancellationToken).ConfigureAwait(false);
        var view = DLedgerView.Of(group, info.BrokerAddrTable.TryGetValue(node.BrokerName, out var found) ? found.BrokerAddrs : null);
        if (view.Problem is { } problem)
        {
            message.Forget();
            return problem;
        }

        if (view.Leader == node) return await message.AskAsync(view.LeaderAddress!, cancellationToken).ConfigureAwait(false);
        message.Forget();
        return null;
    }

    public override void Forget() => message.Forget();
}

/// <summary>A slave answers; that it is its master's, the name servers tell, and that it copies, its master's probe.</summary>
internal sealed class SlaveProbe(RocketMQAdmin admin, BrokerNode node) : NodeProbe
{
    protected override async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        await admin.GetBrokerRuntimeInfoAsync(node.Address, cancellationToken).ConfigureAwait(false);
        return null;
    }
}
