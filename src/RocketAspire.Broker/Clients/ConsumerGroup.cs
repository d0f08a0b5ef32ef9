using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>A consumer group as its members' last heartbeats describe it. Guarded by the lock of <see cref="ConsumerGroupTable"/>.</summary>
internal sealed class ConsumerGroup
{
    public Dictionary<RemotingConnection, ClientInfo> Clients { get; } = [];

    public Dictionary<string, SubscriptionData> Subscriptions { get; } = new(StringComparer.Ordinal);

    public string ConsumeType { get; private set; } = "";

    public string MessageModel { get; private set; } = "";

    public string ConsumeFromWhere { get; private set; } = "";

    /// <summary>Takes over a member's heartbeat; true when membership or topics changed, so that the others must share out anew.</summary>
    public bool Update(ClientInfo client, ConsumerData data)
    {
        ConsumeType = data.ConsumeType;
        MessageModel = data.MessageModel;
        ConsumeFromWhere = data.ConsumeFromWhere;
        var changed = !Clients.TryGetValue(client.Connection, out var known);
        if (known is not null && known.ClientId == client.ClientId) known.SeenAt = client.SeenAt;
        else Clients[client.Connection] = client;
        return UpdateSubscriptions(data.Subscriptions) || changed;
    }

    private bool UpdateSubscriptions(IReadOnlyList<SubscriptionData> subscriptions)
    {
        var changed = false;
        foreach (var subscription in subscriptions)
        {
            if (!Subscriptions.TryGetValue(subscription.Topic, out var known)) changed = true;
            else if (subscription.SubVersion <= known.SubVersion) continue;
            Subscriptions[subscription.Topic] = subscription;
        }

        foreach (var topic in Subscriptions.Keys)
        {
            var wanted = false;
            foreach (var subscription in subscriptions) wanted |= subscription.Topic == topic;
            if (!wanted) changed |= Subscriptions.Remove(topic);
        }

        return changed;
    }
}
