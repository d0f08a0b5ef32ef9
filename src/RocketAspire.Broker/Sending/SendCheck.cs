using System.Globalization;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>Why a send is refused.</summary>
public readonly record struct Refusal(int Code, string Remark);

/// <summary>The checks that a send passes before it is stored, in Apache's order and with its codes; creates missing topics on the way.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/AbstractSendMessageProcessor.java</remarks>
public sealed class SendCheck(
    TopicConfigTable topics, SubscriptionGroupTable groups, MessageWriter writer, BrokerConfiguration configuration, TimeProvider time, ILogger logger)
{
    private const int DlqQueueNums = 1;

    /// <summary>Checks and finds where the message goes; the queue is picked here when the producer left it open.</summary>
    public Refusal? Check(RemotingConnection connection, SendMessageRequestHeader header, out TopicConfig topic, out int queueId)
    {
        topic = null!;
        queueId = 0;
        var options = configuration.Current;
        if (time.GetUtcNow().ToUnixTimeMilliseconds() < options.StartAcceptSendRequestTimeStamp)
        {
            var until = DateTimeOffset.FromUnixTimeMilliseconds(options.StartAcceptSendRequestTimeStamp);
            return new(ResponseCode.SystemError, $"broker unable to service, until {until.ToString("u", CultureInfo.InvariantCulture)}");
        }

        if ((options.BrokerPermission & PermName.Write) == 0 && topics.Find(header.Topic) is { Order: true })
        {
            return new(ResponseCode.NoPermission, $"the broker[{options.BrokerIP1}] sending message is forbidden");
        }

        if (TopicNames.WhyInvalidTopic(header.Topic) is { } invalid) return new(ResponseCode.SystemError, invalid);
        if (TopicNames.IsSendForbidden(header.Topic))
        {
            return new(ResponseCode.NoPermission, $"Sending message to topic[{header.Topic}] is forbidden.");
        }

        // Before a topic is created: a slave must not invent topics that its master doesn't have.
        if (!writer.AcceptsWrites(out var reason)) return new(ResponseCode.ServiceNotAvailable, "service not available now: " + reason);
        if (FindOrCreate(connection, header) is not { } found)
        {
            return new(ResponseCode.TopicNotExist, $"topic[{header.Topic}] not exist, apply first please!{FaqHint.Text}");
        }

        topic = found;
        if (header.QueueId >= Math.Max(found.WriteQueueNums, found.ReadQueueNums))
        {
            return new(
                ResponseCode.SystemError,
                $"request queueId[{header.QueueId}] is illegal, topic {found.TopicName} has {found.WriteQueueNums} write and {found.ReadQueueNums} read queues. Producer: {connection.RemoteAddress}");
        }

        queueId = header.QueueId >= 0 ? header.QueueId : RandomQueue(found.WriteQueueNums);
        return null;
    }

    /// <summary>
    /// For a message that a consumer sends to its own retry topic: the group must exist, and after too many tries it goes to the dead letters.
    /// </summary>
    public Refusal? RedirectDeadLetter(SendMessageRequestHeader header, ref TopicConfig topic, ref int queueId, out bool isDeadLetter)
    {
        isDeadLetter = false;
        if (!header.Topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal)) return null;
        var groupName = header.Topic[TopicNames.RetryPrefix.Length..];
        if (groups.Find(groupName) is not { } group)
        {
            return new(ResponseCode.SubscriptionGroupNotExist, $"subscription group not exist, {groupName} {FaqHint.Text}");
        }

        var maximum = header.MaxReconsumeTimes ?? group.RetryMaxTimes;
        if ((header.ReconsumeTimes ?? 0) < maximum) return null;
        isDeadLetter = true;
        topic = DeadLetterTopic(groupName);
        queueId = 0;
        return null;
    }

    /// <summary>The group's dead letter topic, created with one queue when it doesn't exist.</summary>
    public TopicConfig DeadLetterTopic(string group) => topics.GetOrCreate(TopicNames.Dlq(group), DlqQueueNums, PermName.ReadWrite, 0);

    /// <summary>Where messages wait for their transaction, created when the first comes.</summary>
    public TopicConfig HalfTopic()
    {
        // Where ends are noted is told too, as Apache's brokers do: tools read from it which half messages are open.
        topics.GetOrCreate(TopicNames.TransOpHalf, 1, PermName.ReadWrite, 0);
        return topics.GetOrCreate(TopicNames.TransHalf, 1, PermName.ReadWrite, 0);
    }

    /// <summary>The group's retry topic, created when it doesn't exist.</summary>
    public TopicConfig RetryTopic(SubscriptionGroupConfig group, bool unitMode) =>
        topics.GetOrCreate(TopicNames.Retry(group.GroupName), group.RetryQueueNums, PermName.ReadWrite, unitMode ? TopicSysFlag.UnitSub : 0);

    /// <summary>Any of so many queues; 0 when there is none.</summary>
    public static int RandomQueue(int queues) => queues > 0 ? Random.Shared.Next(queues) : 0;

    private TopicConfig? FindOrCreate(RemotingConnection connection, SendMessageRequestHeader header)
    {
        if (topics.Find(header.Topic) is { } known) return known;
        var isRetry = header.Topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal);
        var sysFlag = !header.UnitMode ? 0 : isRetry ? TopicSysFlag.UnitSub : TopicSysFlag.Unit;
        var created = topics.CreateFromTemplate(header.Topic, header.DefaultTopic, header.DefaultTopicQueueNums, sysFlag);
        if (created is null && isRetry) created = topics.GetOrCreate(header.Topic, 1, PermName.ReadWrite, sysFlag);
        if (created is not null) Log.TopicCreated(logger, created.TopicName, header.DefaultTopic, created.WriteQueueNums, connection.RemoteAddress);
        return created;
    }
}
