using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Pulls from one queue of one broker once: no assignment of queues, no stored progress; those are a consumer's.</summary>
public sealed class MessagePuller(RocketMQConnection connection, string consumerGroup = MessagePuller.DefaultGroup)
{
    public const string DefaultGroup = "ROCKETASPIRE_CONSUMER";

    /// <summary>Pulls at most that many messages from the offset on.</summary>
    /// <param name="brokerAddress">Master or slave, as <c>ip:port</c>.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="queueId">The queue.</param>
    /// <param name="offset">In messages.</param>
    /// <param name="maxMessages">At least one.</param>
    /// <param name="suspend">How long the broker may hold the answer while nothing is there; zero answers at once.</param>
    /// <param name="tags">Tags joined by <c>||</c>, or <c>*</c> for all.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RocketMQResponseException">The broker refused, or its answer can't be read.</exception>
    public async ValueTask<PullResult> PullAsync(
        string brokerAddress, string topic, int queueId, long offset, int maxMessages = 32, TimeSpan suspend = default, string tags = "*", CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        var header = new PullMessageRequestHeader
        {
            ConsumerGroup = consumerGroup,
            Topic = topic,
            QueueId = queueId,
            QueueOffset = offset,
            MaxMsgNums = maxMessages,
            SysFlag = PullSysFlag.Subscription | (suspend > TimeSpan.Zero ? PullSysFlag.Suspend : 0),
            SuspendTimeoutMillis = (long)suspend.TotalMilliseconds,
            Subscription = tags,
            ExpressionType = "TAG",
        };
        var request = new RemotingCommand { Code = RequestCode.PullMessage, ExtFields = header.ToExtFields(), SerializeType = connection.Options.SerializeType };
        var answer = await connection.AskAsync(brokerAddress, request, cancellationToken, connection.Options.RequestTimeout + suspend).ConfigureAwait(false);
        return Read(brokerAddress, answer);
    }

    /// <summary>Reads the answer to a pull.</summary>
    /// <exception cref="RocketMQResponseException">The broker refused, or its answer can't be read.</exception>
    internal static PullResult Read(string brokerAddress, RemotingCommand answer)
    {
        var status = answer.Code switch
        {
            ResponseCode.Success => PullStatus.Found,
            ResponseCode.PullNotFound => PullStatus.NoNewMessage,
            ResponseCode.PullRetryImmediately => PullStatus.NoMatchedMessage,
            ResponseCode.PullOffsetMoved => PullStatus.OffsetIllegal,
            _ => throw new RocketMQResponseException(brokerAddress, RequestCode.PullMessage, answer.Code, answer.Remark),
        };
        if (!RequestHeader.TryRead<PullMessageResponseHeader>(answer.ExtFields, out var bounds, out var problem))
            throw new RocketMQResponseException(brokerAddress, RequestCode.PullMessage, answer.Code, problem);
        return new PullResult(status, bounds.NextBeginOffset, bounds.MinOffset, bounds.MaxOffset, status == PullStatus.Found ? Decode(brokerAddress, answer) : [])
        {
            SuggestedBrokerId = bounds.SuggestWhichBrokerId,
        };
    }

    private static List<MessageRecord> Decode(string brokerAddress, RemotingCommand answer)
    {
        var records = MessageRecordCodec.DecodeAll(answer.Body);
        var read = records.Sum(static record => (long)record.TotalSize);
        // The codec stops at what is no whole, sound record: none of the rest may be passed over in silence.
        return read == answer.Body.Length
            ? records
            : throw new RocketMQResponseException(brokerAddress, RequestCode.PullMessage, answer.Code, $"the answer's messages can't be read from byte {read} on");
    }
}
