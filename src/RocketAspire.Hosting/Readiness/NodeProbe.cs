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
            Lost();
            return e.Message;
        }
        catch (RocketMQException e)
        {
            return e.Message;
        }
    }

    protected abstract Task<string?> AskAsync(CancellationToken cancellationToken);

    /// <summary>The node can't be reached: what was known of it counts no more.</summary>
    protected virtual void Lost()
    {
    }
}

/// <summary>A name server is ready when it sees each broker with its role and knows a route to each master.</summary>
internal sealed class NameServerProbe(RocketMQAdmin admin, ClusterTopology topology, NameServerNode node) : NodeProbe
{
    protected override async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        var info = await admin.GetClusterInfoAsync(node.Address, cancellationToken).ConfigureAwait(false);
        foreach (var broker in topology.Brokers)
            if (!info.BrokerAddrTable.TryGetValue(broker.BrokerName, out var group) || !group.BrokerAddrs.TryGetValue(broker.BrokerId, out var address) || address != broker.Address)
                return $"does not see {broker.Name} ({broker.Role}, brokerId {broker.BrokerId}, {broker.Address}) yet";
        var route = await admin.GetRouteAsync(node.Address, TopicNames.Probe, cancellationToken).ConfigureAwait(false);
        foreach (var broker in topology.Brokers)
            if (broker.IsMaster && route?.QueueDatas.Any(q => q.BrokerName == broker.BrokerName) is not true)
                return $"has no route of {TopicNames.Probe} to {broker.Name} yet";
        return null;
    }
}

/// <summary>A master is ready when it has stored a message and given it back; that is asked again when it was away.</summary>
internal sealed class MasterProbe(RocketMQAdmin admin, MessageSender sender, MessagePuller puller, BrokerNode node) : NodeProbe
{
    private static readonly TopicConfig Topic = new() { TopicName = TopicNames.Probe, ReadQueueNums = 1, WriteQueueNums = 1, Perm = PermName.ReadWrite };

    private readonly Client.MessageQueue _queue = new(TopicNames.Probe, node.BrokerName, 0);
    private bool _hasTopic;
    private bool _isProbed;

    protected override async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        if (_isProbed)
        {
            await admin.GetMaxOffsetAsync(node.Address, TopicNames.Probe, 0, cancellationToken).ConfigureAwait(false);
            return null;
        }
        if (!_hasTopic) await admin.CreateTopicAsync(node.Address, Topic, cancellationToken).ConfigureAwait(false);
        _hasTopic = true;
        var body = Guid.NewGuid().ToByteArray();
        var sent = await sender.SendAsync(node.Address, _queue, new RocketMQMessage { Topic = TopicNames.Probe, Body = body }, cancellationToken).ConfigureAwait(false);
        if (!sent.IsAcknowledged) return $"stored the probe message, but without its slave ({sent.Status})";
        var pulled = await puller.PullAsync(node.Address, TopicNames.Probe, 0, sent.QueueOffset, 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (pulled.Messages.Count == 0 || !pulled.Messages[0].Body.Span.SequenceEqual(body)) return "stored the probe message, but does not give it back yet";
        _isProbed = true;
        return null;
    }

    protected override void Lost() => _isProbed = _hasTopic = false;
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
