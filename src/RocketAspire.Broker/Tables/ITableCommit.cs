namespace RocketAspire.Broker;

/// <summary>
/// How a change of a table becomes safe: written to its file on a master, committed by the group's log in DLedger mode.
/// Whoever changes a table and answers for it calls <see cref="Begin"/> before and <see cref="CommitAsync"/> after.
/// </summary>
public interface ITableCommit
{
    /// <summary>Null when changes are taken now, else what to answer. The ticket belongs to <see cref="CommitAsync"/>.</summary>
    Refusal? Begin(out long ticket);

    /// <summary>
    /// Null when every change made since <see cref="Begin"/> is safe. Else what to answer: the change was put back, or is
    /// not known to have stayed. The call itself already sets the change on its way, before it is awaited.
    /// </summary>
    /// <exception cref="IOException">On a master: the file could not be written; the change stays and is tried again.</exception>
    ValueTask<Refusal?> CommitAsync(long ticket);
}

/// <summary>One for each table.</summary>
public sealed record TableCommits(ITableCommit Topics, ITableCommit Groups, ITableCommit ConsumerOffsets, ITableCommit DelayOffsets);
