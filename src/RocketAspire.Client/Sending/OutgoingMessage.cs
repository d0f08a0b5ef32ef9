using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>A message, or a batch, ready for the wire but for its queue.</summary>
internal sealed class OutgoingMessage
{
    private string? _text;

    /// <summary>With namespace.</summary>
    public required string Topic { get; init; }

    /// <summary>UNIQ_KEY; of a batch the messages' ids, comma-joined.</summary>
    public required string Id { get; init; }

    /// <summary>What the application gave: one, or a batch's.</summary>
    public IReadOnlyList<RocketMQMessage> Messages { get; init; } = [];

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>May be added to until the first attempt.</summary>
    public required List<KeyValuePair<string, string>> Properties { get; init; }

    public int Flag { get; init; }

    public int SysFlag { get; set; }

    public bool IsBatch { get; init; }

    public bool IsReply { get; init; }

    public int ReconsumeTimes { get; init; }

    public int? MaxReconsumeTimes { get; init; }

    /// <summary>A request for one attempt.</summary>
    /// <exception cref="ArgumentException">The properties are too large.</exception>
    public RemotingCommand ToRequest(string group, MessageQueue queue, int newTopicQueues, RocketMQClientOptions options)
    {
        var header = new SendMessageRequestHeader
        {
            ProducerGroup = group,
            Topic = Topic,
            DefaultTopicQueueNums = newTopicQueues,
            QueueId = queue.QueueId,
            SysFlag = SysFlag,
            BornTimestamp = options.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            Flag = Flag,
            Properties = _text ??= MessageRules.Text(Properties),
            ReconsumeTimes = ReconsumeTimes,
            MaxReconsumeTimes = MaxReconsumeTimes,
            Batch = IsBatch,
            BrokerName = queue.BrokerName,
        };
        return new RemotingCommand
        {
            Code = IsReply ? RequestCode.SendReplyMessageV2 : IsBatch ? RequestCode.SendBatchMessage : RequestCode.SendMessageV2,
            ExtFields = header.ToExtFieldsV2(),
            Body = Body,
            SerializeType = options.SerializeType,
        };
    }
}
