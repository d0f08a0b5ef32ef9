using System.Globalization;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Gives a message that failed back to its broker, which brings it again later or lays it to the dead letters; when that broker can't, any other one gets a copy.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/impl/consumer/DefaultMQPushConsumerImpl.java</remarks>
internal sealed class SendBack(RocketMQClient client, RocketMQConsumerOptions options, string group, ILogger logger)
{
    // Apache's client has a producer of this name inside.
    private const string InnerGroup = "CLIENT_INNER_PRODUCER";
    private const int FirstRetryLevel = 3;

    private readonly MessageDispatch _dispatch = new(client, new RocketMQProducerOptions { Group = InnerGroup, Client = client }, InnerGroup, logger);

    /// <summary>False: no broker took it.</summary>
    public async ValueTask<bool> TryAsync(RocketMQReceivedMessage message, int delayLevel, bool deadLetter)
    {
        try
        {
            if (await AskAsync(message, deadLetter ? -1 : delayLevel).ConfigureAwait(false)) return true;
            var result = await _dispatch.SendAsync(Copy(message, delayLevel, deadLetter), QueueChoice.InTurn, SendKind.Normal, CancellationToken.None).ConfigureAwait(false);
            return result.IsAcknowledged || result.Status is SendStatus.FlushDiskTimeout or SendStatus.FlushSlaveTimeout or SendStatus.SlaveNotAvailable;
        }
        catch (Exception e) when (Failures.IsCluster(e) || e is ArgumentException or ObjectDisposedException)
        {
            Log.NotSentBack(logger, message.MessageId, message.Queue, e.Message);
            return false;
        }
    }

    private async ValueTask<bool> AskAsync(RocketMQReceivedMessage message, int delayLevel)
    {
        if (client.Routes.MasterOf(message.Queue.BrokerName) is not { } address) return false;
        var header = new ConsumerSendMsgBackRequestHeader
        {
            Offset = message.Record.PhysicalOffset,
            Group = group,
            DelayLevel = delayLevel,
            OriginMsgId = message.OffsetMessageId,
            OriginTopic = message.Record.Topic,
            // Apache always sends 16; without it the group's own setting counts.
            MaxReconsumeTimes = options.MaxReconsumeTimes,
        };
        try
        {
            var request = new RemotingCommand { Code = RequestCode.ConsumerSendMsgBack, ExtFields = header.ToExtFields(), SerializeType = client.Connection.Options.SerializeType };
            var answer = await client.Connection.AskAsync(address, request, CancellationToken.None).ConfigureAwait(false);
            if (answer.Code == ResponseCode.Success) return true;
            Log.NotSentBack(logger, message.MessageId, message.Queue, $"code {answer.Code}, {answer.Remark}");
        }
        catch (Exception e) when (Failures.IsTransport(e))
        {
            Log.NotSentBack(logger, message.MessageId, message.Queue, e.Message);
        }

        return false;
    }

    private OutgoingMessage Copy(RocketMQReceivedMessage message, int delayLevel, bool deadLetter)
    {
        var properties = new Dictionary<string, string>(MessageProperties.Parse(message.Record.Properties.Span), StringComparer.Ordinal)
        {
            [MessageProperties.RetryTopic] = message.WireTopic,
            [MessageProperties.Delay] = (delayLevel > 0 ? delayLevel : FirstRetryLevel + message.ReconsumeTimes).ToString(CultureInfo.InvariantCulture),
        };
        properties.TryAdd(MessageProperties.OriginMessageId, message.OffsetMessageId);
        properties.Remove(MessageProperties.TransactionPrepared);
        properties.Remove(MessageProperties.MinOffset);
        properties.Remove(MessageProperties.MaxOffset);
        return new OutgoingMessage
        {
            Topic = TopicNames.Retry(group),
            Id = message.MessageId,
            Body = message.Record.Body,
            SysFlag = message.Record.SysFlag & (MessageSysFlag.Compressed | MessageSysFlag.CompressionZlib),
            Flag = message.Flag,
            Properties = [.. properties],
            ReconsumeTimes = message.ReconsumeTimes + 1,
            // A broker lays what was tried as often as this to the dead letters.
            MaxReconsumeTimes = deadLetter ? 0 : options.MaxReconsumeTimes,
        };
    }
}
