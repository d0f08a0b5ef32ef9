using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft.Metadata;

/// <summary>Follows the internal topic, in which only committed records are seen, and brings each into the tables.</summary>
internal sealed class MetadataApplier : IAsyncDisposable
{
    private const int ReadCount = 256;
    private const int ReadBytes = 1 << 20;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    // What is committed without a message (a file's end) is announced by nobody.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    private readonly MessageStore _store;
    private readonly MetadataTables _tables;
    private readonly Action<long> _applied;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AsyncSignal _signal = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();

    // Guarded by _gate; whether there are any is also read without it.
    private readonly List<(long Offset, TaskCompletionSource Done)> _waiters = [];
    private volatile bool _anyWaits;
    private volatile string? _problem;
    private Task _loop = Task.CompletedTask;

    /// <param name="store">Confirms by hand.</param>
    /// <param name="tables">Where records go.</param>
    /// <param name="applied">Told the next queue offset after each look that found something.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public MetadataApplier(MessageStore store, MetadataTables tables, Action<long> applied, TimeProvider time, ILogger logger)
    {
        _store = store;
        _tables = tables;
        _applied = applied;
        _time = time;
        _logger = logger;
    }

    /// <summary>Why nothing more can be applied (one line), or null. Tables that lack records of before need a base.</summary>
    public string? Problem => _problem;

    public void Start()
    {
        _store.Arrived += OnArrived;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Completes when everything before the physical offset is committed and in the tables.</summary>
    /// <exception cref="StoreException">The records can't be read here.</exception>
    public async ValueTask WaitAppliedAsync(long physicalOffset, CancellationToken cancellationToken)
    {
        if (IsApplied(physicalOffset)) return;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiters.Add((physicalOffset, done));
            _anyWaits = true;
        }

        _signal.Set();
        await done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks again at once: the tables were replaced.</summary>
    public void Wake() => _signal.Set();

    public async ValueTask DisposeAsync()
    {
        _store.Arrived -= OnArrived;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        Release(new ObjectDisposedException(nameof(MetadataApplier)));
    }

    private void OnArrived(MessageArrival arrival)
    {
        if (_anyWaits || arrival.Topic == TopicNames.Metadata) _signal.Set();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            _signal.Reset();
            Step();
            var pause = _anyWaits ? LookAgain : _problem is null ? Timeout.InfiniteTimeSpan : RetryInterval;
            await _signal.WaitAsync(pause, _time, _stop.Token).ConfigureAwait(false);
        }
    }

    private void Step()
    {
        var before = _tables.Next;
        string? problem;
        try
        {
            // Read before the queue's end: what is dispatched later is looked at next time.
            var dispatched = _store.DispatchedOffset;
            problem = ApplyAvailable();
            if (problem is null) _tables.Cover(dispatched);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            problem = e.Message;
        }

        var next = _tables.Next;
        if (problem is not null && problem != _problem) MetadataEvents.Stalled(_logger, next, problem);
        if (problem is null && _problem is not null) MetadataEvents.GoesOn(_logger, next);
        _problem = problem;
        if (next != before) _applied(next);
        Release(problem is null ? null : new StoreException(problem));
    }

    /// <summary>Null when everything that can be seen was applied.</summary>
    private string? ApplyAvailable()
    {
        if (_tables.IsIncomplete) return $"the log begins at byte {_store.MinPhysicalOffset}, and the tables of before are missing";
        while (true)
        {
            var next = _tables.Next;
            var read = _store.ReadQueue(TopicNames.Metadata, 0, next, ReadCount, ReadBytes, null);
            switch (read.Status)
            {
                case QueueReadStatus.Found:
                    if (ApplyAll(read.Body) is { } damage) return damage;
                    break;
                case QueueReadStatus.NoMatchedLogicQueue or QueueReadStatus.NoMessageInQueue or QueueReadStatus.OffsetOverflowOne:
                    return null;
                case QueueReadStatus.OffsetOverflowBadly:
                    // Tables of a base are ahead of the log until it has been copied so far.
                    return null;
                case QueueReadStatus.OffsetTooSmall:
                    return $"the log begins with record {read.MinOffset}; the ones before are needed";
                default:
                    return $"the record can't be read ({read.Status})";
            }
        }
    }

    private string? ApplyAll(ReadOnlyMemory<byte> body)
    {
        while (!body.IsEmpty)
        {
            // A record that the queue points to and that is not there, or is damaged, would be skipped by others.
            if (!MessageRecordCodec.TryDecode(body.Span, out var record) || record!.QueueOffset != _tables.Next) return "the record is damaged on this disk";

            // The tables hold everything before that place: this log is not the one that they are of (any more, or yet).
            if (record.PhysicalOffset < _tables.CoveredTo) return $"the record stands at byte {record.PhysicalOffset}, where the tables hold the log already";
            _tables.Apply(Decode(record));
            body = body[record.TotalSize..];
        }

        return null;
    }

    private TableDelta? Decode(MessageRecord record)
    {
        try
        {
            return TableDeltaCodec.Decode(record.Body.Span);
        }
        catch (FastJsonException e)
        {
            // The bytes are what the leader wrote: every node passes over the same records.
            MetadataEvents.Unreadable(_logger, record.QueueOffset, record.PhysicalOffset, e.Message);
            return null;
        }
    }

    /// <summary>Tables of a base may be ahead of the log: what the log holds counts only once its queue is there too, since a leader goes on where that ends.</summary>
    private bool IsApplied(long physicalOffset) => _tables.CoveredTo >= physicalOffset && _store.DispatchedOffset >= physicalOffset;

    private void Release(Exception? failure)
    {
        if (!_anyWaits) return;
        List<TaskCompletionSource> done = [];
        lock (_gate)
        {
            foreach (var (offset, waiter) in _waiters)
            {
                if (failure is not null || IsApplied(offset)) done.Add(waiter);
            }

            _waiters.RemoveAll(waiter => done.Contains(waiter.Done));
            _anyWaits = _waiters.Count > 0;
        }

        foreach (var waiter in done)
        {
            if (failure is null) waiter.TrySetResult();
            else waiter.TrySetException(failure);
        }
    }
}
