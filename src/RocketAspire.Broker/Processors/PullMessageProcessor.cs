using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>PULL_MESSAGE (11) and LITE_PULL_MESSAGE (361): messages of one queue from an offset on; a pull that finds none may be held until one comes.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/PullMessageProcessor.java</remarks>
public sealed class PullMessageProcessor(
    int code, PullCheck check, PullReader reader, PullHoldTable holds, MessageStore store, ConsumerOffsetTable offsets,
    BrokerConfiguration configuration, BrokerCounters counters, ILogger logger)
    : IRequestProcessor
{
    public int Code => code;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Pull(connection, request, mayHold: true));

    /// <summary>Answers a pull that was held; this time whatever is found is the answer.</summary>
    public void AnswerHeld(HeldPull held)
    {
        if (!held.Connection.IsOpen) return;
        RemotingCommand? response;
        try
        {
            response = Pull(held.Connection, held.Request, mayHold: false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            response = held.Request.CreateResponse(ResponseCode.SystemError, e.Message);
        }

        if (response is not null) held.Connection.Respond(response);
    }

    private RemotingCommand? Pull(RemotingConnection connection, RemotingCommand request, bool mayHold)
    {
        if (!RequestHeader.TryRead<PullMessageRequestHeader>(request.ExtFields, out var header, out var problem))
        {
            return request.CreateResponse(ResponseCode.SystemError, problem);
        }

        if (check.Check(connection, header, out var group, out var subscription) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        var filter = TagFilter.For(subscription);
        var result = reader.Read(header, group, filter);
        counters.Got(result.Count);
        if (mayHold) CommitOffset(header);
        if (result.Code == ResponseCode.PullNotFound && mayHold && header.Has(PullSysFlag.Suspend))
        {
            return Hold(connection, request, header, filter);
        }

        if (result.Code == ResponseCode.PullOffsetMoved)
        {
            Log.OffsetMoved(logger, header.ConsumerGroup, header.Topic, header.QueueId, header.QueueOffset, result.Header.NextBeginOffset);
        }

        var response = request.CreateResponse(result.Code, result.Remark, result.Body);
        result.Header.AddTo(response.ExtFields);
        return response;
    }

    private RemotingCommand? Hold(RemotingConnection connection, RemotingCommand request, PullMessageRequestHeader header, IQueueFilter? filter)
    {
        var options = configuration.Current;
        var wait = options.LongPollingEnable ? TimeSpan.FromMilliseconds(Math.Max(0, header.SuspendTimeoutMillis)) : options.ShortPollingTime;
        var held = new HeldPull(connection, request, header, filter, holds.ExpiryAfter(wait));
        if (!holds.TryHold(held, options.PullQueueCapacity))
        {
            return request.CreateResponse(ResponseCode.SystemBusy, $"broker busy: {options.PullQueueCapacity} pulls wait already");
        }

        // A message may have come between the look and the hold; its arrival woke nobody.
        if (store.QueueBounds(header.Topic, header.QueueId).Max > header.QueueOffset) holds.WakeNow(held);
        return null;
    }

    private void CommitOffset(PullMessageRequestHeader header)
    {
        if (!header.Has(PullSysFlag.CommitOffset) || header.CommitOffset < 0 || configuration.Current.IsSlave) return;
        offsets.Commit(header.ConsumerGroup, header.Topic, header.QueueId, header.CommitOffset);
    }
}
