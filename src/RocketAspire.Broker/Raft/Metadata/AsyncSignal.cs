namespace RocketAspire.Broker.Raft.Metadata;

/// <summary>Wakes one loop; signals given while it works are kept as one, and cost a look.</summary>
internal sealed class AsyncSignal
{
    private volatile TaskCompletionSource _source = New();

    public void Set() => _source.TrySetResult();

    /// <summary>To be called before looking for work: a signal given from here on is kept.</summary>
    public void Reset()
    {
        if (_source.Task.IsCompleted) _source = New();
    }

    /// <summary>Returns when set since the last reset, when the time is over, or when cancelled.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await _source.Task.WaitAsync(atMost, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // The loop looks what there is to do.
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
