using Microsoft.Extensions.Logging;

namespace RocketAspire.Store;

/// <summary>Makes the log durable: one thread, one sync for all that was appended before it, one wake-up for all who wait.</summary>
/// <remarks>
/// With SYNC_FLUSH the thread runs whenever something was appended, so a single writer waits for one fdatasync, and many
/// writers share the next one. With ASYNC_FLUSH it runs every flush interval. After a failed sync nothing is tried again:
/// the kernel may have dropped the pages and would report the next sync as good.
/// </remarks>
internal sealed class GroupCommit : IDisposable
{
    private readonly CommitLog _log;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly int _intervalMs;
    private readonly Signal _signal = new();
    private readonly Lock _waiting = new();
    private readonly Thread _thread;
    private long _flushed;
    private volatile Exception? _poison;
    private volatile bool _stopping;

    // Guarded by _waiting.
    private bool _stopped;

    // Those who came since the last sync began; completed together at the end of the next. Guarded by _waiting.
    private TaskCompletionSource? _generation;

    public GroupCommit(CommitLog log, StoreOptions options, TimeProvider time, ILogger logger, long flushed)
    {
        _log = log;
        _time = time;
        _logger = logger;
        _flushed = flushed;
        _intervalMs = options.Flush == FlushDiskType.Sync ? Timeout.Infinite : options.FlushIntervalMs;
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "store-flush" };
    }

    /// <summary>Held during a sync; who cuts the log holds it too.</summary>
    public Lock Gate { get; } = new();

    public long Flushed => Volatile.Read(ref _flushed);

    public Exception? Poison => _poison;

    /// <summary>Called after <see cref="Flushed"/> moved, or the log became poisoned, on the thread that synced.</summary>
    public Action? Moved { get; set; }

    public void Start() => _thread.Start();

    /// <summary>Asks for a sync soon; never blocks.</summary>
    public void Request() => _signal.Set();

    public async ValueTask<bool> WaitAsync(long endOffset, TimeSpan timeout, CancellationToken ct)
    {
        if (Flushed >= endOffset) return true;
        var started = _time.GetTimestamp();
        while (true)
        {
            Task done;
            lock (_waiting)
            {
                if (Flushed >= endOffset) return true;
                if (_poison is { } cause) throw new StorePoisonedException(cause);
                if (_stopped) throw new StoreException("The store is closed.");
                _generation ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                done = _generation.Task;
            }

            var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - _time.GetElapsedTime(started);
            if (left < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan) return false;
            // Of a record not yet wholly there a sync says nothing: then the append comes first.
            if (_log.Max < endOffset) done = _log.WaitForAppendAsync(endOffset - 1, ct).AsTask();
            else Request();
            try
            {
                await done.WaitAsync(left, _time, ct);
            }
            catch (TimeoutException)
            {
                return Flushed >= endOffset;
            }
        }
    }

    /// <summary>Syncs now, on the caller's thread. False when the log is (or becomes) poisoned.</summary>
    public bool Flush()
    {
        TaskCompletionSource? generation;
        bool moved;
        lock (Gate)
        {
            var before = Flushed;
            var wasWell = _poison is null;
            lock (_waiting)
            {
                generation = _generation;
                _generation = null;
            }

            if (_poison is null) Sync();
            moved = Flushed != before || (wasWell && _poison is not null);
        }

        // Not under the gate: who cuts the log takes the log's lock first.
        if (_poison is not null) _log.Refuse(AppendStatus.Poisoned);
        // Waiters look at Flushed and at the poison themselves.
        generation?.SetResult();
        if (moved) Moved?.Invoke();
        return _poison is null;
    }

    /// <summary>Nothing more is reported as stored.</summary>
    public void Fail(Exception cause)
    {
        if (_poison is not null) return;
        _poison = cause;
        StoreLog.Poisoned(_logger, Flushed, cause);
    }

    /// <summary>After a cut, with both locks held; or at opening.</summary>
    public void SetFlushed(long offset) => Volatile.Write(ref _flushed, offset);

    public void Dispose()
    {
        _stopping = true;
        _signal.Set();
        if (_thread.IsAlive) _thread.Join();
    }

    private void Sync()
    {
        // The end first, then the sync: what is appended meanwhile waits for the next one.
        var end = _log.Max;
        if (end == Flushed && _log.RawEnd == end) return;
        try
        {
            _log.Files.Flush();
            Volatile.Write(ref _flushed, end);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Fail(e);
        }
    }

    private void Run()
    {
        while (!_stopping)
        {
            _signal.Wait(_intervalMs);
            // Poisoned: stay only to tell those who still come.
            if (!Flush()) WakeAll();
        }

        lock (_waiting)
        {
            _stopped = true;
        }

        WakeAll();
    }

    private void WakeAll()
    {
        lock (_waiting)
        {
            _generation?.SetResult();
            _generation = null;
        }
    }
}
