namespace RocketAspire.Store;

/// <summary>Takes topics' queues away. The messages stay in the log until its files go, but nobody reads them, and a topic of the same name begins at 0.</summary>
/// <remarks>
/// The log itself says so: a record of it is appended, and whoever makes queues from the log (this broker now, its slaves, a later start)
/// drops the topic's queues when it comes to that record. So it doesn't matter when power goes: with the record the topic is gone,
/// without it the topic is there, and nothing that is appended later can be taken for a part of it.
/// </remarks>
public sealed class TopicDeletion
{
    private readonly CommitLog _log;
    private readonly GroupCommit _commit;
    private readonly Dispatcher _dispatcher;
    private readonly Checkpointer _checkpointer;
    private readonly Action _appended;
    private readonly TimeProvider _time;

    internal TopicDeletion(CommitLog log, GroupCommit commit, Dispatcher dispatcher, Checkpointer checkpointer, TimeProvider time)
    {
        _log = log;
        _commit = commit;
        _dispatcher = dispatcher;
        _checkpointer = checkpointer;
        _time = time;
        _appended = commit.Request;
    }

    /// <summary>Appends the record. What is appended to the topic afterwards belongs to a new one; the old queues go when the record is confirmed.</summary>
    public AppendResult Begin(string topic)
    {
        var result = _log.Append(LogMarker.OfDeletion(topic));
        if (result.IsOk) _appended();
        return result;
    }

    /// <summary>True when the queues are gone and nothing brings them back, false after the timeout: then they go later. Cancelling only stops the waiting.</summary>
    /// <param name="record">What <see cref="Begin"/> answered.</param>
    /// <param name="timeout">For confirming, syncing and deleting together.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="StoreException">The log can't be synced.</exception>
    public async ValueTask<bool> CompleteAsync(AppendResult record, TimeSpan timeout, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        try
        {
            await _dispatcher.WaitPassedAsync(record.EndOffset, ct).AsTask().WaitAsync(timeout, _time, ct);
        }
        catch (TimeoutException)
        {
            return false;
        }

        var left = timeout - _time.GetElapsedTime(started);
        if (!await _commit.WaitAsync(record.EndOffset, left > TimeSpan.Zero ? left : TimeSpan.Zero, ct)) return false;
        // The next start need not count the queues anew.
        await Task.Run(() => _checkpointer.Run(clean: false, force: true), ct);
        return true;
    }
}
