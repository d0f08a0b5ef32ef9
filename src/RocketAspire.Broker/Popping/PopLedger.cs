using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Hands messages out and takes acknowledgements. Each change is in the log before it counts, so another leader, or this broker after a restart, knows the same.</summary>
/// <remarks>A group's offset follows what is done, not what was handed out: with the log's end lost, messages come twice, never not at all.</remarks>
internal sealed class PopLedger(ReviveLog log, MessageStore store, ConsumerOffsetTable offsets, BrokerAddress address, ILogger logger)
{
    private const int ReadCount = 1024;
    private const int ReadBytes = 1 << 20;

    private readonly PopState _state = new();

    public string ReviveTopic => log.Topic;

    /// <summary>Check points that are not done.</summary>
    public int Count => _state.Count;

    public PopQueue Queue(string topic, string group, int queueId) => _state.Queue(topic, group, queueId);

    public void Clear() => _state.Clear();

    /// <summary>Reads what the log says. Nobody else writes meanwhile.</summary>
    public void Load()
    {
        Clear();
        var read = 0;
        foreach (var (topic, queueId) in store.Queues)
        {
            if (topic == log.Topic) read += LoadQueue(queueId);
        }

        _state.SetCommitted(queue => offsets.Query(queue.Group, queue.Topic, queue.QueueId));
        if (read > 0) Log.PopStateRead(logger, read, Count);
    }

    /// <summary>Where the group goes on in the queue; null when it has no offset there yet. Takes a reset over. The queue's gate is held.</summary>
    public long? Position(PopQueue queue)
    {
        var committed = offsets.Query(queue.Group, queue.Topic, queue.QueueId);
        // Another one than ours: a reset, a consumer of the group that pulls, or (none at all) a topic or group that was deleted.
        if (queue.Committed is { } known && committed != known && TryReset(queue, committed)) return committed < 0 ? null : committed;
        queue.Committed ??= committed;
        var next = Math.Max(committed, queue.Next);
        return next < 0 ? null : next;
    }

    /// <summary>The group's first offset in the queue. The queue's gate is held.</summary>
    public void Begin(PopQueue queue, long offset)
    {
        offsets.Commit(queue.Group, queue.Topic, queue.QueueId, offset);
        queue.Committed = offset;
        _state.SetNext(queue, offset);
    }

    /// <summary>False when it could not be written down: then nobody has the messages. The queue's gate is held.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="start">Where the pop began.</param>
    /// <param name="messages">The messages' places, ascending.</param>
    /// <param name="popTime">Unix milliseconds.</param>
    /// <param name="invisibleTime">Milliseconds.</param>
    /// <param name="next">Where the next pop goes on.</param>
    public bool TryHandOut(PopQueue queue, long start, long[] messages, long popTime, long invisibleTime, long next) =>
        TryAdd(new CheckPointKey(queue.Topic, queue.Group, queue.QueueId, start, popTime), messages, invisibleTime, next);

    /// <summary>Nothing before that place suits the group. The queue's gate is held.</summary>
    public void Skip(PopQueue queue, long next) => _state.SetNext(queue, Math.Max(queue.Next, next));

    /// <summary>Messages are acknowledged, or stand in the retry topic now; those that nobody has are passed over. False when it could not be written down.</summary>
    public bool TryFinish(CheckPointKey key, IReadOnlyList<long> messages)
    {
        var left = _state.InvisibleOf(key, messages);
        if (left.Count == 0) return true;
        var reviveQueue = log.QueueOf(key.Topic, key.Group, key.QueueId);
        var written = log.Write(key, left, reviveQueue);
        if (!written.IsOk) return false;
        _state.Finish(key, left);
        _state.Wrote(reviveQueue, written.QueueOffset);
        return true;
    }

    /// <summary>One message stays invisible from now on for so many milliseconds. False when it could not be written down.</summary>
    public bool TryChange(CheckPointKey key, long message, long now, long invisibleTime) =>
        TryAdd(key with { StartOffset = message, PopTime = now }, [message], invisibleTime, next: -1) && TryFinish(key, [message]);

    /// <inheritdoc cref="PopState.TakeDue"/>
    public CheckPoint? TakeDue(long unixMs) => _state.TakeDue(unixMs);

    public void PutOff(CheckPoint checkPoint, long untilUnixMs) => _state.PutOff(checkPoint, untilUnixMs);

    public List<long> OffsetsLeft(CheckPoint checkPoint) => _state.OffsetsLeft(checkPoint);

    /// <summary>Tells the offset table how far groups are done, and from where on the revive log is still needed.</summary>
    public void CommitOffsets()
    {
        foreach (var (queue, done) in _state.TakeProgress(queue => offsets.Query(queue.Group, queue.Topic, queue.QueueId) == queue.Committed))
        {
            offsets.Commit(queue.Group, queue.Topic, queue.QueueId, done);
        }

        foreach (var (queueId, from, _) in _state.Needed())
        {
            if (from > offsets.Query(PopTopics.ReviveGroup, log.Topic, queueId)) offsets.Commit(PopTopics.ReviveGroup, log.Topic, queueId, from);
        }
    }

    /// <summary>Where the log begins that holds check points which are not done, in bytes; <see cref="long.MaxValue"/> when there are none.</summary>
    public long NeedsFrom() => UndeliveredBound.From(
        store, log.Topic, _state.Needed().Where(static queue => queue.IsNeeded).Select(static queue => (queue.QueueId, queue.From)));

    private bool TryReset(PopQueue queue, long offset)
    {
        // A check point without messages: whoever reads the log goes on at its beginning, wherever it was before.
        var reset = Body(new CheckPointKey(queue.Topic, queue.Group, queue.QueueId, offset, 0), [], 0);
        if (!log.Write(reset, log.QueueOf(queue.Topic, queue.Group, queue.QueueId)).IsOk) return false;
        foreach (var checkPoint in _state.Reset(queue, offset)) TryFinish(checkPoint.Key, OffsetsLeft(checkPoint));
        return true;
    }

    private bool TryAdd(CheckPointKey key, long[] messages, long invisibleTime, long next)
    {
        var reviveQueue = log.QueueOf(key.Topic, key.Group, key.QueueId);
        return _state.TryAdd(
            () => log.Write(Body(key, messages, invisibleTime), reviveQueue) is { IsOk: true } written
                ? new CheckPoint(key, messages, invisibleTime, reviveQueue, written.QueueOffset)
                : null,
            (before, _) => Math.Max(before, next));
    }

    private PopCheckPointBody Body(CheckPointKey key, long[] messages, long invisibleTime) => new()
    {
        Topic = key.Topic,
        Group = key.Group,
        QueueId = key.QueueId,
        StartOffset = key.StartOffset,
        Offsets = Array.ConvertAll(messages, message => (int)(message - key.StartOffset)),
        Count = messages.Length,
        PopTime = key.PopTime,
        InvisibleTime = invisibleTime,
        BrokerName = address.BrokerName,
    };

    private int LoadQueue(int queueId)
    {
        var (min, max) = store.QueueBounds(log.Topic, queueId);
        var at = Math.Max(min, offsets.Query(PopTopics.ReviveGroup, log.Topic, queueId));
        // The offset may be on disk and the end of the log lost: what is written there from now on must be read next time.
        if (at > max) offsets.Commit(PopTopics.ReviveGroup, log.Topic, queueId, max);
        var count = 0;
        while (at < max)
        {
            var read = store.ReadQueue(log.Topic, queueId, at, ReadCount, ReadBytes, null);
            foreach (var record in MessageRecordCodec.DecodeAll(read.Body))
            {
                Apply(record, queueId);
                count++;
            }

            if (read.NextBeginOffset <= at) break;
            at = read.NextBeginOffset;
        }

        return count;
    }

    private void Apply(MessageRecord record, int reviveQueue)
    {
        _state.Wrote(reviveQueue, record.QueueOffset);
        try
        {
            if (MessageProperties.Get(record.Properties.Span, MessageProperties.Tags) == PopCheckPointBody.Tag)
            {
                Apply(PopCheckPointBody.Decode(record.Body.Span), reviveQueue, record.QueueOffset);
                return;
            }

            var ack = PopAckBody.Decode(record.Body.Span);
            _state.Finish(new CheckPointKey(ack.Topic, ack.Group, ack.QueueId, ack.StartOffset, ack.PopTime), ack.AckOffsets);
        }
        catch (FastJsonException e)
        {
            Log.PopRecordUnreadable(logger, record.PhysicalOffset, e.Message);
        }
    }

    private void Apply(PopCheckPointBody body, int reviveQueue, long reviveOffset)
    {
        if (body.Count == 0)
        {
            _state.SetNext(_state.Queue(body.Topic, body.Group, body.QueueId), body.StartOffset);
            return;
        }

        var messages = body.Offsets.Count > 0 ? body.Offsets.Select(offset => body.StartOffset + offset) : Enumerable.Range(0, body.Count).Select(i => body.StartOffset + i);
        var key = new CheckPointKey(body.Topic, body.Group, body.QueueId, body.StartOffset, body.PopTime);
        _state.Restore(new CheckPoint(key, [.. messages.Order()], body.InvisibleTime, reviveQueue, reviveOffset));
    }
}
