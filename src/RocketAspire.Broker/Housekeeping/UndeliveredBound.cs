using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Keeps what a part of the broker has still to do with messages that it holds in queues of its own: delayed ones, say.</summary>
internal static class UndeliveredBound
{
    /// <summary>The lowest physical offset to which the queues lead from the progress on; <see cref="long.MaxValue"/> when all is done.</summary>
    /// <param name="store">The log.</param>
    /// <param name="topic">The internal topic.</param>
    /// <param name="progress">Of each queue the next message to be done.</param>
    public static long From(MessageStore store, string topic, IEnumerable<(int QueueId, long Offset)> progress)
    {
        var lowest = long.MaxValue;
        foreach (var (queueId, offset) in progress)
        {
            var (min, max) = store.QueueBounds(topic, queueId);
            if (offset >= max) continue;
            var physical = store.Retention.PhysicalOffsetOf(topic, queueId, Math.Max(offset, min));
            if (physical >= 0) lowest = Math.Min(lowest, physical);
        }

        return lowest;
    }
}
