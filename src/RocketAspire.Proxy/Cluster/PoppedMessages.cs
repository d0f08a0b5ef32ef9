using System.Globalization;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;

namespace RocketAspire.Proxy;

/// <summary>Gives popped messages back to their broker: done with, invisible for longer or shorter, or given up.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/processor/ConsumerProcessor.java</remarks>
internal sealed class PoppedMessages(ClusterView cluster, ProxyOptions options)
{
    private const int ToDeadLetters = -1;

    /// <summary>How a handle is answered that can't be read. Apache: INTERNAL_SERVER_ERROR, over which push consumers try for ever.</summary>
    public static Status NoHandle => Statuses.Of(Code.InvalidReceiptHandle, "receipt handle is illegal");

    public async Task<Status> AcknowledgeAsync(string group, string topic, ReceiptHandle handle, CancellationToken cancellationToken)
    {
        var (wrong, broker) = await FindBrokerAsync(handle, cancellationToken).ConfigureAwait(false);
        if (wrong is not null) return wrong;
        var header = new AckMessageRequestHeader
        {
            ConsumerGroup = group,
            Topic = handle.RealTopic(topic, group),
            QueueId = handle.Receipt.QueueId,
            ExtraInfo = handle.ToString(),
            Offset = handle.Receipt.QueueOffset,
        };
        var answer = await AskAsync(broker, RequestCode.AckMessage, header.ToExtFields(), cancellationToken).ConfigureAwait(false);
        return answer.Code == ResponseCode.Success ? Statuses.Ok : Statuses.Of(Code.InternalServerError, "ack failed: status is abnormal");
    }

    /// <returns>The new handle when the status is OK.</returns>
    public async Task<(Status Status, ReceiptHandle? Handle)> ChangeAsync(string group, string topic, ReceiptHandle handle, long invisibleMs, CancellationToken cancellationToken)
    {
        var (wrong, broker) = await FindBrokerAsync(handle, cancellationToken).ConfigureAwait(false);
        if (wrong is not null) return (wrong, null);
        var header = new ChangeInvisibleTimeRequestHeader
        {
            ConsumerGroup = group,
            Topic = handle.RealTopic(topic, group),
            QueueId = handle.Receipt.QueueId,
            ExtraInfo = handle.ToString(),
            Offset = handle.Receipt.QueueOffset,
            InvisibleTime = invisibleMs,
        };
        var answer = await AskAsync(broker, RequestCode.ChangeMessageInvisibletime, header.ToExtFields(), cancellationToken).ConfigureAwait(false);
        if (answer.Code != ResponseCode.Success || !RequestHeader.TryRead<ChangeInvisibleTimeResponseHeader>(answer.ExtFields, out var changed, out _))
            return (Statuses.Of(Code.InternalServerError, "changeInvisibleDuration failed: status is abnormal"), null);
        // The message has a check point of its own now, which begins with it.
        var receipt = handle.Receipt with { StartOffset = handle.Receipt.QueueOffset, PopTime = changed.PopTime, InvisibleTime = changed.InvisibleTime, ReviveQid = changed.ReviveQid };
        return (Statuses.Ok, handle with { Receipt = receipt });
    }

    /// <summary>To the group's dead letters, and acknowledged where that worked.</summary>
    public async Task<Status> GiveUpAsync(string group, string topic, ReceiptHandle handle, string messageId, CancellationToken cancellationToken)
    {
        if (handle.CommitLogOffset < 0) return Statuses.Of(Code.InvalidReceiptHandle, "commit log offset is empty");
        if (await cluster.MasterAsync(handle.Receipt.BrokerName, cancellationToken).ConfigureAwait(false) is not { } broker) return NoBroker(handle);
        var header = new ConsumerSendMsgBackRequestHeader
        {
            Offset = handle.CommitLogOffset,
            Group = group,
            DelayLevel = ToDeadLetters,
            OriginMsgId = messageId,
            OriginTopic = handle.RealTopic(topic, group),
            MaxReconsumeTimes = 0,
        };
        var answer = await AskAsync(broker, RequestCode.ConsumerSendMsgBack, header.ToExtFields(), cancellationToken).ConfigureAwait(false);
        if (answer.Code != ResponseCode.Success) return Statuses.Of(answer.Code, answer.Remark);
        await AcknowledgeAsync(group, topic, handle, cancellationToken).ConfigureAwait(false);
        return Statuses.Of(answer.Code, answer.Remark ?? answer.Code.ToString(CultureInfo.InvariantCulture));
    }

    private async Task<(Status? Wrong, string Broker)> FindBrokerAsync(ReceiptHandle handle, CancellationToken cancellationToken)
    {
        if (handle.IsExpired(options.Time)) return (Statuses.Of(Code.InvalidReceiptHandle, "receipt handle is expired"), "");
        return await cluster.MasterAsync(handle.Receipt.BrokerName, cancellationToken).ConfigureAwait(false) is { } broker ? (null, broker) : (NoBroker(handle), "");
    }

    private async Task<RemotingCommand> AskAsync(string broker, int code, ExtFields fields, CancellationToken cancellationToken)
    {
        try
        {
            return await cluster.AskAsync(broker, RemotingCommand.CreateRequest(code, fields), options.SendTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (RocketAspire.Remoting.RemotingConnectException)
        {
            await cluster.LookAgainAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private static Status NoBroker(ReceiptHandle handle) => Statuses.Of(Code.InvalidReceiptHandle, "cannot find broker " + handle.Receipt.BrokerName);
}
