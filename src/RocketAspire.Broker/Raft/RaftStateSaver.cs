using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker.Raft;

/// <summary>Writes states in their order: at once what has to be durable before all else, and beside the loop what can wait.</summary>
internal sealed class RaftStateSaver(RaftStateFile file, ILogger logger)
{
    private readonly Lock _writing = new();
    private RaftState? _waiting;
    private Task _running = Task.CompletedTask;

    /// <summary>Durable when it returns.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Save(RaftState state)
    {
        lock (_writing)
        {
            // It is older than this one.
            Interlocked.Exchange(ref _waiting, null);
            file.Write(state);
        }
    }

    /// <summary>Durable soon, or never when the disk fails; called by the loop only.</summary>
    public void SaveSoon(RaftState state)
    {
        Interlocked.Exchange(ref _waiting, state);
        if (_running.IsCompleted) _running = Task.Run(SaveWaiting);
    }

    /// <summary>Returns when nothing is being written any more.</summary>
    public Task FinishAsync() => _running;

    private void SaveWaiting()
    {
        lock (_writing)
        {
            if (Interlocked.Exchange(ref _waiting, null) is not { } state) return;
            try
            {
                file.Write(state);
            }
            catch (IOException e)
            {
                RaftLog.FloorNotSaved(logger, e.Message);
            }
        }
    }
}
