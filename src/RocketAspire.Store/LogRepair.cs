namespace RocketAspire.Store;

/// <summary>Puts right what a disk didn't keep as it was written, for a log of which others hold copies.</summary>
public sealed class LogRepair
{
    private readonly CommitLog _log;
    private readonly GroupCommit _commit;
    private readonly Dispatcher _dispatcher;

    internal LogRepair(CommitLog log, GroupCommit commit, Dispatcher dispatcher)
    {
        _log = log;
        _commit = commit;
        _dispatcher = dispatcher;
    }

    /// <summary>
    /// Called on a reader's thread with the physical offset of a record that can't be read: true when it was put right. With it,
    /// a damaged record ends a read; without it, nobody has a better copy, and readers pass over the record.
    /// </summary>
    public Func<long, bool>? Mender { get; set; }

    /// <summary>Writes bytes over those that stand there; durable when it returns. False when not all of that is in the log (any more).</summary>
    /// <exception cref="StorePoisonedException">They could not be synced.</exception>
    /// <exception cref="IOException">They could not be written.</exception>
    public bool Write(long physicalOffset, ReadOnlySpan<byte> bytes)
    {
        lock (_log.Gate)
        {
            if (physicalOffset < _log.Min || physicalOffset + bytes.Length > _log.Max) return false;
            lock (_commit.Gate)
            {
                _log.Files.Write(physicalOffset, bytes);
                try
                {
                    _log.Files.Flush();
                }
                catch (IOException e)
                {
                    _commit.Fail(e);
                    _log.Refuse(AppendStatus.Poisoned);
                    throw new StorePoisonedException(e);
                }
            }
        }

        // Queues may have ended there.
        _dispatcher.Signal();
        return true;
    }
}
