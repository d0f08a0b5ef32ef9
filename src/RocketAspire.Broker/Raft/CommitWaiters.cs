using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>Sends that wait until a majority holds them. A commit completes all below it in one pass; the loss of the lead fails all at once.</summary>
internal sealed class CommitWaiters : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Waiter, long> _waiters = new();
    private long _committed;

    // The term that this node leads; 0 when it leads none.
    private int _term;

    public CommitWaiters(TimeSpan timeout, TimeProvider time)
    {
        _timeout = timeout;
        _time = time;
        _sweep = time.CreateTimer(static self => ((CommitWaiters)self!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>This node leads the term from now on.</summary>
    public void Open(int term)
    {
        lock (_lock) _term = term;
    }

    /// <summary>Fails all that wait; answers how many those were.</summary>
    public int Close()
    {
        lock (_lock)
        {
            _term = 0;
            var count = _waiters.Count;
            while (_waiters.TryDequeue(out var waiter, out _)) waiter.TrySetResult(ReplicationAck.LeadershipLost);
            return count;
        }
    }

    public void Committed(long offset)
    {
        lock (_lock)
        {
            _committed = offset;
            while (_waiters.TryPeek(out var waiter, out var end) && end <= offset)
            {
                _waiters.Dequeue();
                waiter.TrySetResult(ReplicationAck.Ok);
            }
        }
    }

    /// <summary>Only what was appended in the term that this node leads now can be told by its place alone.</summary>
    public ValueTask<ReplicationAck> WaitAsync(AppendResult appended, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_term == 0 || appended.Term != _term) return new(ReplicationAck.LeadershipLost);
            if (_committed >= appended.EndOffset) return new(ReplicationAck.Ok);
            waiter = new Waiter(_time.GetTimestamp());
            if (_waiters.Count == 0) _sweep.Change(SweepEvery, SweepEvery);
            _waiters.Enqueue(waiter, appended.EndOffset);
        }

        return new(cancellationToken.CanBeCanceled ? waiter.Task.WaitAsync(cancellationToken) : waiter.Task);
    }

    public void Dispose()
    {
        Close();
        _sweep.Dispose();
    }

    // A waiter may wait this much longer than the timeout; it saves a timer for each send.
    private TimeSpan SweepEvery => TimeSpan.FromMilliseconds(Math.Max(10, _timeout.TotalMilliseconds / 20));

    private void Sweep()
    {
        lock (_lock)
        {
            if (_waiters.Count == 0)
            {
                _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }

            var all = _waiters.UnorderedItems.ToArray();
            _waiters.Clear();
            foreach (var (waiter, end) in all)
            {
                if (_time.GetElapsedTime(waiter.Since) >= _timeout) waiter.TrySetResult(ReplicationAck.NoMajority);
                else _waiters.Enqueue(waiter, end);
            }
        }
    }

    /// <summary>Continuations run elsewhere, never under the lock.</summary>
    private sealed class Waiter(long since) : TaskCompletionSource<ReplicationAck>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Since { get; } = since;
    }
}
