using System.Diagnostics;

namespace RocketAspire.Bench;

/// <summary>What arrives of this run.</summary>
internal sealed class ReceiveLoad(IReceivePath path, Ledger ledger, long run)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private Latencies _latencies = new();
    private long _received;
    private long _lastArrival;
    private long _countFrom;

    /// <summary>From sending to receipt.</summary>
    public Latencies Latencies => Volatile.Read(ref _latencies);

    /// <summary>Messages of this run since the counting began, duplicates included.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Pulls that failed.</summary>
    public long Failures => path.Failures;

    public void StartCounting()
    {
        Volatile.Write(ref _countFrom, Stopwatch.GetTimestamp());
        Volatile.Write(ref _latencies, new Latencies());
        Interlocked.Exchange(ref _received, 0);
    }

    /// <summary>Begins to receive what is sent from now on.</summary>
    public Task StartAsync(CancellationToken stop) => path.StartAsync(body => Take(body.Span), stop);

    /// <summary>Waits until all that was acknowledged has come, or nothing comes any more.</summary>
    public async Task DrainAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (ledger.CountMissing() > 0 && Stopwatch.GetElapsedTime(Math.Max(began, Volatile.Read(ref _lastArrival))) < Quiet)
        {
            await Task.Delay(20).ConfigureAwait(false);
        }
    }

    public Task StoppedAsync() => path.StoppedAsync();

    private void Take(ReadOnlySpan<byte> body)
    {
        if (!Stamp.TryRead(body, run, out var number, out var sentAt)) return;
        var now = Stopwatch.GetTimestamp();
        Volatile.Write(ref _lastArrival, now);
        ledger.Arrived(number);
        if (sentAt < Volatile.Read(ref _countFrom)) return;
        Latencies.Record(sentAt, now);
        Interlocked.Increment(ref _received);
    }
}
