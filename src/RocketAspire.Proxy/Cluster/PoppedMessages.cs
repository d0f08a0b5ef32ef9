using System.Globalization;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Proxy.V2;
using RocketAspire.Remoting;

namespace RocketAspire.Proxy;

/// <summary>Gives popped messages back to their broker: done with, invisible for longer or shorter, or given up.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.3/proxy/src/main/java/org/apache/rocketmq/proxy/processor/ConsumerProcessor.java</remarks>
internal sealed class PoppedMessages(ClusterView cluster, ProxyOptions options)
{
    private const int ToDeadLetters = -1;

    // Clients wait three seconds for an answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>How a handle is answered that can't be read. Apache: INTERNAL_SERVER_ERROR, over which push consumers try for ever.</summary>
    public static Status NoHandle => Statuses.Of(Code.InvalidReceiptHandle, "receipt handle is illegal");

    public async Task<Status> AcknowledgeAsync(string group, string topic, ReceiptHandle handle, CancellationToken cancellationToken)
    {
        if (handle.IsExpired(options.Time)) return Expired;
        var header = new AckMessageRequestHeader
        {
            ConsumerGroup = group,
            Topic = handle.RealTopic(topic, group),
            QueueId = handle.Receipt.QueueId,
            ExtraInfo = handle.ToString(),
            Offset = handle.Receipt.QueueOffset,
        };
        if (await AskAsync(handle, RequestCode.AckMessage, header.ToExtFields(), isRepeatable: true, cancellationToken).ConfigureAwait(false) is not { } answer) return NoBroker(handle);
        return answer.Code == ResponseCode.Success ? Statuses.Ok : Statuses.Of(Code.InternalServerError, "ack failed: status is abnormal");
    }

    /// <returns>The new handle when the status is OK.</returns>
    public async Task<(Status Status, ReceiptHandle? Handle)> ChangeAsync(string group, string topic, ReceiptHandle handle, long invisibleMs, CancellationToken cancellationToken)
    {
        if (handle.IsExpired(options.Time)) return (Expired, null);
        var header = new ChangeInvisibleTimeRequestHeader
        {
            ConsumerGroup = group,
            Topic = handle.RealTopic(topic, group),
            QueueId = handle.Receipt.QueueId,
            ExtraInfo = handle.ToString(),
            Offset = handle.Receipt.QueueOffset,
            InvisibleTime = invisibleMs,
        };
        if (await AskAsync(handle, RequestCode.ChangeMessageInvisibletime, header.ToExtFields(), isRepeatable: false, cancellationToken).ConfigureAwait(false) is not { } answer) return (NoBroker(handle), null);
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
        var header = new ConsumerSendMsgBackRequestHeader
        {
            Offset = handle.CommitLogOffset,
            Group = group,
            DelayLevel = ToDeadLetters,
            OriginMsgId = messageId,
            OriginTopic = handle.RealTopic(topic, group),
            MaxReconsumeTimes = 0,
        };
        if (await AskAsync(handle, RequestCode.ConsumerSendMsgBack, header.ToExtFields(), isRepeatable: false, cancellationToken).ConfigureAwait(false) is not { } answer) return NoBroker(handle);
        if (answer.Code != ResponseCode.Success) return Statuses.Of(answer.Code, answer.Remark);
        await AcknowledgeAsync(group, topic, handle, cancellationToken).ConfigureAwait(false);
        return Statuses.Of(answer.Code, answer.Remark ?? answer.Code.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Asks the handle's master; one that just died is asked again where it goes on. Null: there is none.</summary>
    private async Task<RemotingCommand?> AskAsync(ReceiptHandle handle, int code, ExtFields fields, bool isRepeatable, CancellationToken cancellationToken)
    {
        var started = options.Time.GetTimestamp();
        while (true)
        {
            if (await cluster.MasterSoonAsync(handle.Receipt.BrokerName, Patience, cancellationToken).ConfigureAwait(false) is not { } broker) return null;
            try
            {
                return await cluster.AskAsync(broker, RemotingCommand.CreateRequest(code, fields), options.SendTimeout, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RemotingConnectException || (e is RemotingSendException && isRepeatable))
            {
                await cluster.LookAgainAsync(cancellationToken).ConfigureAwait(false);
                if (options.Time.GetElapsedTime(started) > Patience) throw;
                await Task.Delay(Pause, options.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static Status Expired => Statuses.Of(Code.InvalidReceiptHandle, "receipt handle is expired");

    private static Status NoBroker(ReceiptHandle handle) => Statuses.Of(Code.InvalidReceiptHandle, "cannot find broker " + handle.Receipt.BrokerName);
}
