using System.Diagnostics;

namespace RocketAspire.Bench;

/// <summary>The senders: each sends, waits as its mode says, and sends again.</summary>
internal sealed class SendLoad(ISendPath path, BenchOptions options, Ledger? ledger, long run)
{
    private Tally _tally = new(Stopwatch.GetTimestamp());
    private Pacer? _pacer;

    /// <summary>What is counted now.</summary>
    public Tally Tally => Volatile.Read(ref _tally);

    /// <summary>Counts from here on.</summary>
    public void StartCounting() => Volatile.Write(ref _tally, new Tally(Stopwatch.GetTimestamp()));

    /// <summary>Sends until told to stop; what is under way then is still waited for.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (options.Rate > 0) _pacer = new Pacer(options.Rate);
        // Each lane starts on the thread pool: none waits for another's first connection.
        await Task.WhenAll(Enumerable.Range(0, options.Lanes).Select(_ => Task.Run(() => SendAsync(stop), CancellationToken.None))).ConfigureAwait(false);
    }

    private async Task SendAsync(CancellationToken stop)
    {
        var body = new byte[options.Size];
        Random.Shared.NextBytes(body);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (_pacer is { } pacer) await pacer.WaitAsync(stop).ConfigureAwait(false);
                if (!await TrySendAsync(body).ConfigureAwait(false)) await path.FollowAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    /// <summary>False when the way to the cluster is broken.</summary>
    private async ValueTask<bool> TrySendAsync(byte[] body)
    {
        var number = ledger?.NextNumber() ?? 0;
        Stamp.Write(body, run, number);
        var sentAt = Stopwatch.GetTimestamp();
        try
        {
            if (await path.SendAsync(body).ConfigureAwait(false) is { } wrong)
            {
                Tally.Failed(wrong.Kind, wrong.Text);
                return !wrong.IsLost;
            }

            ledger?.Acknowledged(number);
            Tally.Succeeded(sentAt);
            return true;
        }
        catch (Exception e) when (path.KindOf(e) is { } kind)
        {
            Tally.Failed(kind, e.Message);
            return false;
        }
    }
}
