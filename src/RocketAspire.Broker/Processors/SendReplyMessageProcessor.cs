using System.Globalization;
using System.Text;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>
/// SEND_REPLY_MESSAGE (324) and SEND_REPLY_MESSAGE_V2 (325): passes a reply on to the client that asked (PUSH_REPLY_MESSAGE_TO_CLIENT, 326).
/// The answer says whether that client took it; that a copy is kept is for people who look for it later.
/// </summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/ReplyMessageProcessor.java</remarks>
public sealed class SendReplyMessageProcessor(
    int code, SendCheck check, MessageWriter writer, ProducerTable producers, BrokerAddress address, BrokerConfiguration configuration, TimeProvider time) : IRequestProcessor
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    public int Code => code;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!SendMessageRequestHeader.TryRead(request, out var header, out var problem)) return request.CreateResponse(ResponseCode.SystemError, problem);
        if (check.Check(connection, header, out var topic, out var queueId) is { } refusal) return Answer(request, refusal.Code, refusal.Remark);
        var properties = header.Properties is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text) : [];
        var failure = await PushAsync(connection, request, header, properties, cancellationToken).ConfigureAwait(false);
        var response = Answer(request, failure is null ? ResponseCode.Success : ResponseCode.SystemError, failure);

        // Java's client reads the id of any success.
        var answer = new SendMessageResponseHeader { MsgId = "0", QueueId = queueId };
        if (configuration.Current.StoreReplyMessageEnable)
        {
            var result = writer.Append(Record(connection, request, header, topic.TopicName, queueId, properties));
            if (result.IsOk) answer = answer with { MsgId = MessageId.Create(address.Host, result.PhysicalOffset), QueueOffset = result.QueueOffset };
        }

        answer.AddTo(response.ExtFields);
        return response;
    }

    /// <summary>Null when the client took the reply, else why it has not.</summary>
    private async ValueTask<string?> PushAsync(
        RemotingConnection connection, RemotingCommand request, SendMessageRequestHeader header, byte[] properties, CancellationToken cancellationToken)
    {
        if (MessageProperties.Get(properties, MessageProperties.ReplyToClient) is not { } clientId)
        {
            return $"reply message properties[{MessageProperties.ReplyToClient}] is null";
        }

        if (producers.FindClient(clientId) is not { } client) return $"push reply message fail, channel of <{clientId}> not found.";
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var stamped = MessageProperties.With(properties, MessageProperties.PushReplyTime, now.ToString(CultureInfo.InvariantCulture));
        var push = new ReplyMessageRequestHeader
        {
            ProducerGroup = header.ProducerGroup,
            Topic = header.Topic,
            DefaultTopic = header.DefaultTopic,
            DefaultTopicQueueNums = header.DefaultTopicQueueNums,
            QueueId = header.QueueId,
            SysFlag = header.SysFlag,
            BornTimestamp = header.BornTimestamp,
            Flag = header.Flag,
            Properties = Encoding.UTF8.GetString(stamped),
            ReconsumeTimes = header.ReconsumeTimes,
            UnitMode = header.UnitMode,
            BornHost = connection.RemoteAddress,
            StoreHost = address.Text,
            StoreTimestamp = now,
        };
        try
        {
            var answer = await client.Connection.InvokeAsync(
                RemotingCommand.CreateRequest(RequestCode.PushReplyMessageToClient, push.ToExtFields(), request.Body), CallTimeout, cancellationToken).ConfigureAwait(false);
            if (answer.Code == ResponseCode.Success) return null;
        }
        catch (Exception e) when (e is RemotingTimeoutException or RemotingSendException)
        {
            // The asker is gone, or too busy: its own time for the answer runs out.
        }

        return $"push reply message to {clientId}fail.";
    }

    private MessageRecord Record(RemotingConnection connection, RemotingCommand request, SendMessageRequestHeader header, string topic, int queueId, byte[] properties) => new()
    {
        Topic = topic,
        QueueId = queueId,
        Flag = header.Flag,
        SysFlag = header.SysFlag,
        BornTimestamp = header.BornTimestamp,
        BornHost = connection.RemoteEndPoint,
        StoreHost = address.Host,
        ReconsumeTimes = header.ReconsumeTimes ?? 0,
        Body = request.Body,
        Properties = properties,
    };

    private RemotingCommand Answer(RemotingCommand request, int responseCode, string? remark)
    {
        var options = configuration.Current;
        var response = request.CreateResponse(responseCode, remark);
        response.ExtFields.Add(MessageProperties.MsgRegion, options.RegionId);
        response.ExtFields.Add(MessageProperties.TraceSwitch, options.TraceOn);
        return response;
    }
}
