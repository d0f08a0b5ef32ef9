using System.Text;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>SEND_MESSAGE (10), SEND_MESSAGE_V2 (310) and SEND_BATCH_MESSAGE (320): stores messages and answers when they are as safe as promised.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/SendMessageProcessor.java</remarks>
public sealed class SendMessageProcessor(
    int code, SendCheck check, MessageWriter writer, SendAdmission admission, ITableCommit topicsCommit, TimerAdmission timers, BrokerAddress address, BrokerConfiguration configuration)
    : IRequestProcessor
{
    private const int MaxBatch = 100_000;

    public int Code => code;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!SendMessageRequestHeader.TryRead(request, out var header, out var problem)) return request.CreateResponse(ResponseCode.SystemError, problem);
        var options = configuration.Current;
        if (!admission.TryEnter(request.Body.Length))
        {
            return request.CreateResponse(
                ResponseCode.SystemBusy,
                $"[PCBUSY_CLEAN_QUEUE]broker busy, start flow control for a while: {admission.Capacity} sends or {options.SendQueueBytes} bytes wait for disk or slave");
        }

        try
        {
            if (topicsCommit.Begin(out var ticket) is { } notHere) return Answer(request, notHere.Code, notHere.Remark);
            if (Prepare(connection, request, header, out var records, out var queueId, out var wait) is { } refusal) return Answer(request, refusal.Code, refusal.Remark);

            using var span = BrokerTelemetry.Storing(header.Topic, records[0].Properties.Span, records.Count);
            // A topic that this send created must survive what the message survives. In the log it comes before the message.
            var topicSafe = topicsCommit.CommitAsync(ticket);
            var half = !header.Batch && records[0].Topic == TopicNames.TransHalf;
            var result = header.Batch ? writer.AppendBatch(records) : half ? writer.AppendNow(records[0]) : writer.Append(records[0]);
            var stored = ResponseCode.Success;

            // What WAIT=false skips is a slave or a disk; without a majority there is no message yet.
            if (result.IsOk && !request.IsOneway)
            {
                stored = wait
                    ? await writer.WaitStoredAsync(result, header.Topic, cancellationToken).ConfigureAwait(false)
                    : await writer.WaitCommittedAsync(result, header.Topic, cancellationToken).ConfigureAwait(false);
            }

            var topicLost = await topicSafe.ConfigureAwait(false);
            if (!result.IsOk) return Answer(request, result.Status);
            // Whatever the table's code is: the message is in the log, so that nobody may call it refused.
            if (topicLost is { } lost) return Answer(request, ResponseCode.SystemError, $"{lost.Remark}; {MessageWriter.MayBeStored}");
            if (stored == ResponseCode.SystemError) return Answer(request, stored, MessageWriter.MayBeStored);
            return AnswerStored(request, stored, records, queueId, result);
        }
        finally
        {
            admission.Leave(request.Body.Length);
        }
    }

    private Refusal? Prepare(
        RemotingConnection connection, RemotingCommand request, SendMessageRequestHeader header, out List<MessageRecord> records, out int queueId, out bool wait)
    {
        records = [];
        wait = true;
        if (check.Check(connection, header, out var topic, out queueId) is { } refused) return refused;
        if (check.RedirectDeadLetter(header, ref topic, ref queueId, out var isDeadLetter) is { } unknownGroup) return unknownGroup;
        return header.Batch
            ? PrepareBatch(connection, request, header, topic, queueId, records, out wait)
            : PrepareOne(connection, request, header, topic, queueId, isDeadLetter, records, out wait);
    }

    private Refusal? PrepareOne(
        RemotingConnection connection, RemotingCommand request, SendMessageRequestHeader header,
        TopicConfig topic, int queueId, bool isDeadLetter, List<MessageRecord> records, out bool wait)
    {
        var properties = header.Properties is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text) : [];
        wait = TakeWait(ref properties);
        if (isDeadLetter) properties = MessageProperties.Without(properties, MessageProperties.Delay);
        if (MessageWriter.DelayLevelOf(properties) < 0) return new(ResponseCode.MessageIllegal, "the message is illegal: property DELAY is no number");
        properties = MessageProperties.With(properties, MessageProperties.Cluster, address.ClusterName);
        var record = CreateRecord(connection, header, topic, queueId, header.Flag, request.Body, properties);
        if (timers.Check(record, out var timed) is { } wrongTime) return wrongTime;
        if (IsTransaction(properties) && !IsRetry(header, properties))
        {
            if (configuration.Current.RejectTransactionMessage) return RefuseTransaction();
            check.HalfTopic();
            records.Add(HalfMessages.ToHalf(record));
            return null;
        }

        records.Add(timed);
        return null;
    }

    private Refusal? PrepareBatch(
        RemotingConnection connection, RemotingCommand request, SendMessageRequestHeader header,
        TopicConfig topic, int queueId, List<MessageRecord> records, out bool wait)
    {
        wait = true;
        if (header.Topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal))
        {
            return new(ResponseCode.MessageIllegal, "the message is illegal: a batch can't go to a retry topic");
        }

        if (!BatchMessageCodec.TryDecode(request.Body, MaxBatch, out var messages) || messages.Count == 0)
        {
            return new(ResponseCode.MessageIllegal, "the message is illegal: the batch's body can't be split into messages");
        }

        var outer = header.Properties is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text) : [];
        wait = TakeWait(ref outer);
        foreach (var message in messages)
        {
            var properties = message.Properties.ToArray();
            wait &= TakeWait(ref properties);
            if (MessageWriter.DelayLevelOf(properties) != 0) return new(ResponseCode.MessageIllegal, "the message is illegal: a batch can't be delayed");
            // Stored as plain ones they would be seen before their commit.
            if (IsTransaction(properties)) return RefuseTransaction();
            properties = MessageProperties.With(properties, MessageProperties.Cluster, address.ClusterName);
            records.Add(CreateRecord(connection, header, topic, queueId, message.Flag, message.Body, properties));
        }

        return null;
    }

    private MessageRecord CreateRecord(
        RemotingConnection connection, SendMessageRequestHeader header, TopicConfig topic, int queueId, int flag, ReadOnlyMemory<byte> body, byte[] properties) => new()
        {
            Topic = topic.TopicName,
            QueueId = queueId,
            Flag = flag,
            SysFlag = topic.TopicFilterType == "MULTI_TAG" ? header.SysFlag | MessageSysFlag.MultiTags : header.SysFlag,
            BornTimestamp = header.BornTimestamp,
            BornHost = connection.RemoteEndPoint,
            StoreHost = address.Host,
            ReconsumeTimes = header.ReconsumeTimes ?? 0,
            Body = body,
            Properties = properties,
        };

    /// <summary>Whether the producer waits for safety; WAIT is an instruction to the broker and isn't stored.</summary>
    private static bool TakeWait(ref byte[] properties)
    {
        var value = MessageProperties.Get(properties, MessageProperties.Wait);
        if (value is null) return true;
        properties = MessageProperties.Without(properties, MessageProperties.Wait);
        return !value.Equals("false", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsTransaction(byte[] properties) =>
        "true".Equals(MessageProperties.Get(properties, MessageProperties.TransactionPrepared), StringComparison.OrdinalIgnoreCase);

    /// <summary>A consumer's retry of a message that came of a transaction is none itself; old clients leave the property in.</summary>
    private static bool IsRetry(SendMessageRequestHeader header, byte[] properties) => header.ReconsumeTimes > 0 && MessageWriter.DelayLevelOf(properties) > 0;

    private Refusal RefuseTransaction() =>
        new(ResponseCode.NoPermission, $"the broker[{configuration.Current.BrokerIP1}] sending transaction message is forbidden");

    private RemotingCommand AnswerStored(RemotingCommand request, int stored, List<MessageRecord> records, int queueId, AppendResult result)
    {
        var response = Answer(request, stored, null);
        new SendMessageResponseHeader
        {
            MsgId = MessageIds(records, result),
            QueueId = queueId,
            QueueOffset = result.QueueOffset,
            RecallHandle = TimerAdmission.RecallHandleOf(records[0], address.BrokerName),
        }.AddTo(response.ExtFields);
        return response;
    }


    private string MessageIds(List<MessageRecord> records, AppendResult result)
    {
        if (records.Count == 1) return MessageId.Create(address.Host, result.PhysicalOffset);
        var ids = new StringBuilder(records.Count * 33);
        foreach (var record in records)
        {
            if (ids.Length > 0) ids.Append(',');
            ids.Append(MessageId.Create(address.Host, record.PhysicalOffset));
        }

        return ids.ToString();
    }

    private RemotingCommand Answer(RemotingCommand request, AppendStatus status) => status switch
    {
        AppendStatus.MessageTooLarge or AppendStatus.PropertiesTooLarge or AppendStatus.TopicTooLong => Answer(
            request,
            ResponseCode.MessageIllegal,
            $"the message is illegal, maybe msg body or properties length not matched. msg body length limit {configuration.Current.Store.MaxMessageSizeBytes}B, msg properties length limit 32KB."),
        AppendStatus.DiskFull => Answer(request, ResponseCode.ServiceNotAvailable, "service not available now: the broker's disk is full"),
        AppendStatus.WriteFailed => Answer(request, ResponseCode.SystemError, "the log could not be written"),
        AppendStatus.NotLeader => Answer(request, ResponseCode.ServiceNotAvailable, "service not available now: this broker does not lead its group"),
        AppendStatus.Poisoned => Answer(request, ResponseCode.ServiceNotAvailable, "service not available now: the log could not be synced to disk, and nothing is stored until a restart"),
        _ => Answer(request, ResponseCode.ServiceNotAvailable, "service not available now: the store has been shut down"),
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
