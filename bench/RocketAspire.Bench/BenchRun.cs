using System.Diagnostics;

namespace RocketAspire.Bench;

/// <summary>One measurement from the first connection to the last message.</summary>
internal sealed class BenchRun(BenchOptions options, TextWriter? progress)
{
    private const double Mebibyte = 1024 * 1024;

    // Tells this run's messages from those of others in the same topic.
    private readonly long _run = Random.Shared.NextInt64();
    private volatile SendLoad? _send;

    /// <summary>Acknowledged so far.</summary>
    public long Sent => _send?.Tally.Sent ?? 0;

    /// <summary>Failed so far.</summary>
    public long Errors => _send?.Tally.Errors ?? 0;

    /// <param name="interrupted">Ends the run early; what was measured is the result.</param>
    /// <exception cref="BenchException">The topic can't be had, or its queues can't be read.</exception>
    public async Task<BenchResult> RunAsync(CancellationToken interrupted)
    {
        await using var way = options.Proxy is { } proxy ? await Way.ThroughAsync(proxy, options, interrupted).ConfigureAwait(false) : await Way.DirectAsync(options, progress, interrupted).ConfigureAwait(false);
        var ledger = options.Consume ? new Ledger() : null;
        var send = _send = new SendLoad(way.Send, options, ledger, _run);
        var receive = ledger is null ? null : new ReceiveLoad(way.Receive, ledger, _run);
        using var stopSending = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        using var stopReceiving = new CancellationTokenSource();
        if (receive is not null) await receive.StartAsync(stopReceiving.Token).ConfigureAwait(false);
        var load = send.RunAsync(stopSending.Token);
        if (options.Warmup > 0) await WarmUpAsync(interrupted).ConfigureAwait(false);

        var startedAt = DateTimeOffset.UtcNow;
        send.StartCounting();
        receive?.StartCounting();
        var began = Stopwatch.GetTimestamp();
        var timeline = new Timeline(send, receive, progress);
        await timeline.RunAsync(options.Seconds, interrupted).ConfigureAwait(false);
        var wasInterrupted = interrupted.IsCancellationRequested;
        var ended = Stopwatch.GetTimestamp();
        var gap = send.Tally.Gaps.Read(ended);
        var measured = Stopwatch.GetElapsedTime(began, ended);
        var sent = LoadOf(send.Tally.Sent, send.Tally.Latencies, measured);
        // What comes while the last messages are waited for belongs to no measured second.
        var arrived = receive is null ? null : LoadOf(receive.Received, receive.Latencies, measured);
        await stopSending.CancelAsync().ConfigureAwait(false);
        await load.ConfigureAwait(false);

        var received = receive is null ? null : await EndReceivingAsync(receive, arrived!, ledger!, stopReceiving).ConfigureAwait(false);
        return new BenchResult
        {
            Topic = options.Topic,
            Proxy = options.Proxy,
            Mode = options.ModeName,
            Size = options.Size,
            Senders = options.Senders,
            InFlight = options.Mode == SendMode.Async ? options.InFlight : 1,
            Rate = options.Rate,
            StartedAt = startedAt,
            Seconds = measured.TotalSeconds,
            Interrupted = wasInterrupted,
            Sent = sent,
            Errors = send.Tally.ErrorsByCode,
            LongestGap = new(gap.Longest.TotalSeconds, gap.BeganAfter.TotalSeconds),
            Received = received,
            Timeline = timeline.Samples,
        };
    }

    private async Task WarmUpAsync(CancellationToken interrupted)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(options.Warmup), interrupted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Then nothing was measured, and the result says so.
        }
    }

    private static async Task<ReceiveResult> EndReceivingAsync(ReceiveLoad receive, LoadResult arrived, Ledger ledger, CancellationTokenSource stop)
    {
        await receive.DrainAsync().ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await receive.StoppedAsync().ConfigureAwait(false);
        return new ReceiveResult(arrived, ledger.CountMissing(), ledger.Duplicates, receive.Failures);
    }

    private LoadResult LoadOf(long messages, Latencies latencies, TimeSpan measured)
    {
        var perSecond = measured > TimeSpan.Zero ? messages / measured.TotalSeconds : 0;
        return new LoadResult(messages, perSecond, perSecond * options.Size / Mebibyte, latencies.Summarise());
    }
}
