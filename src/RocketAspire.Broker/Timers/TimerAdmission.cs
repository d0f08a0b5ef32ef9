using System.Globalization;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Broker;

/// <summary>Lets timed messages in: checks the time that they ask for, and sends them to the internal topic to wait.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/util/HookUtils.java</remarks>
public sealed class TimerAdmission(BrokerConfiguration configuration, TimeProvider time)
{
    /// <summary>Null when the message may be stored: as it is, or as one that waits.</summary>
    public Refusal? Check(MessageRecord message, out MessageRecord stored)
    {
        stored = message;
        if (message.Topic == TopicNames.Timer || !TimerProperties.IsTimed(message.Properties.Span)) return null;
        var options = configuration.Current;
        if (!options.TimerWheelEnable) return new(ResponseCode.SystemError, "accurate timer message is not enabled, timerWheelEnable is false");
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var takesBack = MessageProperties.Get(message.Properties.Span, MessageProperties.TimerDeleteUniqKey) is not null;
        if (TimerProperties.DeliverAt(message.Properties.Span, now) is not { } deliverAt
            || deliverAt - now > options.TimerMaxDelay.TotalMilliseconds
            || (takesBack && deliverAt <= now))
        {
            var most = (long)options.TimerMaxDelay.TotalMilliseconds;
            return new(
                ResponseCode.MessageIllegal,
                $"timer message illegal, the delay time should not be bigger than the max delay {most}ms; or if set del msg, the delay time should be bigger than the current time");
        }

        if (deliverAt > now) stored = ToWaiting(message, deliverAt);
        return null;
    }

    /// <summary>By what a message that waits can be taken back; null for any other one, for a retry, and for one that has no id of its producer's.</summary>
    public static string? RecallHandleOf(MessageRecord stored, string brokerName)
    {
        if (stored.Topic != TopicNames.Timer) return null;
        var properties = stored.Properties.Span;
        if (MessageProperties.Get(properties, MessageProperties.RealTopic) is not { } topic || topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal)) return null;
        return MessageProperties.Get(properties, MessageProperties.UniqKey) is { } uniqKey
            && long.TryParse(MessageProperties.Get(properties, MessageProperties.TimerOutMs), NumberStyles.None, CultureInfo.InvariantCulture, out var outMs)
            ? new RecallHandle(topic, brokerName, outMs + 1, uniqKey).ToString()
            : null;
    }

    private static MessageRecord ToWaiting(MessageRecord message, long deliverAt)
    {
        var properties = MessageProperties.With(message.Properties.Span, MessageProperties.TimerOutMs, TimerProperties.OutMs(deliverAt).ToString(CultureInfo.InvariantCulture));
        properties = MessageProperties.With(properties, MessageProperties.RealTopic, message.Topic);
        properties = MessageProperties.With(properties, MessageProperties.RealQueueId, message.QueueId.ToString(CultureInfo.InvariantCulture));
        return message.Copy(TopicNames.Timer, 0, properties);
    }
}
