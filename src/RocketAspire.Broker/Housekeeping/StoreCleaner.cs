using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Deletes old log files with what led to them, when <see cref="RetentionPlan"/> says so and nobody needs them any more.</summary>
public sealed class StoreCleaner(
    MessageStore store, DiskGauge gauge, TopicConfigTable topics, BrokerConfiguration configuration, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    // Asked once, Apache's broker looks for expired files at so many of its next looks.
    private const int LooksWhenAsked = 20;
    private static readonly TimeSpan FirstLook = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _timerGate = new();

    // Under _timerGate.
    private ITimer? _timer;
    private TimeSpan _interval;

    private Task _running = Task.CompletedTask;
    private int _busy;
    private int _asked;
    private string? _heldBy;

    public void Start()
    {
        lock (_timerGate)
        {
            _interval = configuration.Current.Retention.CleanResourceInterval;
            _timer = time.CreateTimer(static cleaner => ((StoreCleaner)cleaner!).Look(), this, FirstLook, _interval);
        }

        configuration.Changed += FollowInterval;
    }

    /// <summary>Expired files go now, at any hour.</summary>
    public void Ask()
    {
        Volatile.Write(ref _asked, LooksWhenAsked);
        Look();
    }

    /// <summary>Queues that lead nowhere any more and whose topic is unknown go; those of known topics and of the broker's own keep their places, so that offsets in them stay true.</summary>
    public Task<int> DeleteExpiredQueuesAsync() => store.Retention.DeleteExpiredQueuesAsync(topic => !TopicNames.IsSystem(topic) && topics.Find(topic) is null);

    public async ValueTask DisposeAsync()
    {
        configuration.Changed -= FollowInterval;
        if (_timer is not null) await _timer.DisposeAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private void FollowInterval()
    {
        lock (_timerGate)
        {
            var interval = configuration.Current.Retention.CleanResourceInterval;
            if (interval == _interval) return;
            _interval = interval;
            _timer!.Change(interval, interval);
        }
    }

    private void Look()
    {
        // The look before may still be at work.
        if (_stop.IsCancellationRequested || Interlocked.Exchange(ref _busy, 1) != 0) return;
        _running = Task.Run(CleanAsync);
    }

    private async Task CleanAsync()
    {
        try
        {
            await CleanOnceAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The broker stops.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Log.BackgroundFailed(logger, "Deleting old log files", e.Message, e);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private async Task CleanOnceAsync()
    {
        var options = configuration.Current.Retention;
        var isAsked = Volatile.Read(ref _asked) > 0 && Interlocked.Decrement(ref _asked) >= 0;
        var plan = RetentionPlan.Make(options, time.GetLocalNow(), gauge.Look(), isAsked);
        if (!plan.IsTime) return;
        var deleted = 0;
        foreach (var file in store.Retention.OldestFiles(options.DeleteFileBatchMax))
        {
            if (!plan.Takes(file, options, time.GetUtcNow())) break;
            if (deleted > 0) await Task.Delay(options.DeleteCommitLogFilesInterval, time, _stop.Token).ConfigureAwait(false);
            var min = await store.DeleteBeforeAsync(file.EndOffset).ConfigureAwait(false);
            if (min < file.EndOffset)
            {
                TellHeld(file);
                break;
            }

            _heldBy = null;
            deleted++;
        }

        if (deleted > 0) Log.OldFilesDeleted(logger, deleted, store.MinPhysicalOffset, plan.AtOnce);
        else if (plan.IsShort) Log.NothingToDelete(logger, gauge.Measure().ToString());
    }

    /// <summary>Once for each who holds it, not at each look.</summary>
    private void TellHeld(LogFile file)
    {
        var who = store.Retention.LowestNeeded().Who ?? "what is not flushed or dispatched yet";
        if (who == _heldBy) return;
        _heldBy = who;
        Log.OldFilesHeld(logger, file.EndOffset, who);
    }
}
