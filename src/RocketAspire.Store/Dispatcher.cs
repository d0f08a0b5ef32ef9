using System.Buffers.Text;
using System.Text;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>Follows the log up to the confirm offset: queue entries, index, then the news that a message can be read.</summary>
/// <remarks>One thread. It takes what is there in batches and writes each touched queue once a batch.</remarks>
internal sealed class Dispatcher : IDisposable
{
    private const int BatchRecords = 4096;
    private const int RetryMs = 1000;

    private readonly CommitLog _log;
    private readonly QueueTable _queues;
    private readonly MessageIndex? _index;
    private readonly StoreOptions _options;
    private readonly Func<long> _confirm;
    private readonly ILogger _logger;
    private readonly LogScanner _scanner;
    private readonly TopicNamesCache _topics = new();
    private readonly HashSet<ConsumeQueue> _touched = [];
    private readonly Signal _signal = new();
    private readonly Thread _thread;
    private MessageArrival[] _arrivals = new MessageArrival[64];
    private MessageArrival[] _announcing = new MessageArrival[64];
    private int _arrivalCount;
    private long _position;
    private long _scanned;
    private long _reportedBroken = -1;
    private volatile bool _stopping;

    // Who waits for the position to move; under the gate.
    private TaskCompletionSource? _moved;

    public Dispatcher(CommitLog log, QueueTable queues, MessageIndex? index, StoreOptions options, Func<long> confirm, ILogger logger)
    {
        _log = log;
        _queues = queues;
        _index = index;
        _options = options;
        _confirm = confirm;
        _logger = logger;
        _scanner = new LogScanner(log.Files, log.MaxRecordSize);
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "store-dispatch" };
    }

    /// <summary>Held while queues and index change.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Everything before it is in queues and index.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Where the last record before <see cref="Position"/> begins; -1 when not known. Under the gate.</summary>
    public long LastRecord { get; private set; } = -1;

    /// <summary>Store time of that record. Under the gate.</summary>
    public long LastTimestamp { get; private set; }

    /// <summary>The index takes records from here on; those before are in it. Under the gate.</summary>
    public long IndexFrom { get; private set; }

    /// <summary>First record that the index failed to take; <see cref="long.MaxValue"/> when all is well. Under the gate.</summary>
    public long IndexBrokenAt { get; private set; } = long.MaxValue;

    public Action<MessageArrival>? Arrived { get; set; }

    public void Signal() => _signal.Set();

    public void Start() => _thread.Start();

    /// <summary>Sets where to go on, with the gate held (or nobody else there yet).</summary>
    public void Seek(long position, long lastRecord, long lastTimestamp, long indexFrom)
    {
        _touched.Clear();
        _arrivalCount = 0;
        _scanner.Seek(position);
        _scanned = position;
        LastRecord = lastRecord;
        LastTimestamp = lastTimestamp;
        IndexFrom = indexFrom;
        Volatile.Write(ref _position, position);
    }

    /// <summary>Dispatches all that is confirmed, on the caller's thread: this class's own, or one while that doesn't run.</summary>
    public void Drain()
    {
        while (true)
        {
            int count;
            bool moved;
            lock (Gate)
            {
                var before = _position;
                Step();
                moved = _position != before;
                (_arrivals, _announcing) = (_announcing, _arrivals);
                count = _arrivalCount;
                _arrivalCount = 0;
                if (moved)
                {
                    _moved?.SetResult();
                    _moved = null;
                }
            }

            // Outside the gate: an observer may read.
            for (var i = 0; i < count; i++) Announce(_announcing[i]);
            if (!moved) return;
        }
    }

    /// <summary>What a queue holds of the record.</summary>
    public QueueEntry EntryOf(string topic, MessageRecordView record) => new(record.PhysicalOffset, record.TotalSize, TagsCodes.Of(topic, record, _options));

    /// <summary>Completes when everything before the position is in queues and index.</summary>
    public async ValueTask WaitPassedAsync(long position, CancellationToken ct)
    {
        while (true)
        {
            Task moved;
            lock (Gate)
            {
                if (_position >= position) return;
                moved = (_moved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await moved.WaitAsync(ct);
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _signal.Set();
        if (_thread.IsAlive) _thread.Join();
    }

    private void Run()
    {
        var waitMs = Timeout.Infinite;
        while (!_stopping)
        {
            _signal.Wait(waitMs);
            waitMs = Timeout.Infinite;
            try
            {
                Drain();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                if (_stopping) return;
                StoreLog.DispatchStalled(_logger, Position, RetryMs, e);
                waitMs = RetryMs;
            }
        }
    }

    /// <summary>One batch. After an error the next call goes on where this one stopped: entries stay pending in their queues.</summary>
    private void Step()
    {
        if (_touched.Count == 0) Scan();
        foreach (var queue in _touched)
        {
            if (queue.HasPending) queue.WritePending();
        }

        _touched.Clear();
        Volatile.Write(ref _position, _scanned);
    }

    private void Scan()
    {
        var limit = _confirm();
        for (var i = 0; i < BatchRecords; i++)
        {
            var result = _scanner.Next(limit, checkCrc: false, out var record);
            // Past a blank record the position moves without a record.
            _scanned = _scanner.Position;
            if (result == ScanResult.Broken)
            {
                if (_reportedBroken != _scanned) StoreLog.DispatchBroken(_logger, _scanned, limit);
                _reportedBroken = _scanned;
                _scanner.Seek(_scanned);
            }

            if (result != ScanResult.Record) return;
            var at = _scanner.LastRecord;
            var timestamp = record.StoreTimestamp;
            try
            {
                Take(record);
            }
            catch (IOException)
            {
                // A folder can't be made, or not be deleted: this record is the next one again.
                _scanner.Seek(at);
                _scanned = at;
                throw;
            }

            LastRecord = at;
            LastTimestamp = timestamp;
        }
    }

    private void Take(MessageRecordView record)
    {
        var topic = _topics.Get(record.Topic);
        var deleted = LogMarker.Read(topic, record.Body, record.PhysicalOffset)?.DeletedTopic;
        if (!QueueTable.CanName(deleted ?? topic))
        {
            StoreLog.TopicUnusable(_logger, record.PhysicalOffset, deleted ?? topic);
            return;
        }

        if (deleted is not null)
        {
            _queues.Delete(deleted);
            // Entries of theirs that are not written yet go too.
            _touched.RemoveWhere(queue => queue.Topic == deleted);
            return;
        }

        if (QueueOffsets.IsQueued(record.SysFlag))
        {
            var queue = QueueOf(topic, record);
            var entry = EntryOf(topic, record);
            if (queue.Put(record.QueueOffset, entry))
            {
                _touched.Add(queue);
                if (_arrivalCount == _arrivals.Length) Array.Resize(ref _arrivals, _arrivalCount * 2);
                _arrivals[_arrivalCount++] = new MessageArrival(topic, record.QueueId, record.QueueOffset, entry.TagsCode, record.StoreTimestamp, record.QueueOffset + 1, entry.Size);
            }
        }

        if (_index is null || record.PhysicalOffset < IndexFrom || IndexBrokenAt != long.MaxValue || record.Properties.IsEmpty) return;
        try
        {
            _index.Put(JavaString.Continue(JavaString.HashCode(topic), "#"), record);
        }
        catch (IOException e)
        {
            // Messages matter more than finding them by key: queues go on, the next start mends the index.
            IndexBrokenAt = record.PhysicalOffset;
            StoreLog.IndexFailed(_logger, record.PhysicalOffset, e);
        }
    }

    private ConsumeQueue QueueOf(string topic, MessageRecordView record)
    {
        var queue = _queues.GetOrCreate(topic, record.QueueId);
        if (record.QueueOffset != 0 || queue.Next == 0 || queue.LastPhysical() >= record.PhysicalOffset) return queue;
        // It begins anew: an Apache master, whose log doesn't say so, deleted its topic, or its messages were all gone and it was forgotten.
        _queues.Delete(queue);
        _touched.Remove(queue);
        return _queues.GetOrCreate(topic, record.QueueId);
    }

    private void Announce(MessageArrival arrival)
    {
        try
        {
            Arrived?.Invoke(arrival);
        }
        catch (Exception e)
        {
            // One broken observer must not stop the queues of everyone.
            StoreLog.ObserverFailed(_logger, e);
        }
    }
}
