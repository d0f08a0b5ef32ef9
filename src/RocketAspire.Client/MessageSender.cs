using System.Text;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>Sends one message to one queue of one broker: no choice of queue, no retry; those are a producer's.</summary>
public sealed class MessageSender(RocketMQConnection connection, string producerGroup = MessageSender.DefaultGroup)
{
    public const string DefaultGroup = "ROCKETASPIRE_PRODUCER";

    private readonly UniqueIds _ids = new(connection.Options.Time);

    /// <summary>Sends and waits for the broker's answer.</summary>
    /// <param name="brokerAddress">The group's master, as <c>ip:port</c>.</param>
    /// <param name="queue">The queue; its topic must be the message's.</param>
    /// <param name="message">What to send.</param>
    /// <param name="cancellationToken">Ends the waiting; the message may be stored all the same.</param>
    /// <exception cref="ArgumentException">The message is one that no broker takes.</exception>
    /// <exception cref="RocketMQResponseException">The broker did not store it.</exception>
    public async ValueTask<SendResult> SendAsync(string brokerAddress, MessageQueue queue, RocketMQMessage message, CancellationToken cancellationToken = default)
    {
        var id = _ids.Next();
        var request = CreateRequest(queue, message, id);
        var answer = await connection.AskAsync(brokerAddress, request, cancellationToken).ConfigureAwait(false);
        var status = answer.Code switch
        {
            ResponseCode.Success => SendStatus.Ok,
            ResponseCode.FlushDiskTimeout => SendStatus.FlushDiskTimeout,
            ResponseCode.SlaveNotAvailable => SendStatus.SlaveNotAvailable,
            ResponseCode.FlushSlaveTimeout => SendStatus.FlushSlaveTimeout,
            _ => throw new RocketMQResponseException(brokerAddress, request.Code, answer.Code, answer.Remark),
        };
        if (!RequestHeader.TryRead<SendMessageResponseHeader>(answer.ExtFields, out var stored, out var problem))
            throw new RocketMQResponseException(brokerAddress, request.Code, answer.Code, problem);
        return new SendResult(status, id, stored.MsgId, queue with { QueueId = stored.QueueId }, stored.QueueOffset, answer.Remark);
    }

    /// <summary>Sends and asks for no answer: whether the broker took the message isn't known. Waits only to connect, or while the broker doesn't read.</summary>
    /// <param name="brokerAddress">The group's master, as <c>ip:port</c>.</param>
    /// <param name="queue">The queue; its topic must be the message's.</param>
    /// <param name="message">What to send.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The message's id (property UNIQ_KEY).</returns>
    /// <exception cref="ArgumentException">The message is one that no broker takes.</exception>
    public async ValueTask<string> SendOnewayAsync(string brokerAddress, MessageQueue queue, RocketMQMessage message, CancellationToken cancellationToken = default)
    {
        var id = _ids.Next();
        await connection.TellAsync(brokerAddress, CreateRequest(queue, message, id), cancellationToken).ConfigureAwait(false);
        return id;
    }

    private RemotingCommand CreateRequest(MessageQueue queue, RocketMQMessage message, string id)
    {
        Check(message, queue);
        var header = new SendMessageRequestHeader
        {
            ProducerGroup = producerGroup,
            Topic = message.Topic,
            QueueId = queue.QueueId,
            BornTimestamp = connection.Options.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            Flag = message.Flag,
            Properties = Encoding.UTF8.GetString(MessageProperties.Encode(PropertiesOf(message, id))),
            ReconsumeTimes = 0,
            BrokerName = queue.BrokerName,
        };
        return new RemotingCommand
        {
            Code = RequestCode.SendMessageV2,
            ExtFields = header.ToExtFieldsV2(),
            Body = message.Body,
            SerializeType = connection.Options.SerializeType,
        };
    }

    private void Check(RocketMQMessage message, MessageQueue queue)
    {
        if (TopicNames.WhyInvalidTopic(message.Topic) is { } reason) throw new ArgumentException(reason, nameof(message));
        if (queue.Topic != message.Topic) throw new ArgumentException($"the queue is of topic {queue.Topic}, the message of {message.Topic}", nameof(queue));
        if (message.Body.IsEmpty) throw new ArgumentException("a message needs a body of at least one byte", nameof(message));
        if (message.Body.Length > connection.Options.MaxMessageBytes)
            throw new ArgumentException($"a body of {message.Body.Length} bytes is larger than {connection.Options.MaxMessageBytes}", nameof(message));
    }

    private static IEnumerable<KeyValuePair<string, string>> PropertiesOf(RocketMQMessage message, string id)
    {
        foreach (var pair in message.Properties)
        {
            if (pair.Key.Length == 0 || HasSeparator(pair.Key) || HasSeparator(pair.Value))
                throw new ArgumentException($"property '{pair.Key}' is empty or holds a separator (U+0001, U+0002)", nameof(message));
            yield return pair;
        }

        if (message.Keys.Count > 0) yield return new(MessageProperties.Keys, string.Join(MessageProperties.KeySeparator, message.Keys));
        yield return new(MessageProperties.UniqKey, id);
        yield return new(MessageProperties.Wait, message.WaitUntilStored ? "true" : "false");
        if (message.Tag is { } tag) yield return new(MessageProperties.Tags, tag);
    }

    private static bool HasSeparator(string text) => text.AsSpan().IndexOfAny('\u0001', '\u0002') >= 0;
}
