using System.Diagnostics;
using RocketAspire.Client;

namespace RocketAspire.Bench;

/// <summary>Reads each queue from its end on by long polls, as a push consumer does.</summary>
internal sealed class ReceiveLoad(RocketMQConnection connection, Targets targets, BenchOptions options, Ledger ledger, long run)
{
    private const string Group = "RocketAspireBench";
    private const int BatchSize = 32;
    private static readonly TimeSpan Suspend = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly MessagePuller _puller = new(connection, Group);
    private readonly List<Task> _pulling = [];
    private Latencies _latencies = new();
    private long _received;
    private long _failures;
    private long _lastArrival;
    private long _countFrom;

    /// <summary>From sending to receipt.</summary>
    public Latencies Latencies => Volatile.Read(ref _latencies);

    /// <summary>Messages of this run since the counting began, duplicates included.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Pulls that failed.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public void StartCounting()
    {
        Volatile.Write(ref _countFrom, Stopwatch.GetTimestamp());
        Volatile.Write(ref _latencies, new Latencies());
        Interlocked.Exchange(ref _received, 0);
    }

    /// <summary>Finds the ends of the queues and begins to read there.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        var admin = new RocketMQAdmin(connection);
        try
        {
            foreach (var target in targets.Readable)
            {
                var offset = await admin.GetMaxOffsetAsync(target.Address, options.Topic, target.Queue.QueueId, stop).ConfigureAwait(false);
                _pulling.Add(Task.Run(() => PullAsync(target.Queue, offset, stop), CancellationToken.None));
            }
        }
        catch (Exception e) when (Tally.KindOf(e) is not null)
        {
            throw new BenchException(e.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>Waits until all that was acknowledged has come, or nothing comes any more.</summary>
    public async Task DrainAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (ledger.CountMissing() > 0 && Stopwatch.GetElapsedTime(Math.Max(began, Volatile.Read(ref _lastArrival))) < Quiet)
        {
            await Task.Delay(20).ConfigureAwait(false);
        }
    }

    public Task StoppedAsync() => Task.WhenAll(_pulling);

    private async Task PullAsync(MessageQueue queue, long offset, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var address = targets.Readable.FirstOrDefault(target => target.Queue == queue)?.Address;
                if (address is null)
                {
                    await targets.FollowAsync(stop).ConfigureAwait(false);
                    continue;
                }

                var pulled = await _puller.PullAsync(address, options.Topic, queue.QueueId, offset, BatchSize, Suspend, cancellationToken: stop).ConfigureAwait(false);
                offset = pulled.NextBeginOffset;
                foreach (var record in pulled.Messages) Take(record.Body.Span);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (Tally.KindOf(e) is not null)
            {
                Interlocked.Increment(ref _failures);
                try
                {
                    await targets.FollowAsync(stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

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
