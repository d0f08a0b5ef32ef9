using System.Globalization;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;

namespace RocketAspire.Broker.Processors;

/// <summary>RECALL_MESSAGE (370) of 5.x: takes back a timed message before it is delivered.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.2/broker/src/main/java/org/apache/rocketmq/broker/processor/RecallMessageProcessor.java</remarks>
public sealed class RecallMessageProcessor(
    TopicConfigTable topics, MessageWriter writer, TimerAdmission timers, BrokerAddress address, BrokerConfiguration configuration, TimeProvider time) : IRequestProcessor
{
    private const string NotAvailable = "recall failed, broker service not available";

    public int Code => RequestCode.RecallMessage;

    public async ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken)
    {
        if (!RequestHeader.TryRead<RecallMessageRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (Check(header, out var handle) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        if (timers.Check(CreateRecord(connection, header, handle), out var record) is not null || record.Topic != TopicNames.Timer)
        {
            return request.CreateResponse(ResponseCode.SystemError, "recall failed, execute error");
        }

        var result = writer.AppendNow(record);
        if (!result.IsOk) return request.CreateResponse(ResponseCode.SystemError, "recall failed, execute error");
        var stored = await writer.WaitStoredAsync(result, TopicNames.Timer, cancellationToken).ConfigureAwait(false);
        if (stored is not (ResponseCode.Success or ResponseCode.FlushDiskTimeout or ResponseCode.SlaveNotAvailable or ResponseCode.FlushSlaveTimeout))
        {
            return request.CreateResponse(ResponseCode.SystemError, "recall failed, execute error");
        }

        var response = request.CreateResponse(ResponseCode.Success);
        response.ExtFields.Add("msgId", handle.MessageId);
        return response;
    }

    private Refusal? Check(RecallMessageRequestHeader header, out RecallHandle handle)
    {
        handle = null!;
        var options = configuration.Current;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (!options.RecallMessageEnable) return new(ResponseCode.NoPermission, "recall failed, operation is forbidden");
        if (options.IsSlave) return new(ResponseCode.SlaveNotAvailable, NotAvailable);
        if (now < options.StartAcceptSendRequestTimeStamp) return new(ResponseCode.ServiceNotAvailable, NotAvailable);
        if (!writer.AcceptsWrites(out var reason)) return new(ResponseCode.ServiceNotAvailable, $"{NotAvailable}: {reason}");
        if (topics.Find(header.Topic) is null) return new(ResponseCode.TopicNotExist, $"recall failed, the topic[{header.Topic}] not exist");
        if (!RecallHandle.TryParse(header.Handle, out var parsed)) return new(ResponseCode.IllegalOperation, "recall handle is invalid");
        handle = parsed;
        if (handle.Topic != header.Topic) return new(ResponseCode.IllegalOperation, "recall failed, topic not match");
        if (handle.BrokerName != address.BrokerName) return new(ResponseCode.IllegalOperation, NotAvailable);
        var left = handle.Timestamp - now;
        return left <= 0 || left >= options.TimerMaxDelay.TotalMilliseconds ? new(ResponseCode.IllegalOperation, "recall failed, timestamp invalid") : null;
    }

    private MessageRecord CreateRecord(RemotingConnection connection, RecallMessageRequestHeader header, RecallHandle handle)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var properties = new List<KeyValuePair<string, string>>
        {
            new(MessageProperties.TimerDeleteUniqKey, TimerProperties.DeleteKey(handle.Topic, handle.MessageId)),
            new(MessageProperties.UniqKey, handle.MessageId),
            new(MessageProperties.TimerDeliverMs, handle.Timestamp.ToString(CultureInfo.InvariantCulture)),
            new(MessageProperties.Tags, "_RECALL_TAG_"),
        };
        if (header.ProducerGroup is { Length: > 0 } group) properties.Add(new(MessageProperties.ProducerGroup, group));
        return new()
        {
            Topic = handle.Topic,
            BornTimestamp = now,
            BornHost = connection.RemoteEndPoint,
            StoreHost = address.Host,
            Body = "0"u8.ToArray(),
            Properties = MessageProperties.Encode(properties),
        };
    }
}
