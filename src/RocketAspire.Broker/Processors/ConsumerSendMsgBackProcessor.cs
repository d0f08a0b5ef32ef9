using System.Globalization;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>CONSUMER_SEND_MSG_BACK (36): a consumer failed; the message comes again later, or goes to the dead letters.</summary>
public sealed class ConsumerSendMsgBackProcessor(
    MessageStore store, SubscriptionGroupTable groups, SendCheck check, MessageWriter writer, ITableCommit topicsCommit, BrokerStats stats, BrokerConfiguration configuration)
    : IRequestProcessor
{
    // The first retry comes after level 3 (10 s).
    private const int FirstRetryLevel = 3;

    public int Code => RequestCode.ConsumerSendMsgBack;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<ConsumerSendMsgBackRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (groups.Find(header.Group) is not { } group)
        {
            return request.CreateResponse(ResponseCode.SubscriptionGroupNotExist, $"subscription group not exist, {header.Group} {FaqHint.Text}");
        }

        var options = configuration.Current;
        if ((options.BrokerPermission & PermName.Write) == 0)
        {
            return request.CreateResponse(ResponseCode.NoPermission, $"the broker[{options.BrokerIP1}] sending message is forbidden");
        }

        if (group.RetryQueueNums <= 0) return request.CreateResponse(ResponseCode.Success);
        if (!writer.AcceptsWrites(out var reason)) return request.CreateResponse(ResponseCode.ServiceNotAvailable, "service not available now: " + reason);
        if (topicsCommit.Begin(out var ticket) is { } notHere) return request.CreateResponse(notHere.Code, notHere.Remark);
        var retry = check.RetryTopic(group, header.UnitMode);
        if ((retry.Perm & PermName.Write) == 0)
        {
            return request.CreateResponse(ResponseCode.NoPermission, $"the topic[{retry.TopicName}] sending message is forbidden");
        }

        if (store.ReadRecord(header.Offset) is not { } message)
        {
            return request.CreateResponse(ResponseCode.SystemError, $"look message by offset failed, {header.Offset}");
        }

        var record = Prepare(message, header, group, retry);
        var topicSafe = topicsCommit.CommitAsync(ticket);
        var result = writer.Append(record);
        var stored = result.IsOk ? await writer.WaitCommittedAsync(result, record.Topic, cancellationToken).ConfigureAwait(false) : ResponseCode.SystemError;
        var topicLost = await topicSafe.ConfigureAwait(false);
        if (!result.IsOk) return request.CreateResponse(ResponseCode.SystemError, $"the message could not be stored: {result.Status}");
        if (topicLost is { } lost) return request.CreateResponse(lost.Code, lost.Remark);
        stats.SentBack(header.Group, MessageProperties.Get(record.Properties.Span, MessageProperties.RetryTopic) ?? message.Topic);
        return stored == ResponseCode.Success ? request.CreateResponse(stored) : request.CreateResponse(stored, MessageWriter.MayBeStored);
    }

    private MessageRecord Prepare(MessageRecord message, ConsumerSendMsgBackRequestHeader header, SubscriptionGroupConfig group, TopicConfig retry)
    {
        var properties = message.Properties.ToArray();
        if (MessageProperties.Get(properties, MessageProperties.RetryTopic) is null)
        {
            properties = MessageProperties.With(properties, MessageProperties.RetryTopic, message.Topic);
        }

        if (string.IsNullOrWhiteSpace(MessageProperties.Get(properties, MessageProperties.OriginMessageId)))
        {
            var id = MessageId.Create(message.StoreHost, message.PhysicalOffset);
            properties = MessageProperties.With(properties, MessageProperties.OriginMessageId, id);
        }

        // Consumers see it, and whoever forwards the message as it is sends it with this.
        properties = MessageProperties.With(properties, MessageProperties.Wait, "false");
        var maximum = header.MaxReconsumeTimes ?? group.RetryMaxTimes;
        TopicConfig topic;
        if (message.ReconsumeTimes >= maximum || header.DelayLevel < 0)
        {
            topic = check.DeadLetterTopic(header.Group);
            properties = MessageProperties.With(properties, MessageProperties.Delay, "0");
        }
        else
        {
            topic = retry;
            var level = header.DelayLevel == 0 ? FirstRetryLevel + message.ReconsumeTimes : header.DelayLevel;
            properties = MessageProperties.With(properties, MessageProperties.Delay, level.ToString(CultureInfo.InvariantCulture));
        }

        return message.Copy(topic.TopicName, SendCheck.RandomQueue(topic.WriteQueueNums), properties, message.ReconsumeTimes + 1);
    }
}
