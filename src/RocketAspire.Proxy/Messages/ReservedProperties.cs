using RocketAspire.Protocol.Messages;

namespace RocketAspire.Proxy;

/// <summary>Properties that are RocketMQ's: applications may not set them and aren't shown them.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/common/src/main/java/org/apache/rocketmq/common/message/MessageConst.java</remarks>
internal static class ReservedProperties
{
    public const string BornHost = "__BORNHOST";
    public const string BornTimestamp = "BORN_TIMESTAMP";
    public const string TraceContext = "TRACE_CONTEXT";
    public const string DeadLetterOriginTopic = "DLQ_ORIGIN_TOPIC";
    public const string DeadLetterOriginMessageId = "DLQ_ORIGIN_MESSAGE_ID";

    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        MessageProperties.TraceSwitch, MessageProperties.MsgRegion, MessageProperties.Keys, MessageProperties.Tags, MessageProperties.Wait,
        MessageProperties.Delay, MessageProperties.RetryTopic, MessageProperties.RealTopic, MessageProperties.RealQueueId,
        MessageProperties.TransactionPrepared, MessageProperties.ProducerGroup, MessageProperties.MinOffset, MessageProperties.MaxOffset,
        MessageProperties.OriginMessageId, MessageProperties.TransferFlag, MessageProperties.CorrectionFlag, MessageProperties.ReconsumeTime,
        MessageProperties.UniqKey, MessageProperties.MaxReconsumeTimes, MessageProperties.ConsumeStartTime, MessageProperties.PopCheckPoint,
        MessageProperties.FirstPopTime, MessageProperties.TransactionPreparedQueueOffset, MessageProperties.InstanceId,
        MessageProperties.CorrelationId, MessageProperties.ReplyToClient, MessageProperties.Ttl, MessageProperties.Cluster,
        MessageProperties.MessageType, MessageProperties.TimerDelayMs, MessageProperties.TimerDelaySec, MessageProperties.TimerDeliverMs,
        MessageProperties.TimerEnqueueMs, MessageProperties.TimerDequeueMs, MessageProperties.TimerOutMs, MessageProperties.TimerDeleteUniqKey,
        BornHost, BornTimestamp, DeadLetterOriginTopic, DeadLetterOriginMessageId,
        "BUYER_ID", "MQ2_FLAG", "POP_CK_OFFSET", "DUP_INFO", "EXTEND_UNIQ_INFO", "INNER_MULTI_QUEUE_OFFSET", "TIMER_ROLL_TIMES", "TIMER_DELAY_LEVEL", "__CRC32#",
    };

    public static bool Contains(string name) => Names.Contains(name);
}
