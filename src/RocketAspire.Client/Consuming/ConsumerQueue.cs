namespace RocketAspire.Client;

/// <summary>
/// One assigned queue: what was fetched and isn't finished, in order. Its progress is the first unfinished message, whatever was finished behind it.
/// Once dropped it hands nothing out and counts nothing any more.
/// </summary>
internal sealed class ConsumerQueue(MessageQueue queue)
{
    private readonly Lock _gate = new();

    // Under _gate. All unfinished in order, finished ones still behind the first unfinished; and those that nobody took yet.
    private readonly Queue<RocketMQReceivedMessage> _unfinished = [];
    private readonly Queue<RocketMQReceivedMessage> _pending = [];
    private readonly List<RocketMQReceivedMessage> _returned = [];
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _idle;
    private int _count;
    private long _bytes;
    private long _next = -1;
    private int _running;
    private bool _dropped;
    private bool _ready;

    public MessageQueue Queue { get; } = queue;

    public CancellationTokenSource Fetching { get; } = new();

    public bool IsDropped => Volatile.Read(ref _dropped);

    /// <summary>Fetching rests, by the application's wish.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Orderly: nothing is handed out for a while after a failure.</summary>
    public bool IsResting { get; set; }

    /// <summary>Unix milliseconds, for tools.</summary>
    public long LastPullMs { get; set; }

    /// <inheritdoc cref="LastPullMs"/>
    public long LastConsumeMs { get; set; }

    /// <summary>One past the queue's last message, as the last pull told it.</summary>
    public long BrokerEnd { get; set; }

    /// <summary>Messages behind the last finished one, as of the last pull; 0 while nothing is known.</summary>
    public long Lag => Progress is >= 0 and var progress ? Math.Max(0, BrokerEnd - progress) : 0;

    /// <summary>Orderly: when its broker last said that the queue is ours, by the monotonic clock; 0: it isn't.</summary>
    public long LockedAt { get; set; }

    /// <summary>Where to fetch next; -1 until it is known.</summary>
    public long NextOffset
    {
        get
        {
            lock (_gate) return _next;
        }
    }

    /// <summary>Up to where all is done; -1 until it is known.</summary>
    public long Progress
    {
        get
        {
            lock (_gate) return _unfinished.TryPeek(out var first) ? first.QueueOffset : _next;
        }
    }

    /// <summary>Number, bytes, first and last of the unfinished.</summary>
    public (int Count, long Bytes, long First, long Last) Cached
    {
        get
        {
            lock (_gate) return (_count, _bytes, _unfinished.TryPeek(out var first) ? first.QueueOffset : 0, _count == 0 ? 0 : _next - 1);
        }
    }

    /// <summary>Begins, or goes on, at that place; what was fetched and not taken is forgotten.</summary>
    public void MoveTo(long offset)
    {
        lock (_gate)
        {
            _next = offset;
            foreach (var message in _unfinished) message.Abandoned = true;
            _unfinished.Clear();
            _pending.Clear();
            _returned.Clear();
            (_count, _bytes) = (0, 0);
            WakeFetcher();
        }
    }

    /// <summary>Adds what a pull from <paramref name="asked"/> brought. False: the queue was dropped or moved meanwhile.</summary>
    public bool Put(long asked, IReadOnlyList<RocketMQReceivedMessage> messages, long next)
    {
        lock (_gate)
        {
            if (_dropped || _next != asked) return false;
            foreach (var message in messages)
            {
                _unfinished.Enqueue(message);
                _pending.Enqueue(message);
                _bytes += message.Record.TotalSize;
            }

            _count += messages.Count;
            _next = next;
            return true;
        }
    }

    /// <summary>Completes when there is room for more, or the queue is dropped.</summary>
    public Task WaitForRoomAsync(int maxCount, long maxBytes, int maxSpan)
    {
        lock (_gate)
        {
            if (_dropped || HasRoom(maxCount, maxBytes, maxSpan)) return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>False: it stands in line for a worker already.</summary>
    public bool TryBecomeReady()
    {
        lock (_gate)
        {
            if (_ready || _dropped || IsResting || (_pending.Count == 0 && _returned.Count == 0)) return false;
            return _ready = true;
        }
    }

    /// <summary>Takes messages for one call of a handler; none when there are none, or, exclusively, while somebody has some.</summary>
    public List<RocketMQReceivedMessage> Take(int max, bool exclusively)
    {
        lock (_gate)
        {
            _ready = false;
            var taken = new List<RocketMQReceivedMessage>(Math.Min(max, 32));
            if (_dropped || (exclusively && _running > 0)) return taken;
            var returned = Math.Min(max, _returned.Count);
            taken.AddRange(_returned[..returned]);
            _returned.RemoveRange(0, returned);
            while (taken.Count < max && _pending.TryDequeue(out var message)) taken.Add(message);
            if (taken.Count > 0) _running++;
            return taken;
        }
    }

    /// <summary>A handler has ended, whatever came of it.</summary>
    public void Ended()
    {
        lock (_gate)
        {
            if (--_running == 0) (_idle, _) = (null, _idle?.TrySetResult());
        }
    }

    /// <summary>These are done for good; the queue's progress is noted. In a dropped queue they count no more.</summary>
    /// <param name="messages">Any of its messages.</param>
    /// <param name="offsets">Where to note; null: nowhere.</param>
    /// <param name="evenIfDropped">An orderly queue that is still locked counts on.</param>
    public void Finish(IReadOnlyList<RocketMQReceivedMessage> messages, IOffsetStore? offsets, bool evenIfDropped = false)
    {
        lock (_gate)
        {
            if (_dropped && !evenIfDropped) return;
            foreach (var message in messages)
            {
                if (message.Finished || message.Abandoned) continue;
                message.Finished = true;
                _count--;
                _bytes -= message.Record.TotalSize;
            }

            while (_unfinished.TryPeek(out var first) && first.Finished) _unfinished.Dequeue();
            // Under the lock: of two that finish together the later progress must stay.
            offsets?.Note(Queue, _unfinished.TryPeek(out var unfinished) ? unfinished.QueueOffset : _next);
            WakeFetcher();
        }
    }

    /// <summary>These come again, before all others.</summary>
    public void Return(IReadOnlyList<RocketMQReceivedMessage> messages)
    {
        lock (_gate)
        {
            if (!_dropped) _returned.InsertRange(0, messages.Where(static message => !message.Abandoned && !message.Finished));
        }
    }

    /// <summary>Nothing is fetched or handed out any more.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            if (_dropped) return;
            _dropped = true;
            _pending.Clear();
            _returned.Clear();
            WakeFetcher();
        }

        Fetching.Cancel();
    }

    /// <summary>Completes when no handler has any of its messages.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            if (_running == 0) return Task.CompletedTask;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    private bool HasRoom(int maxCount, long maxBytes, int maxSpan) =>
        _count < maxCount && _bytes < maxBytes && (_count == 0 || _next - _unfinished.Peek().QueueOffset <= maxSpan);

    private void WakeFetcher()
    {
        _room?.TrySetResult();
        _room = null;
    }
}
