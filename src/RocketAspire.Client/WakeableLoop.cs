using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>Does one thing again and again: after each period, and at once when woken. A failed round is logged and the next one comes all the same.</summary>
internal sealed class WakeableLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly string _name;
    private readonly Func<CancellationToken, Task<TimeSpan>> _work;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Task _running = Task.CompletedTask;
    private int _disposed;

    /// <param name="name">What it does, for the log.</param>
    /// <param name="work">One round; tells how long to wait for the next.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where failed rounds are told.</param>
    public WakeableLoop(string name, Func<CancellationToken, Task<TimeSpan>> work, TimeProvider time, ILogger logger)
    {
        _name = name;
        _work = work;
        _time = time;
        _logger = logger;
    }

    /// <summary>The first round comes after that time, or when woken.</summary>
    public void Start(TimeSpan first) => _running = Task.Run(() => RunAsync(first));

    public void Wake()
    {
        if (_signal.CurrentCount > 0) return;
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else woke it in between.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(TimeSpan pause)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(pause).ConfigureAwait(false);
                pause = await _work(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.RoundFailed(_logger, _name, e.Message.ReplaceLineEndings(" "));
                pause = TimeSpan.FromSeconds(1);
            }
        }
    }

    private async Task WaitAsync(TimeSpan pause)
    {
        await using var timer = _time.CreateTimer(static state => ((WakeableLoop)state!).Wake(), this, pause, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        await _signal.WaitAsync(_stop.Token).ConfigureAwait(false);
    }
}
