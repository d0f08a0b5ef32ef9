using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>Which client of a group consumes a queue in order. A lock that isn't renewed within 60 s may be taken by another client.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/client/rebalance/RebalanceLockManager.java</remarks>
public sealed class QueueLockTable(TimeProvider time)
{
    /// <summary>How long a lock holds without renewal.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private Func<bool> _mayGrant = static () => true;
    private readonly Dictionary<string, Dictionary<MessageQueue, Holder>> _groups = new(StringComparer.Ordinal);

    /// <summary>Whether locks may be granted or renewed at this moment: in a DLedger group only by its leader, and not right after it took over.</summary>
    public void GrantOnlyWhile(Func<bool> mayGrant) => _mayGrant = mayGrant;

    /// <summary>Forgets all locks: this node leads no more.</summary>
    public void Clear()
    {
        lock (_gate) _groups.Clear();
    }

    /// <summary>Those of the queues that the client holds now.</summary>
    public List<MessageQueue> TryLock(string group, string clientId, IEnumerable<MessageQueue> queues)
    {
        var now = time.GetTimestamp();
        var held = new List<MessageQueue>();
        lock (_gate)
        {
            if (!_mayGrant()) return held;
            if (!_groups.TryGetValue(group, out var locks)) _groups[group] = locks = [];
            foreach (var queue in queues)
            {
                var free = !locks.TryGetValue(queue, out var holder)
                    || holder.ClientId == clientId
                    || time.GetElapsedTime(holder.RenewedAt, now) > Lifetime;
                if (!free) continue;
                locks[queue] = new Holder(clientId, now);
                held.Add(queue);
            }

            if (locks.Count == 0) _groups.Remove(group);
        }

        return held;
    }

    /// <summary>Gives back what the client holds; other clients' locks stay.</summary>
    public void Unlock(string group, string clientId, IEnumerable<MessageQueue> queues)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue(group, out var locks)) return;
            foreach (var queue in queues)
            {
                if (locks.TryGetValue(queue, out var holder) && holder.ClientId == clientId) locks.Remove(queue);
            }

            if (locks.Count == 0) _groups.Remove(group);
        }
    }

    /// <summary>Forgets locks long expired, so that groups that went away leave nothing behind.</summary>
    public void RemoveExpired()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            foreach (var (group, locks) in _groups)
            {
                foreach (var (queue, holder) in locks)
                {
                    if (time.GetElapsedTime(holder.RenewedAt, now) > Lifetime) locks.Remove(queue);
                }

                if (locks.Count == 0) _groups.Remove(group);
            }
        }
    }

    private readonly record struct Holder(string ClientId, long RenewedAt);
}
