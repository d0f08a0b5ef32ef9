using System.Diagnostics;
using RocketAspire.Client;

namespace RocketAspire.Bench;

/// <summary>The senders: each sends, waits as its mode says, and sends again.</summary>
internal sealed class SendLoad(MessageSender sender, Targets targets, BenchOptions options, Ledger? ledger, long run)
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
        var message = new RocketMQMessage { Topic = options.Topic, Body = body };
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (_pacer is { } pacer) await pacer.WaitAsync(stop).ConfigureAwait(false);
                if (!await TrySendAsync(message, body).ConfigureAwait(false)) await targets.FollowAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    /// <summary>False when the message is not safe with the cluster.</summary>
    private async ValueTask<bool> TrySendAsync(RocketMQMessage message, byte[] body)
    {
        if (targets.Next() is not { } target)
        {
            Tally.Failed(new ErrorKind(null, "no route"), $"no broker takes messages for topic {options.Topic}");
            return false;
        }

        var number = ledger?.NextNumber() ?? 0;
        Stamp.Write(body, run, number);
        var sentAt = Stopwatch.GetTimestamp();
        try
        {
            if (options.Mode == SendMode.Oneway)
            {
                await sender.SendOnewayAsync(target.Address, target.Queue, message).ConfigureAwait(false);
            }
            else
            {
                var result = await sender.SendAsync(target.Address, target.Queue, message).ConfigureAwait(false);
                if (!result.IsAcknowledged)
                {
                    Tally.Failed(Tally.KindOf(result.Status), result.Remark ?? "");
                    return true;
                }
            }

            ledger?.Acknowledged(number);
            Tally.Succeeded(sentAt);
            return true;
        }
        catch (Exception e) when (Tally.KindOf(e) is { } kind)
        {
            Tally.Failed(kind, e.Message);
            return false;
        }
    }
}
