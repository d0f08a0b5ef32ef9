namespace RocketAspire.Broker.Ha;

/// <summary>
/// What each connected slave has acknowledged, and the writers that wait for it. An acknowledgement completes every
/// writer below it in one pass. One lock; nothing is awaited under it.
/// </summary>
public sealed class SlaveAcks : IDisposable
{
    private readonly int _acksNeeded;
    private readonly long _fallbehindMaxBytes;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private readonly Lock _lock = new();

    // Acknowledged offset of each slave whose HA connection is up.
    private readonly Dictionary<long, long> _acked = [];
    private readonly PriorityQueue<Waiter, long> _waiters = new();

    // Slaves that were just told to connect: offset they hold, and since when. For a moment they count as connected.
    private readonly Dictionary<long, (long Offset, long Since)> _expected = [];

    // What _acksNeeded slaves hold; -1 while fewer are connected. May go back when a slave leaves.
    private long _replicated = -1;
    private bool _closed;

    public SlaveAcks(int acksNeeded, long fallbehindMaxBytes, TimeSpan timeout, TimeProvider time)
    {
        _acksNeeded = acksNeeded;
        _fallbehindMaxBytes = fallbehindMaxBytes;
        _timeout = timeout;
        _time = time;
        _sweep = time.CreateTimer(static acks => ((SlaveAcks)acks!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int ConnectedSlaves
    {
        get
        {
            lock (_lock)
            {
                return _acked.Count;
            }
        }
    }

    /// <summary>The furthest that any connected slave has acknowledged; 0 when none is connected.</summary>
    public long FurthestAck
    {
        get
        {
            lock (_lock)
            {
                return _acked.Count == 0 ? 0 : _acked.Values.Max();
            }
        }
    }

    /// <summary>The least that any connected slave has acknowledged: from there on the log is still needed. <see cref="long.MaxValue"/> when none is connected.</summary>
    public long NearestAck
    {
        get
        {
            lock (_lock)
            {
                return _acked.Count == 0 ? long.MaxValue : _acked.Values.Min();
            }
        }
    }

    /// <summary>How long a slave may take from the handshake to its HA connection before writers are told that there is none.</summary>
    public static readonly TimeSpan ExpectFor = TimeSpan.FromSeconds(1);

    /// <summary>A slave agreed with this master and is about to connect: writers wait for it instead of being told at once that there is none.</summary>
    public void Expect(long slaveId, long offset)
    {
        lock (_lock)
        {
            _expected[slaveId] = (offset, _time.GetTimestamp());
        }
    }

    /// <summary>A slave is connected and holds the log up to <paramref name="offset"/>.</summary>
    public void OnAck(long slaveId, long offset)
    {
        lock (_lock)
        {
            _acked[slaveId] = offset;
            _expected.Remove(slaveId);
            Recompute();
            while (_waiters.TryPeek(out var waiter, out var endOffset) && endOffset <= _replicated)
            {
                _waiters.Dequeue();
                waiter.TrySetResult(ReplicationAck.Ok);
            }
        }
    }

    /// <summary>A slave's connection is gone. Who waited for it is told at once if nobody else can answer.</summary>
    public void OnSlaveGone(long slaveId)
    {
        lock (_lock)
        {
            _acked.Remove(slaveId);
            Recompute();
            if (_acked.Count + _expected.Count < _acksNeeded)
            {
                CompleteAll(ReplicationAck.SlaveNotAvailable);
            }
        }
    }

    public ValueTask<ReplicationAck> WaitAsync(long endOffset, CancellationToken cancellationToken)
    {
        if (_acksNeeded == 0)
        {
            return new(ReplicationAck.Ok);
        }
        Waiter waiter;
        lock (_lock)
        {
            if (_replicated >= endOffset)
            {
                return new(ReplicationAck.Ok);
            }
            if (_closed || NearSlaves(endOffset) < _acksNeeded)
            {
                return new(ReplicationAck.SlaveNotAvailable);
            }
            waiter = new Waiter(_time.GetTimestamp());
            if (_waiters.Count == 0)
            {
                _sweep.Change(SweepEvery, SweepEvery);
            }
            _waiters.Enqueue(waiter, endOffset);
        }
        return new(cancellationToken.CanBeCanceled ? waiter.Task.WaitAsync(cancellationToken) : waiter.Task);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            CompleteAll(ReplicationAck.SlaveNotAvailable);
        }
        _sweep.Dispose();
    }

    // A waiter may wait this much longer than the timeout; it saves a timer for each write.
    private TimeSpan SweepEvery => TimeSpan.FromMilliseconds(Math.Max(10, _timeout.TotalMilliseconds / 20));

    private int NearSlaves(long endOffset)
    {
        var near = 0;
        foreach (var acked in _acked.Values)
        {
            near += endOffset - acked < _fallbehindMaxBytes ? 1 : 0;
        }
        if (near < _acksNeeded && _expected.Count > 0)
        {
            foreach (var (slaveId, expected) in _expected)
            {
                if (_time.GetElapsedTime(expected.Since) > ExpectFor)
                {
                    _expected.Remove(slaveId);
                }
                else if (!_acked.ContainsKey(slaveId) && endOffset - expected.Offset < _fallbehindMaxBytes)
                {
                    near++;
                }
            }
        }
        return near;
    }

    private void Recompute()
    {
        if (_acked.Count < _acksNeeded || _acksNeeded == 0)
        {
            _replicated = -1;
        }
        else if (_acksNeeded == 1)
        {
            _replicated = -1;
            foreach (var acked in _acked.Values)
            {
                _replicated = Math.Max(_replicated, acked);
            }
        }
        else
        {
            _replicated = _acked.Values.OrderDescending().ElementAt(_acksNeeded - 1);
        }
    }

    private void CompleteAll(ReplicationAck ack)
    {
        while (_waiters.TryDequeue(out var waiter, out _))
        {
            waiter.TrySetResult(ack);
        }
    }

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
            foreach (var (waiter, endOffset) in all)
            {
                if (_time.GetElapsedTime(waiter.Since) >= _timeout)
                {
                    waiter.TrySetResult(ReplicationAck.SlaveTimeout);
                }
                else
                {
                    _waiters.Enqueue(waiter, endOffset);
                }
            }
        }
    }

    /// <summary>A writer that waits since a timestamp. Continuations run elsewhere, never under the lock.</summary>
    private sealed class Waiter(long since) : TaskCompletionSource<ReplicationAck>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Since { get; } = since;
    }
}
