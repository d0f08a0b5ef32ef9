using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Store;

/// <summary>The broker's log with its queues and index, in Apache RocketMQ's on-disk format. All members may be called from any thread.</summary>
/// <remarks>
/// Positions in the log ("physical offsets") are in bytes and never reused; positions in a queue are in messages.
/// Nobody reads beyond <see cref="ConfirmOffset"/>, except replication by <see cref="ReadRaw"/>.
/// </remarks>
public sealed class MessageStore : IAsyncDisposable
{
    private readonly StoreOptions _options;
    private readonly StoreFolder _folder;
    private readonly IDisposable _lock;
    private readonly CommitLog _log;
    private readonly GroupCommit _commit;
    private readonly QueueTable _queues;
    private readonly MessageIndex? _index;
    private readonly Dispatcher _dispatcher;
    private readonly Checkpointer _checkpointer;
    private readonly LogBoundaries _boundaries;
    private readonly LogCutter _cutter;
    private readonly QueueReader _reader;
    private readonly ConfirmPoint _confirmed = new();
    private readonly TermsFile _termsFile;
    private readonly ILogger _logger;
    private ITimer? _timer;
    private int _closed;

    private MessageStore(StoreOptions options, IStorageDevice device, TimeProvider time, ILogger logger, StoreFolder folder, IDisposable folderLock)
    {
        _options = options;
        _folder = folder;
        _lock = folderLock;
        _logger = logger;
        _termsFile = new TermsFile(device, folder.Terms, Terms);
        _log = new CommitLog(new FileSeries(device, folder.CommitLog, options.CommitLogFileSizeBytes), options, time, Terms);
        _commit = new GroupCommit(_log, options, time, logger, 0);
        _queues = new QueueTable(device, folder.ConsumeQueue, options.ConsumeQueueFileSizeBytes);
        _index = options.IndexEnabled ? new MessageIndex(device, folder.Index, options, time) : null;
        _dispatcher = new Dispatcher(_log, _queues, _index, options, () => ConfirmOffset, logger);
        _checkpointer = new Checkpointer(_commit, _queues, _index, _dispatcher, new CheckpointFile(device, folder.Checkpoint), new MarkFile(device, folder.Mark), _termsFile, StoreFolder.CurrentBootId(options), logger);
        _boundaries = new LogBoundaries(_log, _queues);
        _cutter = new LogCutter(_log, _commit, _queues, _index, _dispatcher, _checkpointer, _boundaries, Terms, _termsFile, logger);
        Repair = new LogRepair(_log, _commit, _dispatcher);
        _reader = new QueueReader(_log, _queues, new QueueMender(_log, _dispatcher, logger), Repair, () => ConfirmOffset, logger);
        Retention = new StoreRetention(_log, _queues, _cutter);
        Deletion = new TopicDeletion(_log, _commit, _dispatcher, _checkpointer, time);
        Queries = new StoreQueries(_log, _queues, _index, _reader);
        _log.Broken = _commit.Fail;
        _log.Appended = OnAppended;
        _commit.Moved = OnFlushed;
        _dispatcher.Arrived = arrival => Arrived?.Invoke(arrival);
    }

    /// <summary>A message can be read now. Called on the dispatch thread: be quick, and don't throw.</summary>
    public event Action<MessageArrival>? Arrived;

    /// <summary>The log has grown, by an append or a copy. Called on the thread that wrote: only give a signal.</summary>
    public event Action? Appended;

    /// <summary><see cref="FlushedOffset"/> moved, or the log is poisoned. Called on the thread that synced, which may hold locks: only give a signal.</summary>
    public event Action? Flushed;

    /// <summary>The abort file was there: the last process was killed, or its machine stopped.</summary>
    public bool OpenedAfterUncleanStop { get; private set; }

    /// <summary>The same, and the machine was started anew since (or that can't be known): what was not synced may be gone.</summary>
    public bool OpenedAfterMachineStop { get; private set; }

    /// <summary>There was no log at all.</summary>
    public bool WasEmpty { get; private set; }

    /// <summary>Bytes that were durable at the last checkpoint and are missing now (a wiped or damaged disk); normally 0.</summary>
    public long LostBytes { get; private set; }

    /// <summary>First byte of the oldest file.</summary>
    public long MinPhysicalOffset => _log.Min;

    /// <summary>One past the last whole record.</summary>
    public long MaxPhysicalOffset => _log.Max;

    /// <summary>Everything before it is on the device.</summary>
    public long FlushedOffset => _commit.Flushed;

    /// <summary>A sync failed: nothing more is stored until a restart.</summary>
    public bool IsPoisoned => _commit.Poison is not null;

    /// <summary>How far the log may be read.</summary>
    public long ConfirmOffset =>
        _options.Confirm == ConfirmMode.Manual ? Math.Min(_confirmed.Offset, _log.Max)
        : _options.Flush == FlushDiskType.Sync ? _commit.Flushed : _log.Max;

    /// <summary>Everything before it is in the queues, and was announced by <see cref="Arrived"/> or is about to be.</summary>
    public long DispatchedOffset => _dispatcher.Position;

    /// <summary>One past the last byte received by <see cref="AppendRaw"/>; beyond <see cref="MaxPhysicalOffset"/> lies part of a record.</summary>
    public long RawEndOffset => _log.RawEnd;

    /// <summary>What admin tools ask.</summary>
    public StoreQueries Queries { get; }

    public TermTable Terms { get; } = new();

    /// <summary>What may be deleted, and who still needs it.</summary>
    public StoreRetention Retention { get; }

    public TopicDeletion Deletion { get; }

    public LogRepair Repair { get; }

    public IReadOnlyCollection<(string Topic, int QueueId)> Queues => Array.ConvertAll([.. _queues.All], static q => (q.Topic, q.QueueId));

    /// <summary>Opens the folder, recovers it, and dispatches what was missing.</summary>
    /// <exception cref="StoreLockedException">Another broker has it open.</exception>
    /// <exception cref="StoreException">It can't be used as it is; one line that says why.</exception>
    public static Task<MessageStore> OpenAsync(StoreOptions o, IStorageDevice device, TimeProvider time, ILoggerFactory lf, CancellationToken ct) =>
        Task.Run(() => Open(o, device, time, lf.CreateLogger("RocketAspire.Store")), ct);

    /// <summary>Gives the message its queue offset, physical offset and store time, and writes it: from then on a killed process doesn't lose it. Not yet durable: see <see cref="WaitFlushedAsync"/>.</summary>
    public AppendResult Append(MessageRecord m) => _log.Append(m);

    /// <summary>Appends messages of one topic and queue side by side; all or none.</summary>
    public AppendResult AppendBatch(IReadOnlyList<MessageRecord> batch) => _log.Append(AppendRules.OneQueue(batch));

    /// <summary>Opens a term: a record of <see cref="TopicNames.TermMarker"/> whose body is the term, int32 big-endian.</summary>
    public AppendResult AppendTermMarker(int term) => _log.Append(LogMarker.OfTerm(term));

    /// <summary>
    /// From now on appends are answered with <see cref="AppendStatus.NotLeader"/>; when it returns none is under way.
    /// Copies by <see cref="AppendRaw"/> go on. For a log whose one writer is elected.
    /// </summary>
    public void CloseAppends() => _log.CloseAppends();

    /// <summary>Writes the term's marker and lets producers append behind it, in one step; copies are not possible until <see cref="CloseAppends"/>. Stays closed when the marker can't be written.</summary>
    /// <remarks>A term may be marked more than once.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The log has a later term already.</exception>
    public AppendResult OpenAppends(int term) => _log.OpenAppends(term, LogMarker.OfTerm(term));

    /// <summary>True when everything before the offset is on the device, false after the timeout. Cancelling only stops the waiting.</summary>
    /// <exception cref="StorePoisonedException">A sync failed.</exception>
    public ValueTask<bool> WaitFlushedAsync(long endOffset, TimeSpan timeout, CancellationToken ct) => _commit.WaitAsync(endOffset, timeout, ct);

    /// <summary>With <see cref="ConfirmMode.Manual"/>: everything before the offset may be read. Never goes back by this call.</summary>
    public void SetConfirmOffset(long physicalOffset)
    {
        if (_confirmed.Raise(physicalOffset)) _dispatcher.Signal();
    }

    /// <summary>Copies a master's bytes, split anywhere. Only whole records count in <see cref="MaxPhysicalOffset"/>; the first bytes of an empty store may begin at any file's start.</summary>
    /// <exception cref="ReplicaStreamException">They don't continue this log, or are damaged; nothing of them was written.</exception>
    /// <exception cref="StoreException">They could not be written.</exception>
    public void AppendRaw(long physicalOffset, ReadOnlySpan<byte> bytes) => _log.AppendRaw(physicalOffset, bytes);

    /// <summary>Reads the log's bytes up to <see cref="MaxPhysicalOffset"/>, not beyond the file's end; 0 when there is nothing (yet, or any more).</summary>
    public int ReadRaw(long physicalOffset, Span<byte> destination)
    {
        var left = _log.Max - physicalOffset;
        return left <= 0 || physicalOffset < _log.Min ? 0 : _log.Files.Read(physicalOffset, destination.Length > left ? destination[..(int)left] : destination);
    }

    /// <summary>Completes when <see cref="MaxPhysicalOffset"/> lies beyond the offset.</summary>
    public ValueTask WaitForAppendAsync(long physicalOffset, CancellationToken ct) => _log.WaitForAppendAsync(physicalOffset, ct);

    /// <summary>Cuts everything from a record's boundary on out of log, queues, index, terms and checkpoint; durable when it completes.</summary>
    /// <exception cref="ArgumentException">No record's boundary, or not in the log.</exception>
    public Task TruncateAsync(long physicalOffset) => Task.Run(() => _cutter.Truncate(physicalOffset, _confirmed.Lower));

    /// <summary>Empties the store and lets the log begin at a file's start: how a replica follows a master whose oldest files are gone.</summary>
    /// <param name="physicalOffset">A multiple of the files' size.</param>
    /// <param name="olderTerms">The terms that began before it, as its master tells them.</param>
    public Task ResetToAsync(long physicalOffset, IReadOnlyList<TermEntry>? olderTerms = null) =>
        Task.Run(() => _cutter.Reset(physicalOffset, olderTerms ?? [], _confirmed.Set));

    /// <summary>Deletes the log files that lie wholly before the offset (never the last one, nor what somebody needs: see <see cref="StoreRetention.AddBound"/>), with their queue and index entries; answers the new <see cref="MinPhysicalOffset"/>.</summary>
    public Task<long> DeleteBeforeAsync(long physicalOffset) => Task.Run(() => _cutter.DeleteBefore(Math.Min(physicalOffset, Retention.LowestNeeded().Offset)));

    /// <summary>CRC-32 over the bytes of the last records before the offset (fewer when the log begins earlier); 0 when it is no record's boundary here.</summary>
    public uint ChecksumBefore(long endOffset, int records) => _boundaries.Checksum(endOffset, records);

    /// <summary>Reads messages of a queue from one on: the first that the filter wants is given whatever its size, others while both limits hold.</summary>
    public QueueReadResult ReadQueue(string topic, int queueId, long queueOffset, int maxMessages, int maxBytes, IQueueFilter? filter) =>
        _reader.Read(topic, queueId, queueOffset, maxMessages, maxBytes, filter);

    /// <summary>First readable message and one past the last; 0 and 0 for a queue that has none.</summary>
    public (long Min, long Max) QueueBounds(string topic, int queueId) => _queues.Find(topic, queueId) is { } queue ? (queue.Min, queue.Max) : (0, 0);

    /// <summary>Store time of the queue's first message in Unix milliseconds; -1 when it has none.</summary>
    public long EarliestStoreTime(string topic, int queueId) => _reader.StoreTimeAt(topic, queueId, QueueBounds(topic, queueId).Min);

    /// <summary>Store time of a message in Unix milliseconds; -1 when it isn't there.</summary>
    public long StoreTimeAt(string topic, int queueId, long queueOffset) => _reader.StoreTimeAt(topic, queueId, queueOffset);

    /// <summary>Store time in Unix milliseconds of the last record that ends at or before a record's boundary; 0 when there is none.</summary>
    public long StoreTimeBefore(long physicalOffset) => _boundaries.LastBefore(physicalOffset).StoreTimestamp;

    /// <summary>The record that begins at the offset; null when none does, or it isn't confirmed or is damaged.</summary>
    public MessageRecord? ReadRecord(long physicalOffset) => _reader.ReadRecord(physicalOffset);

    /// <summary>Syncs everything, writes the checkpoint, and takes the abort file away when all went well.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        if (_timer is not null) await _timer.DisposeAsync();
        await Task.Run(Close);
    }

    private static MessageStore Open(StoreOptions options, IStorageDevice device, TimeProvider time, ILogger logger)
    {
        var started = Stopwatch.GetTimestamp();
        var folder = new StoreFolder(options, device);
        folder.Create();
        var folderLock = device.TryLock(folder.Lock) ?? throw new StoreLockedException(folder.Root);
        MessageStore? store = null;
        try
        {
            store = new MessageStore(options, device, time, logger, folder, folderLock);
            store.Recover(device);
            store.Start(time);
            var lastStop = store.OpenedAfterMachineStop ? "with the machine" : store.OpenedAfterUncleanStop ? "killed" : "orderly";
            StoreLog.Opened(logger, folder.Root, store.MinPhysicalOffset, store.MaxPhysicalOffset, store._queues.Count, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, lastStop);
            return store;
        }
        catch (Exception e)
        {
            store?.CloseFiles();
            folderLock.Dispose();
            if (e is UnauthorizedAccessException) throw new StoreException(e.Message, e);
            throw;
        }
    }

    private void Recover(IStorageDevice device)
    {
        var found = new StoreRecovery(device, _folder, _log, _commit, _queues, _index, _dispatcher, _checkpointer, _boundaries, Terms, _termsFile, _logger).Run(StoreFolder.CurrentBootId(_options), _confirmed.Set);
        OpenedAfterUncleanStop = found.Unclean;
        OpenedAfterMachineStop = found.MachineStop;
        WasEmpty = found.WasEmpty;
        LostBytes = found.LostBytes;
    }

    private void Start(TimeProvider time)
    {
        _commit.Start();
        _dispatcher.Start();
        var interval = TimeSpan.FromMilliseconds(_options.CheckpointIntervalMs);
        _timer = time.CreateTimer(static store => ((MessageStore)store!)._checkpointer.Run(clean: false), this, interval, interval);
    }

    private void OnAppended()
    {
        // SYNC_FLUSH: visibility follows the sync, so it is asked for also when nobody waits (WAIT=false).
        if (_options.Flush == FlushDiskType.Sync) _commit.Request();
        else if (_options.Confirm == ConfirmMode.WhenStored) _dispatcher.Signal();
        Appended?.Invoke();
    }

    private void OnFlushed()
    {
        if (_options.Confirm == ConfirmMode.WhenStored) _dispatcher.Signal();
        Flushed?.Invoke();
    }

    private void Close()
    {
        _log.Refuse(AppendStatus.Closed);
        var flushed = _commit.Flush();
        _dispatcher.Dispose();
        var clean = false;
        try
        {
            if (flushed) _dispatcher.Drain();
            clean = flushed && _checkpointer.Run(clean: true, force: true);
        }
        catch (IOException e)
        {
            StoreLog.DispatchStalled(_logger, _dispatcher.Position, 0, e);
        }

        _commit.Dispose();
        CloseFiles();
        try
        {
            if (clean) _folder.DeleteAbort();
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private void CloseFiles()
    {
        _log.Files.Dispose();
        _queues.Dispose();
        _index?.Dispose();
    }
}
