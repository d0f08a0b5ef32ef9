using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>
/// The queues that are this consumer's now: takes them on, starts their fetching, and gives them up with their progress told. An orderly queue is
/// locked before it is taken on, and unlocked only when no handler has any of its messages.
/// </summary>
internal sealed class AssignedQueues(IOffsetStore offsets, QueueLocks? locks, Func<ConsumerQueue, Task> fetch, Action changed, ILogger logger)
{
    // Longer than a lock lives at its broker: a handler that takes longer loses it anyway.
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<MessageQueue, ConsumerQueue> _queues = new();
    private readonly ConcurrentDictionary<MessageQueue, Task> _leaving = new();
    private readonly ConcurrentDictionary<ConsumerQueue, Task> _fetching = new();

    public ICollection<ConsumerQueue> All => _queues.Values;

    public ConsumerQueue? Find(MessageQueue queue) => _queues.GetValueOrDefault(queue);

    /// <summary>Makes the topic's queues be just these. False: some couldn't be had yet; ask again soon.</summary>
    public async ValueTask<bool> SetAsync(string topic, IReadOnlyCollection<MessageQueue> wanted, CancellationToken cancellationToken)
    {
        var keep = wanted.ToHashSet();
        foreach (var queue in _queues.Keys.Where(queue => queue.Topic == topic && !keep.Contains(queue)).ToList()) await LeaveAsync(queue).ConfigureAwait(false);
        var missing = wanted.Where(queue => !_queues.ContainsKey(queue) && !_leaving.ContainsKey(queue)).ToList();
        var complete = wanted.All(queue => !_leaving.ContainsKey(queue));
        if (missing.Count == 0) return complete;
        var taken = missing.Select(static queue => new ConsumerQueue(queue)).ToList();
        if (locks is not null)
        {
            await locks.TryLockAsync(taken, cancellationToken).ConfigureAwait(false);
            complete &= taken.RemoveAll(static queue => queue.LockedAt == 0) == 0;
        }

        foreach (var queue in taken) Add(queue);
        return complete;
    }

    /// <summary>Topics of which queues are held.</summary>
    public IEnumerable<string> Topics => _queues.Keys.Select(static queue => queue.Topic).Distinct(StringComparer.Ordinal);

    /// <summary>Its lock is somebody else's now, or it is to begin elsewhere: it is given up without a word, and taken on anew.</summary>
    public void Abandon(ConsumerQueue queue)
    {
        queue.Drop();
        queue.LockedAt = 0;
        _queues.TryRemove(new(queue.Queue, queue));
        offsets.Forget(queue.Queue);
        changed();
    }

    /// <summary>Forgets what was fetched and goes on there; a pull that its broker holds isn't waited for.</summary>
    public void Restart(ConsumerQueue queue, long offset)
    {
        queue.Drop();
        if (!_queues.TryRemove(new(queue.Queue, queue))) return;
        var again = new ConsumerQueue(queue.Queue) { IsPaused = queue.IsPaused, IsResting = queue.IsResting };
        again.MoveTo(offset);
        Add(again);
    }

    /// <summary>Nothing is fetched any more; what was fetched stays.</summary>
    public void StopFetching()
    {
        foreach (var queue in _queues.Values) queue.IsPaused = true;
    }

    /// <summary>Gives everything up; progress has been told.</summary>
    public async ValueTask DropAllAsync(TimeSpan limit)
    {
        var held = _queues.Values.ToList();
        foreach (var queue in held) queue.Drop();
        _queues.Clear();
        var rest = _leaving.Values.Concat(_fetching.Values).ToList();
        if (locks is not null) rest.Add(locks.UnlockAsync(held));
        try
        {
            await Task.WhenAll(rest).WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A pull that doesn't end, a handler that keeps its queue: both were told of.
        }
    }

    private void Add(ConsumerQueue queue)
    {
        offsets.Forget(queue.Queue);
        if (!_queues.TryAdd(queue.Queue, queue)) return;
        Log.QueueTaken(logger, queue.Queue);
        var fetching = Task.Run(() => fetch(queue));
        _fetching[queue] = fetching;
        fetching.ContinueWith(_ => _fetching.TryRemove(queue, out Task? _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async ValueTask LeaveAsync(MessageQueue name)
    {
        if (!_queues.TryRemove(name, out var queue)) return;
        queue.Drop();
        Log.QueueGivenUp(logger, name);
        if (locks is null || queue.WhenIdleAsync() is { IsCompleted: true })
        {
            await PersistAndUnlockAsync(queue).ConfigureAwait(false);
            return;
        }

        // A handler has some of it still. The next owner waits for the lock, so its outcome counts.
        var leaving = LeaveLaterAsync(queue);
        _leaving[name] = leaving;
        if (leaving.IsCompleted) _leaving.TryRemove(new(name, leaving));
    }

    private async Task LeaveLaterAsync(ConsumerQueue queue)
    {
        try
        {
            await queue.WhenIdleAsync().WaitAsync(LeaveLimit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The lock has run out by now.
        }

        await PersistAndUnlockAsync(queue).ConfigureAwait(false);
        _leaving.TryRemove(queue.Queue, out _);
        changed();
    }

    private async Task PersistAndUnlockAsync(ConsumerQueue queue)
    {
        await offsets.PersistAsync([queue.Queue], CancellationToken.None).ConfigureAwait(false);
        offsets.Forget(queue.Queue);
        if (locks is not null) await locks.UnlockAsync([queue]).ConfigureAwait(false);
    }
}
