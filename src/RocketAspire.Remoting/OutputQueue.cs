using System.IO.Pipelines;
using RocketAspire.Protocol.Remoting;

namespace RocketAspire.Remoting;

/// <summary>
/// The writing side of a connection: any thread writes a frame, one flush at a time sends all that has gathered.
/// While the reader works through a batch of requests, flushing waits for its end.
/// </summary>
internal sealed class OutputQueue : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly PipeWriter _pipe;
    private readonly RemotingFrameWriter _frames = new();
    private readonly long _pauseBytes;
    private readonly long _maxBytes;

    // Under _gate. Bytes written since the last flush began; a flush ends when the pipe holds less than its own threshold.
    private long _unflushed;
    private bool _flushing;
    private bool _inBatch;
    private bool _closed;
    private TaskCompletionSource? _resumed;
    private TaskCompletionSource? _drained;

    public OutputQueue(PipeWriter pipe, RemotingOptions options)
    {
        _pipe = pipe;
        _pauseBytes = options.PauseOutputBytes;
        _maxBytes = options.MaxOutputBytes;
    }

    public long Unflushed => Volatile.Read(ref _unflushed);

    /// <summary>More waits than the peer should be asked for.</summary>
    public bool IsPaused
    {
        get
        {
            lock (_gate) return _flushing && _unflushed >= _pauseBytes;
        }
    }

    /// <summary>False: the limit is passed, the connection should be closed.</summary>
    /// <exception cref="RemotingFrameException">The command is too large for a frame.</exception>
    public bool Write(RemotingCommand command)
    {
        lock (_gate)
        {
            if (_closed) return true;
            if (_unflushed > _maxBytes) return false;
            _unflushed += _frames.Write(_pipe, command);
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

    /// <summary>Sends what the batch has answered so far; the batch goes on.</summary>
    public void FlushBatch()
    {
        lock (_gate)
        {
            if (_unflushed == 0 || _flushing || _closed) return;
            _flushing = true;
        }

        _ = FlushAsync();
    }

    public void EndBatch()
    {
        lock (_gate)
        {
            _inBatch = false;
            if (_unflushed == 0 || _flushing || _closed) return;
            _flushing = true;
        }

        // On the reader's thread: the usual case sends everything here without a switch of threads.
        _ = FlushAsync();
    }

    public Task WaitUntilResumedAsync()
    {
        lock (_gate)
        {
            if (_closed || !_flushing || _unflushed < _pauseBytes) return Task.CompletedTask;
            _resumed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _resumed.Task;
        }
    }

    /// <summary>Completes when all that was written has been handed to the socket's queue.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            if (_closed || (!_flushing && _unflushed == 0)) return Task.CompletedTask;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Wake();
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = FlushAsync();

    private async Task FlushAsync()
    {
        try
        {
            while (true)
            {
                ValueTask<FlushResult> flush;
                lock (_gate)
                {
                    if (_unflushed == 0 || _closed)
                    {
                        _flushing = false;
                        Wake();
                        return;
                    }

                    // Begun under the lock, since a pipe's writer is for one thread at a time; awaited outside:
                    // frames may be written while the flush waits for the peer.
                    _unflushed = 0;
                    flush = _pipe.FlushAsync();
                    if (_resumed is not null) Wake(drained: false);
                }

                var result = await flush.ConfigureAwait(false);
                if (result.IsCompleted || result.IsCanceled) break;
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException or OperationCanceledException)
        {
            // The reading side learns of the end of the connection and reports it.
        }

        Close();
    }

    private void Wake(bool drained = true)
    {
        _resumed?.TrySetResult();
        _resumed = null;
        if (!drained) return;
        _drained?.TrySetResult();
        _drained = null;
    }
}
