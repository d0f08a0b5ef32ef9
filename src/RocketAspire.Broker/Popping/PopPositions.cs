using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Where a group goes on in a queue, and where a new group begins.</summary>
internal sealed class PopPositions(PopLedger ledger, ConsumerOffsetTable offsets, MessageStore store, BrokerConfiguration configuration)
{
    private readonly long _memoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Of a pop; begins there for good when the group is new. The queue's gate is held.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="initMode">0 at the first message, 1 at the last.</param>
    public long OfPop(PopQueue queue, int initMode)
    {
        if (ledger.Position(queue) is { } known) return known;
        var begin = Initial(queue.Topic, queue.QueueId, initMode);
        ledger.Begin(queue, begin);
        return begin;
    }

    /// <summary>Of an ordered pop, which goes by the group's offset alone.</summary>
    public long OfOrder(string group, string topic, int queueId, int initMode)
    {
        var committed = offsets.Query(group, topic, queueId);
        if (committed >= 0) return committed;
        var begin = Initial(topic, queueId, initMode);
        Commit(group, topic, queueId, begin);
        return begin;
    }

    /// <summary>Of one who only looks: nothing is noted.</summary>
    public long Peek(string group, string topic, int queueId)
    {
        var queue = ledger.Queue(topic, group, queueId);
        lock (queue.Gate) return ledger.Position(queue) ?? store.QueueBounds(topic, queueId).Min;
    }

    public void Commit(string group, string topic, int queueId, long offset) => offsets.Commit(group, topic, queueId, offset);

    private long Initial(string topic, int queueId, int initMode)
    {
        var (min, max) = store.QueueBounds(topic, queueId);
        if (initMode == 0 || PopTopics.IsRetry(topic)) return min;
        if (configuration.Current.Pop.InitPopOffsetByCheckMsgInMem && min <= 0 && IsRecent(topic, queueId)) return 0;
        // The last message is handed out too, so that the group's offset is a true one.
        return Math.Max(0, max - 1);
    }

    private bool IsRecent(string topic, int queueId)
    {
        var first = store.Retention.PhysicalOffsetOf(topic, queueId, 0);
        return first >= 0 && store.ConfirmOffset - first < _memoryBytes / 100 * configuration.Current.AccessMessageInMemoryMaxRatio;
    }
}
