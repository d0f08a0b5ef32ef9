namespace RocketAspire.Samples;

/// <summary>Of this run.</summary>
internal sealed class WorkerCounters
{
    private long _duplicates;
    private long _failures;
    private long _outOfOrder;

    public long Duplicates => Interlocked.Read(ref _duplicates);

    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Orders that came behind a later one: a customer's queue changes when its broker goes or comes back.</summary>
    public long OutOfOrder => Interlocked.Read(ref _outOfOrder);

    public void CountDuplicate() => Interlocked.Increment(ref _duplicates);

    public void CountFailure() => Interlocked.Increment(ref _failures);

    public void CountOutOfOrder() => Interlocked.Increment(ref _outOfOrder);
}
