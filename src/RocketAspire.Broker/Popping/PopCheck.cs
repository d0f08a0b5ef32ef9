using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>The checks before popping, in Apache's order and with its codes.</summary>
internal sealed class PopCheck(TopicConfigTable topics, SubscriptionGroupTable groups, PopReviver reviver, BrokerConfiguration configuration)
{
    /// <summary>For those who take or look: may this group read this queue?</summary>
    /// <param name="connection">Who asks.</param>
    /// <param name="what">What it does, for the refusal: <c>pop message</c>, <c>peeking message</c>.</param>
    /// <param name="group">The group.</param>
    /// <param name="topicName">The topic.</param>
    /// <param name="queueId">Negative: any.</param>
    /// <param name="topic">The topic, when there is no refusal.</param>
    public Refusal? CheckRead(RemotingConnection connection, string what, string group, string topicName, int queueId, out TopicConfig topic)
    {
        topic = null!;
        var options = configuration.Current;
        if ((options.BrokerPermission & PermName.Read) == 0) return new(ResponseCode.NoPermission, $"the broker[{options.BrokerIP1}] {what} is forbidden");
        if (topics.Find(topicName) is not { } found) return NoTopic(topicName);
        if ((found.Perm & PermName.Read) == 0) return new(ResponseCode.NoPermission, $"the topic[{topicName}] peeking message is forbidden");
        if (queueId >= found.ReadQueueNums) return new(ResponseCode.SystemError, IllegalQueue(connection, found, queueId));
        if (groups.Find(group) is not { } config) return new(ResponseCode.SubscriptionGroupNotExist, $"subscription group [{group}] does not exist, {FaqHint.Text}");
        if (!config.ConsumeEnable) return new(ResponseCode.NoPermission, $"subscription group no permission, {group}");
        topic = found;
        return reviver.WhyNotReady();
    }

    /// <summary>For those who return a message: was there such a queue to take it from?</summary>
    public Refusal? CheckReturn(RemotingConnection connection, string topicName, int queueId)
    {
        if (topics.Find(topicName) is not { } found) return NoTopic(topicName);
        if (queueId < 0 || queueId >= found.ReadQueueNums) return new(ResponseCode.MessageIllegal, IllegalQueue(connection, found, queueId));
        return reviver.WhyNotReady();
    }

    private static Refusal NoTopic(string topic) => new(ResponseCode.TopicNotExist, $"topic[{topic}] not exist, apply first please! {FaqHint.Text}");

    private static string IllegalQueue(RemotingConnection connection, TopicConfig topic, int queueId) =>
        $"queueId[{queueId}] is illegal, topic:[{topic.TopicName}] topicConfig.readQueueNums:[{topic.ReadQueueNums}] consumer:[/{connection.RemoteAddress}]";
}
