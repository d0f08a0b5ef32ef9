using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Filtering;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Processors;

/// <summary>PULL_MESSAGE (11) and LITE_PULL_MESSAGE (361): messages of one queue from an offset on; a pull that finds none may be held until one comes.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/PullMessageProcessor.java</remarks>
public sealed class PullMessageProcessor(
    int code, PullCheck check, FilterFactory filters, PullReader reader, PullHoldTable holds, MessageStore store, ConsumerOffsetTable offsets,
    BrokerConfiguration configuration, BrokerCounters counters, TimeProvider time, ILogger logger)
    : IRequestProcessor
{
    public int Code => code;

    public ValueTask<RemotingCommand?> ProcessAsync(RemotingConnection connection, RemotingCommand request, CancellationToken cancellationToken) =>
        RequestHeader.TryRead<PullMessageRequestHeader>(request.ExtFields, out var header, out var problem)
            ? ValueTask.FromResult(Pull(connection, request, header, null))
            : ValueTask.FromResult<RemotingCommand?>(request.CreateResponse(ResponseCode.SystemError, problem));

    /// <summary>Answers a pull that was held, with whatever is found; only when its expression wants nothing of what came, it goes on waiting behind that.</summary>
    public void AnswerHeld(HeldPull held)
    {
        if (!held.Connection.IsOpen) return;
        RemotingCommand? response;
        try
        {
            response = Pull(held.Connection, held.Request, held.Header, held);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            response = held.Request.CreateResponse(ResponseCode.SystemError, e.Message);
        }

        if (response is not null) held.Connection.Respond(response);
    }

    /// <param name="connection">Who asks.</param>
    /// <param name="request">What it asked.</param>
    /// <param name="header">Its header, moved on by what a held pull has seen already.</param>
    /// <param name="held">Null the first time.</param>
    private RemotingCommand? Pull(RemotingConnection connection, RemotingCommand request, PullMessageRequestHeader header, HeldPull? held)
    {
        if (check.Check(connection, header, out var group, out var subscription) is { } refusal) return request.CreateResponse(refusal.Code, refusal.Remark);
        var filter = filters.For(header.ConsumerGroup, subscription);
        var began = time.GetTimestamp();
        var result = reader.Read(header, group, filter);
        counters.GetTook(time.GetElapsedTime(began));
        counters.Got(header.ConsumerGroup, header.Topic, result.Count, result.Body.Length);
        if (held is null) CommitOffset(header);
        if (result.Code == ResponseCode.PullNotFound && held is null && header.Has(PullSysFlag.Suspend))
        {
            return Hold(new HeldPull(connection, request, header, filter, ExpiryOf(header)));
        }

        if (result.NothingMatched && filter is { ReadsRecords: true } && held is not null && !holds.IsExpired(held))
        {
            return Hold(held with { Filter = filter, Header = header with { QueueOffset = result.Header.NextBeginOffset } });
        }

        if (result.Code == ResponseCode.PullOffsetMoved)
        {
            Log.OffsetMoved(logger, header.ConsumerGroup, header.Topic, header.QueueId, header.QueueOffset, result.Header.NextBeginOffset);
        }

        var response = request.CreateResponse(result.Code, result.Remark, result.Body);
        result.Header.AddTo(response.ExtFields);
        return response;
    }

    private RemotingCommand? Hold(HeldPull held)
    {
        var capacity = configuration.Current.PullQueueCapacity;
        if (!holds.TryHold(held, capacity)) return held.Request.CreateResponse(ResponseCode.SystemBusy, $"broker busy: {capacity} pulls wait already");

        // A message may have come between the look and the hold; its arrival woke nobody.
        if (store.QueueBounds(held.Header.Topic, held.Header.QueueId).Max > held.Header.QueueOffset) holds.WakeNow(held);
        return null;
    }

    private long ExpiryOf(PullMessageRequestHeader header)
    {
        var options = configuration.Current;
        return holds.ExpiryAfter(options.LongPollingEnable ? TimeSpan.FromMilliseconds(Math.Max(0, header.SuspendTimeoutMillis)) : options.ShortPollingTime);
    }

    private void CommitOffset(PullMessageRequestHeader header)
    {
        if (!header.Has(PullSysFlag.CommitOffset) || header.CommitOffset < 0 || configuration.IsSlave) return;
        offsets.Commit(header.ConsumerGroup, header.Topic, header.QueueId, header.CommitOffset);
    }
}
