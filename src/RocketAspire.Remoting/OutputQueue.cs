using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>
/// The writing side of a connection: any thread adds a frame, one flush at a time sends all that has gathered meanwhile.
/// While the reader works through a batch of requests, flushing waits for its end.
/// </summary>
internal sealed class OutputQueue : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private Stream _stream;
    private readonly RemotingFrameWriter _frames = new();
    private readonly long _pauseBytes;
    private readonly long _maxBytes;
    private readonly OutputBudget _budget;

    // Under _gate: frames go into the one buffer while the other is being sent.
    private SendBuffer _gathering = new();
    private SendBuffer _other = new();
    private bool _flushing;
    private bool _inBatch;
    private bool _closed;

    // Bytes in _gathering that the budget knows of: those that came while a flush was under way.
    private long _behindFlush;
    private TaskCompletionSource? _resumed;
    private TaskCompletionSource? _drained;

    public OutputQueue(Stream stream, RemotingOptions options)
    {
        _stream = stream;
        _pauseBytes = options.PauseOutputBytes;
        _maxBytes = options.MaxOutputBytes;
        _budget = options.OutputBudget;
    }

    /// <summary>Bytes that wait for the next flush.</summary>
    public int Gathered => Volatile.Read(ref _gathering).Length;

    /// <summary>Nothing that is written goes anywhere any more.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>More waits behind a flush than the peer should be asked for.</summary>
    public bool IsPaused
    {
        get
        {
            lock (_gate) return Paused;
        }
    }

    private bool Paused => _flushing && !_closed && (_gathering.Length >= _pauseBytes || _budget.IsSpent);

    /// <summary>Before anything was written.</summary>
    public void UseStream(Stream secured) => _stream = secured;

    /// <summary>False: the limit is passed, the connection should be closed.</summary>
    /// <exception cref="RemotingFrameException">The command is too large for a frame.</exception>
    public bool Write(RemotingCommand command)
    {
        lock (_gate)
        {
            if (_closed) return true;
            var before = _gathering.Length;
            if (before > _maxBytes || (before > _pauseBytes && _budget.IsOverdrawn)) return false;
            _frames.Write(_gathering, command);
            if (_flushing)
            {
                _behindFlush += _gathering.Length - before;
                _budget.Add(_gathering.Length - before);
            }

            if (_inBatch || _flushing) return true;
            _flushing = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    public void BeginBatch()
    {
        lock (_gate) _inBatch = true;
    }

    /// <summary>Sends what has gathered so far; the batch goes on.</summary>
    public void FlushBatch() => Flush(endsBatch: false);

    /// <summary>On the reader's thread: the usual case sends everything here without a switch of threads.</summary>
    public void EndBatch() => Flush(endsBatch: true);

    public Task WaitUntilResumedAsync()
    {
        lock (_gate)
        {
            if (!Paused) return Task.CompletedTask;
            _resumed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _resumed.Task;
        }
    }

    /// <summary>Completes when all that was written has been handed to the system, or the queue is closed.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            if (_closed || (!_flushing && _gathering.Length == 0)) return Task.CompletedTask;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>Nothing is sent any more; a flush under way fails with its stream.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _gathering.Clear();
            Uncount();
            Wake();
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = FlushAsync();

    private void Flush(bool endsBatch)
    {
        lock (_gate)
        {
            if (endsBatch) _inBatch = false;
            if (_gathering.Length == 0 || _flushing || _closed) return;
            _flushing = true;
        }

        _ = FlushAsync();
    }

    private async Task FlushAsync()
    {
        try
        {
            while (Take() is { } sending)
            {
                var sent = _stream.WriteAsync(sending.Written);
                if (sent.IsCompletedSuccessfully) await sent.ConfigureAwait(false);
                else await WaitSentAsync(sent, sending.Length).ConfigureAwait(false);
                // Only now: the system has read it.
                sending.Clear();
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The reading side learns of the end of the connection and reports it.
            Close();
        }
    }

    /// <summary>Only what a peer doesn't take at once is counted: the usual case costs nothing.</summary>
    private async ValueTask WaitSentAsync(ValueTask sent, int length)
    {
        _budget.Add(length);
        try
        {
            await sent.ConfigureAwait(false);
        }
        finally
        {
            _budget.Add(-length);
        }
    }

    /// <summary>The buffer to send next, exchanged for the empty one; null ends the flush.</summary>
    private SendBuffer? Take()
    {
        lock (_gate)
        {
            if (_gathering.Length == 0 || _closed)
            {
                _flushing = false;
                Wake();
                return null;
            }

            (_gathering, _other) = (_other, _gathering);
            Uncount();
            _resumed?.TrySetResult();
            _resumed = null;
            return _other;
        }
    }

    private void Uncount()
    {
        if (_behindFlush == 0) return;
        _budget.Add(-_behindFlush);
        _behindFlush = 0;
    }

    private void Wake()
    {
        _resumed?.TrySetResult();
        _resumed = null;
        _drained?.TrySetResult();
        _drained = null;
    }
}
