using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>What one node tells of its log when two nodes compare histories.</summary>
/// <param name="Epochs">Each master's time in office, from its marker record on, in order of offset. Those whose marker has expired with the oldest files are missing.</param>
/// <param name="MinOffset">First byte still there.</param>
/// <param name="MaxOffset">End of the last whole record.</param>
/// <param name="ConfirmedOffset">
/// A slave's: bytes below it may have been acknowledged to its master, so that a producer may have been told that they
/// are safe. Never too low. A master's is not looked at: all of its own log counts.
/// </param>
public sealed record LogSummary(IReadOnlyList<TermEntry> Epochs, long MinOffset, long MaxOffset, long ConfirmedOffset)
{
    public static readonly LogSummary Empty = new([], 0, 0, 0);

    public bool IsEmpty => MaxOffset <= MinOffset;

    public int LastTerm => Epochs.Count == 0 ? 0 : Epochs[^1].Term;

    /// <summary>The epoch that wrote the byte at <paramref name="offset"/>; null when its marker is gone or never was.</summary>
    public TermEntry? EpochAt(long offset)
    {
        for (var i = Epochs.Count - 1; i >= 0; i--)
        {
            if (Epochs[i].StartOffset <= offset)
            {
                return Epochs[i];
            }
        }
        return null;
    }
}
