using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>The checks that a pull passes before a queue is read, in Apache's order and with its codes.</summary>
public sealed class PullCheck(
    TopicConfigTable topics, SubscriptionGroupTable groups, SubscriptionResolver subscriptions, BrokerConfiguration configuration)
{
    public Refusal? Check(RemotingConnection connection, PullMessageRequestHeader header, out SubscriptionGroupConfig group, out SubscriptionData subscription)
    {
        group = null!;
        subscription = null!;
        var options = configuration.Current;
        if ((options.BrokerPermission & PermName.Read) == 0)
        {
            return new(ResponseCode.NoPermission, $"the broker[{options.BrokerIP1}] pulling message is forbidden");
        }

        if (groups.Find(header.ConsumerGroup) is not { } found)
        {
            return new(ResponseCode.SubscriptionGroupNotExist, $"subscription group [{header.ConsumerGroup}] does not exist, {FaqHint.Text}");
        }

        group = found;
        if (!group.ConsumeEnable) return new(ResponseCode.NoPermission, $"subscription group no permission, {header.ConsumerGroup}");
        if (topics.Find(header.Topic) is not { } topic)
        {
            return new(ResponseCode.TopicNotExist, $"topic[{header.Topic}] not exist, apply first please! {FaqHint.Text}");
        }

        if ((topic.Perm & PermName.Read) == 0) return new(ResponseCode.NoPermission, $"the topic[{header.Topic}] pulling message is forbidden");
        if (header.QueueId < 0 || header.QueueId >= topic.ReadQueueNums)
        {
            return new(
                ResponseCode.SystemError,
                $"queueId[{header.QueueId}] is illegal, topic:[{header.Topic}] topicConfig.readQueueNums:[{topic.ReadQueueNums}] consumer:[/{connection.RemoteAddress}]");
        }

        return subscriptions.Resolve(header, group, out subscription);
    }
}
