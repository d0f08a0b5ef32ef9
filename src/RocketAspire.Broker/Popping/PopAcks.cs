using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Takes acknowledgements of popped messages, ordered ones and others.</summary>
internal sealed class PopAcks(PopLedger ledger, OrderInfoTable orders, PopHoldTable holds, ConsumerOffsetTable offsets, MessageStore store, TimeProvider time)
{
    /// <summary>Null when it counts (or came too late to count, which consumers are not told), else the refusal.</summary>
    public Refusal? Acknowledge(CheckPointKey key, int reviveQid, IReadOnlyList<long> messages)
    {
        if (reviveQid != PopReceipt.OrderReviveQid)
        {
            return ledger.TryFinish(key, messages) ? null : new(ResponseCode.SystemError, "the acknowledgement could not be written down");
        }

        Refusal? refusal = null;
        foreach (var message in messages) refusal ??= AcknowledgeOrdered(key, message);
        return refusal;
    }

    /// <summary>Null when the message stays invisible for the new time, else the refusal.</summary>
    /// <param name="receipt">The message's receipt.</param>
    /// <param name="key">Its check point.</param>
    /// <param name="message">Its place.</param>
    /// <param name="invisibleTime">Milliseconds from now.</param>
    /// <param name="popTime">Of the new receipt.</param>
    /// <param name="newInvisibleTime">Of the new receipt, from that pop time on.</param>
    public Refusal? Change(PopReceipt receipt, CheckPointKey key, long message, long invisibleTime, out long popTime, out long newInvisibleTime)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        // Within the pop's own millisecond, old and new receipt would be the same.
        if (!receipt.IsOrder) now = Math.Max(now, receipt.PopTime + 1);
        (popTime, newInvisibleTime) = (now, invisibleTime);
        if (!receipt.IsOrder) return ledger.TryChange(key, message, now, invisibleTime) ? null : new(ResponseCode.SystemError, "the new check point could not be written down");
        var queue = ledger.Queue(key.Topic, key.Group, key.QueueId);
        lock (queue.Gate)
        {
            if (message >= offsets.Query(key.Group, key.Topic, key.QueueId)) orders.SetNextVisible(key.Topic, key.Group, key.QueueId, message, receipt.PopTime, now + invisibleTime);
        }

        (popTime, newInvisibleTime) = (receipt.PopTime, now + invisibleTime - receipt.PopTime);
        return null;
    }

    /// <summary>Whether the queue holds that place.</summary>
    public bool IsThere(string topic, int queueId, long message)
    {
        var (min, max) = store.QueueBounds(topic, queueId);
        return message >= min && message <= max;
    }

    private Refusal? AcknowledgeOrdered(CheckPointKey key, long message)
    {
        var queue = ledger.Queue(key.Topic, key.Group, key.QueueId);
        lock (queue.Gate)
        {
            var committed = offsets.Query(key.Group, key.Topic, key.QueueId);
            if (message < committed) return null;
            switch (orders.Acknowledge(key.Topic, key.Group, key.QueueId, message, key.PopTime, out var next))
            {
                case OrderAck.Unknown:
                    return new(ResponseCode.MessageIllegal, $"offset is illegal, key:{key.Topic}@{key.Group}@{key.QueueId}, old:{committed}, commit:{message}, next:-1");
                case OrderAck.Commit:
                    offsets.Commit(key.Group, key.Topic, key.QueueId, next);
                    break;
            }
        }

        if (!orders.Blocks(null, key.Topic, key.Group, key.QueueId, time.GetUtcNow().ToUnixTimeMilliseconds())) holds.Notify(key.Topic, key.Group, key.QueueId);
        return null;
    }
}
