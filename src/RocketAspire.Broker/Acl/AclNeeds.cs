using System.Collections.Frozen;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker.Acl;

/// <summary>What a request touches: topics and groups, and what it does with them.</summary>
/// <remarks>
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/acl/src/main/java/org/apache/rocketmq/acl/plain/PlainAccessValidator.java.
/// Apache's 4.9.8 forgets batches (5.x doesn't), lite pulls, and who may change the rules themselves; these are checked here too,
/// and so is each entry of a batch of acknowledgements, which names its topic in the body only.
/// </remarks>
internal static class AclNeeds
{
    private static readonly FrozenSet<int> AdminCodes = FrozenSet.Create(
        RequestCode.UpdateAndCreateTopic,
        RequestCode.UpdateAndCreateTopicList,
        RequestCode.UpdateBrokerConfig,
        RequestCode.DeleteTopicInBroker,
        RequestCode.UpdateAndCreateSubscriptiongroup,
        RequestCode.UpdateAndCreateSubscriptiongroupList,
        RequestCode.DeleteSubscriptiongroup,
        RequestCode.UpdateAndCreateAclConfig,
        RequestCode.DeleteAclConfig,
        RequestCode.UpdateGlobalWhiteAddrsConfig,
        // Who says this stands for other clients.
        RequestCode.ProxiedConsumers,
        RequestCode.ListAccounts,
        // Between a master and its slaves: who asks these may change the log.
        RequestCode.ReplicationHandshake,
        RequestCode.ReplicationMetadataPush,
        RequestCode.ReplicationCopyBack);

    public static bool Admin(int code) => AdminCodes.Contains(code);

    /// <summary>The resources of a request. A group goes by the name of its retry topic, as in Apache's rules.</summary>
    /// <exception cref="FastJsonException">The body of a heartbeat or a batch of acknowledgements can't be read.</exception>
    public static List<AclNeed> Of(RemotingCommand request)
    {
        var fields = request.ExtFields;
        var needs = new List<AclNeed>(2);
        switch (request.Code)
        {
            case RequestCode.SendMessage:
                Send(needs, fields["topic"], fields["group"]);
                break;
            case RequestCode.SendMessageV2 or RequestCode.SendBatchMessage:
                Send(needs, fields["b"], fields["a"]);
                break;
            case RequestCode.RecallMessage:
                // As 5.3 asks: who may send may take back.
                Topic(needs, fields["topic"], AclPermission.Pub);
                break;
            case RequestCode.ConsumerSendMsgBack:
                Group(needs, fields["group"]);
                break;
            case RequestCode.PullMessage or RequestCode.LitePullMessage or RequestCode.PopMessage or RequestCode.PeekMessage
                or RequestCode.AckMessage or RequestCode.ChangeMessageInvisibletime or RequestCode.Notification or RequestCode.UpdateConsumerOffset:
                Topic(needs, fields["topic"], AclPermission.Sub);
                Group(needs, fields["consumerGroup"]);
                break;
            case RequestCode.BatchAckMessage:
                foreach (var ack in BatchAckBody.Decode(request.Body.Span).Acks)
                {
                    // The normal topic, also of messages in the group's retry topic: that one is the group's.
                    Topic(needs, ack.Topic, AclPermission.Sub);
                    Group(needs, ack.Group);
                }

                break;
            case RequestCode.QueryMessage:
                Topic(needs, fields["topic"], AclPermission.Sub);
                break;
            case RequestCode.HeartBeat:
                Heartbeat(needs, HeartbeatData.Decode(request.Body.Span));
                break;
            case RequestCode.UnregisterClient or RequestCode.GetConsumerListByGroup:
                Group(needs, fields["consumerGroup"]);
                break;
        }

        return needs;
    }

    private static void Send(List<AclNeed> needs, string? topic, string? group)
    {
        if (topic?.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal) is true) Group(needs, group ?? topic[TopicNames.RetryPrefix.Length..]);
        else Topic(needs, topic, AclPermission.Pub);
    }

    private static void Heartbeat(List<AclNeed> needs, HeartbeatData heartbeat)
    {
        foreach (var consumer in heartbeat.Consumers)
        {
            Group(needs, consumer.GroupName);
            foreach (var subscription in consumer.Subscriptions) Topic(needs, subscription.Topic, AclPermission.Sub);
        }
    }

    private static void Topic(List<AclNeed> needs, string? topic, AclPermission permission)
    {
        if (topic is null) return;
        if (topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal)) needs.Add(new AclNeed(topic[TopicNames.RetryPrefix.Length..], IsGroup: true, permission));
        else needs.Add(new AclNeed(topic, IsGroup: false, permission));
    }

    private static void Group(List<AclNeed> needs, string? group)
    {
        if (group is not null) needs.Add(new AclNeed(group, IsGroup: true, AclPermission.Sub));
    }
}

/// <summary>One resource of a request and what is done with it.</summary>
internal readonly record struct AclNeed(string Name, bool IsGroup, AclPermission Permission)
{
    public override string ToString() => (IsGroup ? "group:" : "topic:") + Name;
}
