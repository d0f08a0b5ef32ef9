using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker.Raft;

/// <summary>Goes over the committed log, once after the start and then once a day, and compares it with a peer's; mends at once what a reader finds damaged.</summary>
/// <remarks>
/// A record's CRC covers its body alone. Topic, properties and times, and the places of records themselves, are only known
/// to be right by another copy.
/// </remarks>
internal sealed class LogScrubber(CommittedLog log, LogMender mender, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    // More that nobody can judge are left until the next day.
    private const int MostOpen = 1000;

    // A reader doesn't wait for longer.
    private static readonly TimeSpan ReaderLimit = TimeSpan.FromSeconds(1);

    // Of the disk's and the network's time: at most about 64 MiB a second.
    private static readonly TimeSpan BetweenPieces = TimeSpan.FromMilliseconds(15);

    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<long> _found = Channel.CreateBounded<long>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropWrite });
    private Task _loops = Task.CompletedTask;

    public void Start() => _loops = Task.WhenAll(Task.Run(PassAsync), Task.Run(MendFoundAsync));

    /// <summary>The record there is damaged: it is mended soon. Never waits.</summary>
    public void Report(long at) => _found.Writer.TryWrite(at);

    /// <summary>The same on a reader's thread, which waits for it; true when the record can be read again.</summary>
    public bool Mend(long at)
    {
        try
        {
            return Task.Run(() => mender.MendRecordAsync(at)).WaitAsync(ReaderLimit, time).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is TimeoutException or IOException or Store.StoreException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task PassAsync()
    {
        // What was on the disk at the start is committed only later.
        var (at, target, began) = (log.Start, log.Max, time.GetTimestamp());
        var open = new Queue<(long From, long To)>();
        while (!_stop.IsCancellationRequested)
        {
            if (at < Math.Min(target, log.End))
            {
                at = Math.Max(at, log.Start);
                var to = Math.Min(at - (at % CommittedLog.MostBytes) + CommittedLog.MostBytes, log.End);
                if (await CompareAsync(at, to, open).ConfigureAwait(false)) at = to;
                else await PauseAsync(Retry).ConfigureAwait(false);
                continue;
            }

            for (var left = open.Count; left > 0; left--)
            {
                var (from, to) = open.Dequeue();
                if (await CompareAsync(from, to, open).ConfigureAwait(false)) continue;
                open.Enqueue((from, to));
                break;
            }

            if (at >= target && time.GetElapsedTime(began) >= Interval) (at, target, began) = (log.Start, log.End, time.GetTimestamp());
            else await PauseAsync(at < target || open.Count > 0 ? Retry : LookInterval).ConfigureAwait(false);
        }
    }

    /// <summary>False when there was nobody to compare with.</summary>
    private async Task<bool> CompareAsync(long from, long to, Queue<(long From, long To)> open)
    {
        await PauseAsync(BetweenPieces).ConfigureAwait(false);
        if (_stop.IsCancellationRequested) return false;
        try
        {
            var result = await mender.CompareAsync(from, to).ConfigureAwait(false);
            if (result == LogMender.Comparison.Open && open.Count < MostOpen) open.Enqueue((from, to));
            return result != LogMender.Comparison.Alone;
        }
        catch (Exception e) when (e is IOException or Store.StoreException or ObjectDisposedException)
        {
            RaftLog.NotCompared(logger, from, to, e.Message);
            return false;
        }
    }

    private async Task MendFoundAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var at = await _found.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                if (!await mender.MendRecordAsync(at).ConfigureAwait(false)) await PauseAsync(Retry / 10).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or Store.StoreException or ObjectDisposedException or OperationCanceledException)
            {
                await PauseAsync(Retry).ConfigureAwait(false);
            }
        }
    }

    private async Task PauseAsync(TimeSpan pause) => await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
