using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>SendMessage: one message or several of one topic. Unlike Apache's answer, which has one entry for a batch, ours has one for each message.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/grpc/v2/producer/SendMessageActivity.java</remarks>
internal sealed class SendMessageCall(ClusterView cluster, MessageRouter router, ClientTable clients, ProducerHeartbeats heartbeats, ProxyOptions options)
{
    public async Task<SendMessageResponse> AnswerAsync(CallContext call, SendMessageRequest request)
    {
        if (request.Messages.Count == 0) return Refuse(Statuses.Of(Code.MessageCorrupted, "no message to send"));
        var topic = request.Messages[0].Topic;
        if (Checks.Topic(topic) is { } wrongTopic) return Refuse(wrongTopic);
        var messages = new List<OutgoingMessage>(request.Messages.Count);
        foreach (var message in request.Messages)
        {
            if (!topic.Equals(message.Topic)) return Refuse(Statuses.Of(Code.MessageCorrupted, "topic in message is not same"));
            if (OutgoingMessage.TryCreate(call, message, options, out var outgoing) is { } wrong) return Refuse(wrong);
            messages.Add(outgoing);
        }

        foreach (var type in !options.ChecksMessageType ? [] : messages.Select(static message => message.Type).Distinct())
            if (await RefuseKindAsync(topic.Name, type, call.Ended).ConfigureAwait(false) is { } refused) return Refuse(refused);

        if (messages.Exists(static message => message.Type == MessageType.Transaction)) await NoteTransactionAsync(call, topic.Name).ConfigureAwait(false);
        var response = new SendMessageResponse();
        if (CanGoTogether(messages)) response.Entries.Add(await SendAsync(call, topic.Name, messages).ConfigureAwait(false));
        else foreach (var message in messages) response.Entries.Add(await SendAsync(call, topic.Name, [message]).ConfigureAwait(false));
        response.Status = Statuses.Over(response.Entries.Select(static entry => entry.Status), "send status is empty");
        return response;
    }

    private static SendMessageResponse Refuse(Status status) => new() { Status = status };

    /// <summary>A topic's kind may have changed since it was looked up: before a refusal it is looked up again.</summary>
    private async Task<Status?> RefuseKindAsync(string topic, MessageType type, CancellationToken cancellationToken) =>
        (await cluster.KindsAsync(topic, cancellationToken).ConfigureAwait(false)).Refuse(type) is null
            ? null
            : (await cluster.KindsAsync(topic, cancellationToken, isFresh: true).ConfigureAwait(false)).Refuse(type);

    private async Task NoteTransactionAsync(CallContext call, string topic)
    {
        if (clients.Find(call.ClientId) is { } session && session.AddTransactionTopic(topic)) await heartbeats.TellAsync(call.Ended).ConfigureAwait(false);
    }

    /// <summary>Brokers take neither timed messages nor transactions in a batch, and a batch goes to one queue.</summary>
    private static bool CanGoTogether(List<OutgoingMessage> messages) =>
        messages.TrueForAll(message => message.Type is MessageType.Normal or MessageType.Fifo && message.Group == messages[0].Group && message.SysFlag == messages[0].SysFlag);

    private async Task<List<SendResultEntry>> SendAsync(CallContext call, string topic, List<OutgoingMessage> messages)
    {
        Status status;
        try
        {
            var first = messages[0];
            var (target, answer) = await router.SendAsync(call, topic, first, target => CreateRequest(topic, messages, target)).ConfigureAwait(false);
            if (target is null) status = Statuses.Of(Code.Forbidden, "no writable queue");
            else if (StatusOf(answer!) is { } unsafely) status = unsafely;
            else if (!RequestHeader.TryRead<SendMessageResponseHeader>(answer!.ExtFields, out var stored, out var problem)) status = Statuses.Of(Code.InternalServerError, problem);
            else return [.. messages.Select((message, index) => Stored(message, index, stored, target))];
        }
        catch (Exception e) when (Failures.IsOfCluster(e))
        {
            status = Statuses.Of(e);
        }

        return [.. messages.Select(_ => new SendResultEntry { Status = status.Clone() })];
    }

    private static SendResultEntry Stored(OutgoingMessage message, int index, SendMessageResponseHeader stored, QueueTarget target)
    {
        var entry = new SendResultEntry { Status = Statuses.Ok, MessageId = message.MessageId, Offset = stored.QueueOffset + index, RecallHandle = stored.RecallHandle ?? "" };
        if (message.Type == MessageType.Transaction && MessageId.TryParse(stored.MsgId, out _, out var logOffset))
            entry.TransactionId = new TransactionHandle(target.BrokerName, stored.QueueOffset, logOffset, stored.TransactionId ?? message.MessageId).ToString();
        return entry;
    }

    /// <summary>Null when the broker holds the message as safely as promised.</summary>
    private static Status? StatusOf(RemotingCommand answer) => answer.Code switch
    {
        ResponseCode.Success => null,
        ResponseCode.FlushDiskTimeout => Statuses.Of(Code.MasterPersistenceTimeout, "send message failed, sendStatus=FLUSH_DISK_TIMEOUT"),
        ResponseCode.FlushSlaveTimeout => Statuses.Of(Code.SlavePersistenceTimeout, "send message failed, sendStatus=FLUSH_SLAVE_TIMEOUT"),
        ResponseCode.SlaveNotAvailable => Statuses.Of(Code.HaNotAvailable, "send message failed, sendStatus=SLAVE_NOT_AVAILABLE"),
        _ => Statuses.Of(answer.Code, answer.Remark),
    };

    private static RemotingCommand CreateRequest(string topic, List<OutgoingMessage> messages, QueueTarget target)
    {
        var first = messages[0];
        var header = new SendMessageRequestHeader
        {
            ProducerGroup = topic,
            Topic = topic,
            QueueId = target.QueueId,
            SysFlag = first.SysFlag,
            BornTimestamp = first.BornTimestamp,
            Properties = System.Text.Encoding.UTF8.GetString(first.EncodeProperties()),
            ReconsumeTimes = 0,
            Batch = messages.Count > 1,
            BrokerName = target.BrokerName,
        };
        return header.Batch
            ? RemotingCommand.CreateRequest(RequestCode.SendBatchMessage, header.ToExtFieldsV2(), BatchMessageCodec.Encode([.. messages.Select(static message => new BatchMessage(0, message.Body, message.EncodeProperties()))]))
            : RemotingCommand.CreateRequest(RequestCode.SendMessageV2, header.ToExtFieldsV2(), first.Body);
    }
}
