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
        return SendAnswer.Read(brokerAddress, request.Code, answer, queue, id)
            ?? throw new RocketMQResponseException(brokerAddress, request.Code, answer.Code, answer.Remark);
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
        MessageRules.Check(message, connection.Options.MaxMessageBytes);
        if (queue.Topic != message.Topic) throw new ArgumentException($"the queue is of topic {queue.Topic}, the message of {message.Topic}", nameof(queue));
        var header = new SendMessageRequestHeader
        {
            ProducerGroup = producerGroup,
            Topic = message.Topic,
            QueueId = queue.QueueId,
            BornTimestamp = connection.Options.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            Flag = message.Flag,
            Properties = Encoding.UTF8.GetString(MessageProperties.Encode(MessageRules.PropertiesOf(message, id))),
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
}
