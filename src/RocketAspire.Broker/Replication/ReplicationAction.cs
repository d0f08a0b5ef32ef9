namespace RocketAspire.Broker.Ha;

/// <summary>What has to happen next between a master and one slave.</summary>
public abstract record ReplicationAction
{
    private ReplicationAction()
    {
    }

    /// <summary>The logs agree up to the slave's end: the slave opens the HA socket and is sent all from there.</summary>
    public sealed record StreamFrom(long Offset) : ReplicationAction;

    /// <summary>The slave cuts what it holds beyond the offset, none of which it ever confirmed, and asks again.</summary>
    public sealed record TruncateSlave(long Offset) : ReplicationAction;

    /// <summary>The slave drops its whole log and begins at the offset, then asks again: its place is gone on the master.</summary>
    public sealed record ResetSlave(long Offset) : ReplicationAction;

    /// <summary>The slave sends the master what that lost, then asks again.</summary>
    /// <param name="From">First byte that the master lacks.</param>
    /// <param name="To">The slave's end.</param>
    /// <param name="MasterStartsEmpty">The master's log is empty and begins at <paramref name="From"/>.</param>
    public sealed record CopyBackToMaster(long From, long To, bool MasterStartsEmpty) : ReplicationAction;

    /// <summary>The slave asks again with the checksum of its last records before the offset.</summary>
    public sealed record AskChecksum(long Offset) : ReplicationAction;

    /// <summary>The master can't say yet; the slave asks again soon.</summary>
    public sealed record Wait(string Reason) : ReplicationAction;

    /// <summary>Going on would delete confirmed bytes, or the two don't belong together: a person has to decide.</summary>
    public sealed record Refuse(string Reason) : ReplicationAction;
}
