using System.Net;
using System.Net.Sockets;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// A master's end of one HA socket. One loop reads the slave's reports, one sends what was appended as soon as it is
/// there, without waiting for reports, and a timer sends heartbeats and closes a connection that fell silent.
/// </summary>
internal sealed class HaConnection(Stream stream, IPEndPoint? remote, MessageStore store, ReplicationOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly byte[] _reports = new byte[HaWire.ReportSize * 512];
    private int _reportBytes;

    // Where the next transfer begins; only changed while _sending is held.
    private long _next;
    private long _lastSent = time.GetTimestamp();
    private long _lastReport = time.GetTimestamp();
    private string? _closeReason;

    public string RemoteAddress { get; } = remote?.ToString() ?? "?";

    public IPAddress? RemoteHost { get; } = remote?.Address;

    public long AckedOffset { get; private set; }

    /// <summary>Where the next transfer begins.</summary>
    public long SentTo => Volatile.Read(ref _next);

    public ByteRate Rate { get; } = new(time);

    /// <summary>The next report; null when the slave closed.</summary>
    public async ValueTask<long?> ReadReportAsync(CancellationToken cancellationToken)
    {
        while (_reportBytes < HaWire.ReportSize)
        {
            var read = await stream.ReadAsync(_reports.AsMemory(_reportBytes), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }
            _reportBytes += read;
        }
        Volatile.Write(ref _lastReport, time.GetTimestamp());
        var report = HaWire.ReadReport(_reports);
        _reportBytes -= HaWire.ReportSize;
        _reports.AsSpan(HaWire.ReportSize, _reportBytes).CopyTo(_reports);
        return report;
    }

    /// <summary>Sends the log from an offset on until the connection ends.</summary>
    /// <returns>Why it ended, for people.</returns>
    public async Task<string> StreamAsync(long from, long acked, Action<long> onAck, CancellationToken cancellationToken)
    {
        _next = from;
        AckedOffset = acked;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops = [ReadReportsAsync(onAck, ending.Token), SendLogAsync(ending.Token), KeepAliveAsync(ending.Token)];
        var first = await Task.WhenAny(loops).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        Close(cancellationToken.IsCancellationRequested ? "this node stops" : Reason(first));
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _closeReason!;
    }

    /// <summary>Ends the connection; the first reason stays.</summary>
    public void Close(string reason)
    {
        Interlocked.CompareExchange(ref _closeReason, reason, null);
        stream.Dispose();
    }

    public void Dispose()
    {
        stream.Dispose();
        _sending.Dispose();
    }

    private static string Reason(Task ended) => ended.Exception?.InnerException switch
    {
        null => "closed by the slave",
        IOException { InnerException: SocketException e } => $"the connection broke ({e.SocketErrorCode})",
        var e => e.Message,
    };

    private async Task ReadReportsAsync(Action<long> onAck, CancellationToken cancellationToken)
    {
        while (await ReadLastReportAsync(cancellationToken).ConfigureAwait(false) is { } offset)
        {
            if (offset > store.MaxPhysicalOffset || offset < 0)
            {
                throw new InvalidDataException($"the slave reports offset {offset}, this log ends at {store.MaxPhysicalOffset}");
            }
            AckedOffset = offset;
            onAck(offset);
        }
    }

    /// <summary>The newest of the reports that have come in: reports only grow, so the older ones say nothing more.</summary>
    private async ValueTask<long?> ReadLastReportAsync(CancellationToken cancellationToken)
    {
        var report = await ReadReportAsync(cancellationToken).ConfigureAwait(false);
        while (report is not null && _reportBytes >= HaWire.ReportSize)
        {
            report = await ReadReportAsync(cancellationToken).ConfigureAwait(false);
        }
        return report;
    }

    private async Task SendLogAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[HaWire.TransferHeaderSize + options.HaTransferBatchBytes];
        while (true)
        {
            var size = store.ReadRaw(_next, buffer.AsSpan(HaWire.TransferHeaderSize));
            if (size > 0)
            {
                await SendAsync(buffer, size, cancellationToken).ConfigureAwait(false);
                continue;
            }
            if (_next < store.MinPhysicalOffset)
            {
                throw new InvalidDataException($"the log before offset {store.MinPhysicalOffset} has expired, the slave is at {_next}");
            }
            await store.WaitForAppendAsync(_next, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask SendAsync(byte[] buffer, int size, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            HaWire.WriteTransferHeader(buffer, _next, size);
            await stream.WriteAsync(buffer.AsMemory(0, HaWire.TransferHeaderSize + size), cancellationToken).ConfigureAwait(false);
            _next += size;
            Rate.Add(size);
            Volatile.Write(ref _lastSent, time.GetTimestamp());
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        var heartbeat = new byte[HaWire.TransferHeaderSize];
        var tick = options.HaSendHeartbeatInterval < options.HaHousekeepingInterval ? options.HaSendHeartbeatInterval : options.HaHousekeepingInterval;
        using var timer = new PeriodicTimer(tick / 4, time);
        var beating = Task.CompletedTask;
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            if (time.GetElapsedTime(Volatile.Read(ref _lastReport)) > options.HaHousekeepingInterval)
            {
                throw new TimeoutException($"no report for {options.HaHousekeepingInterval.TotalSeconds:0.#} s");
            }
            if (time.GetElapsedTime(Volatile.Read(ref _lastSent)) >= options.HaSendHeartbeatInterval * 0.75)
            {
                // Not awaited: a slave that reads nothing must not keep this loop from seeing its silence.
                if (beating.IsCompleted)
                {
                    beating = SendAsync(heartbeat, 0, cancellationToken).AsTask();
                }
            }
        }
    }
}
