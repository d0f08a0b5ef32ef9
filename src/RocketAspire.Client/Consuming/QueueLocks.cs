using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>The brokers' locks of orderly queues: taken before a queue is, renewed every 20 s, believed for 30 s (they live 60 s at the broker).</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/impl/consumer/RebalanceImpl.java</remarks>
internal sealed class QueueLocks(GroupCalls calls, TimeProvider time, ILogger logger)
{
    public static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(30);

    public bool IsHeld(ConsumerQueue queue) => queue.LockedAt != 0 && time.GetElapsedTime(queue.LockedAt) < Believed;

    /// <summary>Sets <see cref="ConsumerQueue.LockedAt"/> of those that were got. Those of brokers that answered and are not among them are answered with.</summary>
    public async ValueTask<List<ConsumerQueue>> TryLockAsync(IReadOnlyCollection<ConsumerQueue> queues, CancellationToken cancellationToken)
    {
        var refused = new List<ConsumerQueue>();
        foreach (var broker in queues.GroupBy(static queue => queue.Queue.BrokerName))
        {
            try
            {
                var asked = time.GetTimestamp();
                var locked = await calls.LockAsync(broker.Key, [.. broker.Select(static queue => queue.Queue)], cancellationToken).ConfigureAwait(false);
                foreach (var queue in broker)
                {
                    if (locked.Contains(queue.Queue)) queue.LockedAt = asked;
                    else refused.Add(queue);
                }
            }
            catch (Exception e) when (Failures.IsCluster(e))
            {
                // Whether it is still ours isn't known: what is held runs out by itself.
                Log.NotLocked(logger, broker.Key, e.Message);
            }
        }

        return refused;
    }

    /// <summary>Never throws: a lock that can't be given back runs out.</summary>
    public async Task UnlockAsync(IReadOnlyCollection<ConsumerQueue> queues)
    {
        foreach (var broker in queues.GroupBy(static queue => queue.Queue.BrokerName))
        {
            foreach (var queue in broker) queue.LockedAt = 0;
            try
            {
                await calls.UnlockAsync(broker.Key, [.. broker.Select(static queue => queue.Queue)], CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (Failures.IsCluster(e) || e is ObjectDisposedException)
            {
                Log.NotLocked(logger, broker.Key, e.Message);
            }
        }
    }
}
