namespace RocketAspire.Console.Messages;

/// <summary>How a piece of work stands.</summary>
public enum WorkState
{
    Running,
    Done,
    Cancelled,
    Failed,
}

/// <summary>Work that takes longer than a click: how far it is, and a way to stop it. Told from any thread, read from any.</summary>
public sealed class LongWork : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private long _done;
    private long _total;
    private long _good;
    private long _passedOver;
    private int _state;
    private volatile string? _problem;

    public LongWork() => Token = _stop.Token;

    public WorkState State => (WorkState)Volatile.Read(ref _state);

    public bool IsRunning => State == WorkState.Running;

    public long Done => Interlocked.Read(ref _done);

    /// <summary>0 while it isn't known.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>What came of it: messages found, sent, written.</summary>
    public long Good => Interlocked.Read(ref _good);

    /// <summary>What was left out on purpose.</summary>
    public long PassedOver => Interlocked.Read(ref _passedOver);

    /// <summary>Why it failed, or what went wrong on the way.</summary>
    public string? Problem => _problem;

    public CancellationToken Token { get; }

    /// <summary>0 to 100; null while it isn't known.</summary>
    public double? Percent => Total > 0 ? Math.Clamp(100.0 * Done / Total, 0, 100) : null;

    public void Advance(long done, long total)
    {
        Interlocked.Exchange(ref _done, done);
        Interlocked.Exchange(ref _total, total);
    }

    public void AddGood() => Interlocked.Increment(ref _good);

    public void AddPassedOver() => Interlocked.Increment(ref _passedOver);

    /// <summary>Something went wrong and the work goes on; what was said first stays.</summary>
    public void Note(string problem) => _problem ??= problem;

    /// <summary>What is under way is let go of as soon as it may be.</summary>
    public void Cancel()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended.
        }
    }

    /// <summary>Runs it to its end, whatever that is.</summary>
    /// <param name="work">The work; gets the token that stops it.</param>
    /// <param name="say">How an expected failure is told; null for one that isn't expected.</param>
    public async Task RunAsync(Func<CancellationToken, Task> work, Func<Exception, string?> say)
    {
        try
        {
            await work(Token).ConfigureAwait(false);
            End(WorkState.Done);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            End(WorkState.Cancelled);
        }
        catch (Exception e) when (say(e) is { } problem)
        {
            _problem = problem;
            End(WorkState.Failed);
        }
        finally
        {
            if (IsRunning) End(WorkState.Failed);
        }
    }

    public void Dispose()
    {
        Cancel();
        _stop.Dispose();
    }

    private void End(WorkState state) => Volatile.Write(ref _state, (int)state);
}
