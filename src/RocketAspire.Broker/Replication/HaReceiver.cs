using System.Net.Sockets;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// A slave's end of one HA socket. What comes in is appended at once and acknowledged at once: from the page cache, or,
/// when the slave flushes synchronously, after the fsync, while the next bytes are already being taken in.
/// </summary>
internal sealed class HaReceiver(Stream stream, MessageStore store, ReplicationOptions options, TimeProvider time) : IDisposable
{
    private const int FirstBufferBytes = 64 * 1024;

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _received = new(0);
    private readonly byte[] _report = new byte[HaWire.ReportSize];
    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _buffered;
    private long _acked;
    private long _lastReport = time.GetTimestamp();
    private long _lastRead = time.GetTimestamp();

    /// <summary>The furthest that the master was told; bytes below it count as confirmed.</summary>
    public long AckedOffset => Volatile.Read(ref _acked);

    /// <summary>When something came from the master, on the clock's own count.</summary>
    public long LastRead => Volatile.Read(ref _lastRead);

    /// <summary>When the master was told something, likewise.</summary>
    public long LastReport => Volatile.Read(ref _lastReport);

    public ByteRate Rate { get; } = new(time);

    /// <summary>Greets the master and takes its log in until the connection ends.</summary>
    /// <param name="ticket">From the handshake; null for plain HA.</param>
    /// <param name="from">This store's end.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <returns>Why it ended, for people.</returns>
    public async Task<string> RunAsync(long? ticket, long from, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _acked, from);
        if (ticket is { } number)
        {
            await ReportAsync(number, ending.Token).ConfigureAwait(false);
        }
        await ReportAsync(from, ending.Token).ConfigureAwait(false);
        List<Task> loops = [ReceiveAsync(from, ending.Token), KeepAliveAsync(ending.Token)];
        if (options.SyncFlush)
        {
            loops.Add(AcknowledgeFlushedAsync(ending.Token));
        }
        var first = await Task.WhenAny(loops).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return cancellationToken.IsCancellationRequested ? "this node goes on elsewhere or stops" : first.Exception?.InnerException switch
        {
            null => "closed by the master",
            IOException { InnerException: SocketException e } => $"the connection broke ({e.SocketErrorCode})",
            var e => e.Message,
        };
    }

    public void Dispose()
    {
        stream.Dispose();
        _sending.Dispose();
        _received.Dispose();
    }

    private async Task ReceiveAsync(long from, CancellationToken cancellationToken)
    {
        var next = from;
        while (true)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_buffered), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }
            Volatile.Write(ref _lastRead, time.GetTimestamp());
            _buffered += read;
            Rate.Add(read);
            var before = store.MaxPhysicalOffset;
            next = TakeTransfers(next);
            if (store.MaxPhysicalOffset == before)
            {
                continue;
            }
            if (options.SyncFlush)
            {
                if (_received.CurrentCount == 0)
                {
                    _received.Release();
                }
            }
            else
            {
                await AcknowledgeAsync(store.MaxPhysicalOffset, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Appends every whole transfer in the buffer; answers the offset that the next has to have.</summary>
    private long TakeTransfers(long next)
    {
        var taken = 0;
        var needed = 0;
        while (_buffered - taken >= HaWire.TransferHeaderSize)
        {
            var (offset, size) = HaWire.ReadTransferHeader(_buffer.AsSpan(taken));
            if (size is < 0 or > HaWire.MaxTransferBytes)
            {
                throw new InvalidDataException($"the master announces a transfer of {size} bytes");
            }
            if (offset != next)
            {
                next = RequireEmptyStore(next, offset);
            }
            if (_buffered - taken < HaWire.TransferHeaderSize + size)
            {
                needed = HaWire.TransferHeaderSize + size;
                break;
            }
            if (size > 0)
            {
                store.AppendRaw(offset, _buffer.AsSpan(taken + HaWire.TransferHeaderSize, size));
            }
            next += size;
            taken += HaWire.TransferHeaderSize + size;
        }
        _buffer.AsSpan(taken, _buffered - taken).CopyTo(_buffer);
        _buffered -= taken;
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, needed);
        }
        return next;
    }

    /// <summary>An Apache master begins an empty slave at its last file: only then may the offset jump.</summary>
    private long RequireEmptyStore(long next, long offset) => next == 0 && store.RawEndOffset == 0 && offset >= 0
        ? offset
        : throw new InvalidDataException($"the master sends offset {offset}, this log ends at {next}");

    private async Task AcknowledgeFlushedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _received.WaitAsync(cancellationToken).ConfigureAwait(false);
            var end = store.MaxPhysicalOffset;
            if (await store.WaitFlushedAsync(end, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
            {
                await AcknowledgeAsync(end, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private ValueTask AcknowledgeAsync(long offset, CancellationToken cancellationToken)
    {
        // Before it is sent: what the master may have read counts as confirmed.
        Volatile.Write(ref _acked, offset);
        return ReportAsync(offset, cancellationToken);
    }

    private async ValueTask ReportAsync(long offset, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            HaWire.WriteReport(_report, offset);
            await stream.WriteAsync(_report, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _lastReport, time.GetTimestamp());
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        var tick = options.HaSendHeartbeatInterval < options.HaHousekeepingInterval ? options.HaSendHeartbeatInterval : options.HaHousekeepingInterval;
        using var timer = new PeriodicTimer(tick / 4, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            if (time.GetElapsedTime(Volatile.Read(ref _lastRead)) > options.HaHousekeepingInterval)
            {
                throw new TimeoutException($"nothing came from the master for {options.HaHousekeepingInterval.TotalSeconds:0.#} s");
            }
            if (time.GetElapsedTime(Volatile.Read(ref _lastReport)) >= options.HaSendHeartbeatInterval * 0.75)
            {
                await ReportAsync(AckedOffset, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
