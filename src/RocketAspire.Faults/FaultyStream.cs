using System.Net.Sockets;

namespace RocketAspire.Faults;

/// <summary>
/// One connection on a <see cref="FaultyNetwork"/>. As on a real network, a writer doesn't notice what becomes of its bytes until
/// too many wait; what a parted network holds back arrives whole and in order once it is healed, unless somebody gave up meanwhile.
/// </summary>
internal sealed class FaultyStream(Socket socket, FaultyNetwork network) : Stream
{
    // About what two kernels' socket buffers take before a writer has to wait.
    private const long MaxWaitingBytes = 4 * 1024 * 1024;

    private readonly NetworkStream _inner = new(socket, ownsSocket: true);
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();

    // What goes out later; all of it guarded by _gate.
    private readonly Queue<Piece> _waiting = new();
    private long _waitingBytes;
    private bool _isPumping;
    private Exception? _failure;
    private TaskCompletionSource? _room;

    private volatile string? _peer;

    /// <summary>Who is at the other end; null: a client, which nothing is done to.</summary>
    public string? Peer
    {
        get => _peer;
        set => _peer = value;
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _peer is null ? _inner.ReadAsync(buffer, cancellationToken) : ReadFromPeerAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var faults = network.Of(_peer);
        lock (_gate)
        {
            // A piece never overtakes the ones that wait.
            if (!faults.TouchesOutput && !_isPumping) return _inner.WriteAsync(buffer, cancellationToken);
            if (_failure is { } failure) throw new IOException(failure.Message, failure);
            if (network.Draw(faults.DropPercent)) return ValueTask.CompletedTask;
            var due = network.Time.GetTimestamp() + (long)(faults.DelayMs / 1000.0 * network.Time.TimestampFrequency);
            var piece = new Piece(buffer.ToArray(), due);
            Enqueue(piece);
            if (network.Draw(faults.DuplicatePercent)) Enqueue(piece);
            if (!_isPumping)
            {
                _isPumping = true;
                _ = Task.Run(PumpAsync, CancellationToken.None);
            }

            if (_waitingBytes <= MaxWaitingBytes) return ValueTask.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task.WaitAsync(cancellationToken));
        }
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Waits until none of these directions is isolated any more.</summary>
    /// <exception cref="OperationCanceledException">The stream was closed, or the caller gave up.</exception>
    public async ValueTask WaitAsync(FaultDirection direction, CancellationToken cancellationToken)
    {
        if ((network.Of(_peer).Isolated & direction) == 0) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        await network.WaitAsync(() => _peer, direction, either.Token).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            network.Remove(this);
            _closed.Cancel();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadFromPeerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // The end of a connection is news, too.
            await WaitAsync(FaultDirection.In, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Enqueue(Piece piece)
    {
        _waiting.Enqueue(piece);
        _waitingBytes += piece.Bytes.Length;
    }

    private async Task PumpAsync()
    {
        try
        {
            while (Next() is { } piece)
            {
                var left = network.Time.GetElapsedTime(network.Time.GetTimestamp(), piece.Due);
                if (left > TimeSpan.Zero) await Task.Delay(left, network.Time, _closed.Token).ConfigureAwait(false);
                await WaitAsync(FaultDirection.Out, _closed.Token).ConfigureAwait(false);
                await _inner.WriteAsync(piece.Bytes, _closed.Token).ConfigureAwait(false);
                lock (_gate)
                {
                    _waitingBytes -= piece.Bytes.Length;
                    if (_waitingBytes <= MaxWaitingBytes) WakeWriter();
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            lock (_gate)
            {
                _failure = e;
                _waiting.Clear();
                _waitingBytes = 0;
                // Stays so: what is written from now on fails.
                WakeWriter();
            }
        }
    }

    private Piece? Next()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var piece)) return piece;
            _isPumping = false;
            return null;
        }
    }

    private void WakeWriter()
    {
        _room?.TrySetResult();
        _room = null;
    }

    private sealed record Piece(byte[] Bytes, long Due);
}
