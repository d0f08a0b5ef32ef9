using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Headers;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Client;

/// <summary>How much a queue may hold, and how its messages are asked for. Progress is noted unasked unless the application commits it, and goes along with pulls unless it is kept here.</summary>
internal sealed record FetchSettings(
    string Group, string? Namespace, int BatchSize, int MaxCount, long MaxBytes, int MaxSpan, TimeSpan PollTimeout, bool NotesProgress, bool CommitsByPull, ConsumeFromWhere From, DateTimeOffset FromTime);

/// <summary>Fetches one queue's messages until the queue is dropped: waits for room, pulls (the broker holds the pull while there is nothing), and goes on after any failure.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/impl/consumer/DefaultMQPushConsumerImpl.java</remarks>
internal sealed class QueueFetcher(
    RocketMQClient client, FetchSettings settings, SubscriptionData subscription, IOffsetStore offsets, GroupCalls calls, ConsumerQueue queue, Func<ConsumerQueue, bool> mayFetch, Action<ConsumerQueue> arrived,
    ConsumerCounters counters, ILogger logger)
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WhileResting = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WhileSentAway = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AvoidFirst = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AvoidLongest = TimeSpan.FromSeconds(30);

    private readonly MessageQueue _queue = queue.Queue;
    private readonly HashSet<string>? _tags = subscription is { IsTagType: true, Tags.Count: > 0 } ? [.. subscription.Tags] : null;

    // Which node is read from, and which one was found dead, since when, and for how long it is avoided: longer each time, since
    // a DLedger group's next leader may answer at the same address a moment later.
    private long _brokerId = BrokerData.MasterId;
    private string _reading = "";
    private string? _dead;
    private long _deadAt;
    private TimeSpan _avoid = AvoidFirst;

    public async Task RunAsync()
    {
        var stop = queue.Fetching.Token;
        while (!queue.IsDropped)
        {
            try
            {
                if (!mayFetch(queue) || queue.IsPaused)
                {
                    await Task.Delay(WhileResting, client.Time, stop).ConfigureAwait(false);
                    continue;
                }

                if (queue.NextOffset < 0) await BeginAsync(stop).ConfigureAwait(false);
                await queue.WaitForRoomAsync(settings.MaxCount, settings.MaxBytes, settings.MaxSpan).ConfigureAwait(false);
                if (!queue.IsDropped) await PullAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (queue.IsDropped)
            {
                return;
            }
            catch (Exception e) when (Failures.IsCluster(e))
            {
                if (!await RecoverAsync(e, stop).ConfigureAwait(false)) return;
            }
            catch (Exception e) when (!queue.IsDropped)
            {
                Log.FetchFailed(logger, _queue, e.Message);
                await Task.Delay(AfterFailure, client.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Where the group goes on; in a queue that it doesn't know yet, where it wants to begin.</summary>
    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        var offset = await offsets.LoadAsync(_queue, cancellationToken).ConfigureAwait(false);
        var known = offset >= 0;
        if (!known)
        {
            var isRetry = _queue.Topic.StartsWith(TopicNames.RetryPrefix, StringComparison.Ordinal);
            offset = settings.From switch
            {
                // What failed before is never passed over.
                _ when isRetry => 0,
                ConsumeFromWhere.FirstOffset => await calls.MinOffsetAsync(_queue, cancellationToken).ConfigureAwait(false),
                ConsumeFromWhere.Timestamp => await calls.SearchOffsetAsync(_queue, settings.FromTime, cancellationToken).ConfigureAwait(false),
                _ => await calls.MaxOffsetAsync(_queue, cancellationToken).ConfigureAwait(false),
            };
        }

        // Somebody may have moved it elsewhere meanwhile.
        if (queue.NextOffset >= 0) return;
        queue.MoveTo(offset);
        // Whoever stops before anything has come goes on here, not at what is the end by then.
        if (!known && settings.NotesProgress) queue.Finish([], offsets);
    }

    private async ValueTask PullAsync(CancellationToken cancellationToken)
    {
        if (_dead is not null && client.Time.GetElapsedTime(_deadAt) > _avoid) _dead = null;
        if (client.Routes.ReaderOf(_queue.BrokerName, _brokerId, _dead) is not { } node)
            throw new RocketMQResponseException(_queue.BrokerName, RequestCode.PullMessage, ResponseCode.BrokerNotExist, "no route names a node of this group");
        _reading = node.Address;
        queue.LastPullMs = client.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var asked = queue.NextOffset;
        var started = client.Time.GetTimestamp();
        var answer = await client.Connection.AskAsync(node.Address, Request(asked, node.BrokerId), cancellationToken, settings.PollTimeout + client.Connection.Options.RequestTimeout).ConfigureAwait(false);
        var result = MessagePuller.Read(node.Address, answer);
        _brokerId = result.SuggestedBrokerId;
        if (_dead is null) _avoid = AvoidFirst;
        queue.BrokerEnd = result.MaxOffset;
        if (result.Status == PullStatus.NoMatchedMessage && result.NextBeginOffset == asked && result.SuggestedBrokerId != node.BrokerId) await FollowAsync(cancellationToken).ConfigureAwait(false);
        else if (result.Status == PullStatus.OffsetIllegal) await CorrectAsync(asked, result, cancellationToken).ConfigureAwait(false);
        else Take(asked, result, client.Time.GetElapsedTime(started));
    }

    private RemotingCommand Request(long offset, long brokerId)
    {
        // Progress goes along for free; a slave would keep it for itself.
        var progress = settings.CommitsByPull && brokerId == BrokerData.MasterId ? offsets.Noted(_queue) : -1;
        var header = new PullMessageRequestHeader
        {
            ConsumerGroup = settings.Group,
            Topic = _queue.Topic,
            QueueId = _queue.QueueId,
            QueueOffset = offset,
            MaxMsgNums = settings.BatchSize,
            // Tags go along, so that a broker that forgot its clients can answer; an SQL expression was compiled from the heartbeat.
            SysFlag = PullSysFlag.Suspend | (progress > 0 ? PullSysFlag.CommitOffset : 0) | (subscription.IsTagType ? PullSysFlag.Subscription : 0),
            CommitOffset = Math.Max(0, progress),
            SuspendTimeoutMillis = (long)settings.PollTimeout.TotalMilliseconds,
            Subscription = subscription.IsTagType ? subscription.SubString : null,
            SubVersion = subscription.SubVersion,
            ExpressionType = subscription.ExpressionType,
        };
        return new RemotingCommand { Code = RequestCode.PullMessage, ExtFields = header.ToExtFields(), SerializeType = client.Connection.Options.SerializeType };
    }

    private void Take(long asked, PullResult result, TimeSpan took)
    {
        var messages = new List<RocketMQReceivedMessage>(result.Messages.Count);
        foreach (var record in result.Messages)
        {
            var message = new RocketMQReceivedMessage(record, _queue.BrokerName, settings.Namespace);
            // The broker compares hash codes only.
            if (_tags is null || (message.Tag is { } tag && _tags.Contains(tag))) messages.Add(message);
        }

        if (!queue.Put(asked, messages, result.NextBeginOffset)) return;
        // A pull that found nothing says how long its broker held it, not how long a pull takes.
        if (result.Messages.Count > 0) counters.Pulled(_queue.Topic, messages.Count, took);
        if (messages.Count > 0) arrived(queue);
        else if (settings.NotesProgress) queue.Finish([], offsets);
    }

    /// <summary>A node that gives nothing itself names another one, and the route may not: a DLedger group's followers do so while there is no leader, or a new one that the route doesn't know yet.</summary>
    private async ValueTask FollowAsync(CancellationToken cancellationToken)
    {
        await client.Routes.RefreshAsync(_queue.Topic, cancellationToken).ConfigureAwait(false);
        if (client.Routes.ReaderOf(_queue.BrokerName, _brokerId, _dead)?.Address == _reading) await Task.Delay(WhileSentAway, client.Time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The offset is outside the queue: old messages are gone, or the queue was made anew.</summary>
    private async ValueTask CorrectAsync(long asked, PullResult result, CancellationToken cancellationToken)
    {
        Log.OffsetCorrected(logger, _queue, asked, result.NextBeginOffset, result.MinOffset, result.MaxOffset);
        if (result.NextBeginOffset == asked)
        {
            await Task.Delay(AfterFailure, client.Time, cancellationToken).ConfigureAwait(false);
            return;
        }

        queue.MoveTo(result.NextBeginOffset);
        queue.Finish([], offsets);
        await offsets.PersistAsync([_queue], cancellationToken).ConfigureAwait(false);
    }

    private void Avoid(string address)
    {
        (_dead, _deadAt) = (address, client.Time.GetTimestamp());
        _avoid = _avoid * 2 < AvoidLongest ? _avoid * 2 : AvoidLongest;
    }

    /// <summary>False: the queue was dropped.</summary>
    private async ValueTask<bool> RecoverAsync(Exception failure, CancellationToken stop)
    {
        try
        {
            Log.FetchFailed(logger, _queue, failure.Message);
            var first = _dead is null;
            if (Failures.IsTransport(failure)) Avoid(_reading);
            if (failure is RocketMQResponseException { Code: ResponseCode.SubscriptionNotExist or ResponseCode.SubscriptionNotLatest or ResponseCode.FilterDataNotExist or ResponseCode.FilterDataNotLatest })
                client.Heartbeats.BeatSoon();
            await client.Routes.RefreshAsync(_queue.Topic, stop).ConfigureAwait(false);
            // Another node of the group is tried without a pause, once.
            if (first && _dead is { } dead && client.Routes.ReaderOf(_queue.BrokerName, _brokerId, _dead) is { } other && other.Address != dead) return true;
            await Task.Delay(AfterFailure, client.Time, stop).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (queue.IsDropped)
        {
            return false;
        }
        catch (RocketMQException)
        {
            // No name server answers either.
            await Task.Delay(AfterFailure, client.Time, CancellationToken.None).ConfigureAwait(false);
            return !queue.IsDropped;
        }
    }
}
