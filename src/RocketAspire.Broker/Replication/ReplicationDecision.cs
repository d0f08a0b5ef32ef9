namespace RocketAspire.Broker.Ha;

/// <summary>
/// Decides what a master and one slave do about their logs. Pure: no socket, disk or clock, so that every order of
/// wipe, power loss and return can be tried by a test. The rule above all others: no byte that a slave confirmed is
/// deleted to make two logs agree.
/// </summary>
public static class ReplicationDecision
{
    /// <param name="master">The master's log.</param>
    /// <param name="masterIsOpen">
    /// The master takes writes. While it doesn't, it may have lost bytes, and what the slave has more is copied back.
    /// </param>
    /// <param name="slave">The slave's log.</param>
    /// <param name="agreement">What is known of both logs' checksums before an offset.</param>
    public static ReplicationAction Decide(
        LogSummary master, bool masterIsOpen, LogSummary slave, Func<long, Agreement> agreement)
    {
        if (slave.IsEmpty)
        {
            return WithEmptySlave(master, slave);
        }
        if (master.IsEmpty)
        {
            return masterIsOpen
                ? WithoutCommonBytes(master, slave)
                : new ReplicationAction.CopyBackToMaster(slave.MinOffset, slave.MaxOffset, MasterStartsEmpty: true);
        }
        if (slave.MaxOffset < master.MinOffset)
        {
            // The master's retention has passed the slave's end. A log has no holes, so the slave begins anew; what it
            // drops is older than what its master keeps.
            return MayFollow(master, slave)
                ? new ReplicationAction.ResetSlave(master.MinOffset)
                : WithoutCommonBytes(master, slave);
        }

        var common = LogComparison.Find(master, slave, agreement);
        return common.Kind switch
        {
            CommonPointKind.NeedsChecksum => new ReplicationAction.AskChecksum(common.Offset),
            CommonPointKind.None => WithoutCommonBytes(master, slave),
            _ => WithCommonPoint(master, masterIsOpen, slave, common.Offset),
        };
    }

    private static ReplicationAction WithEmptySlave(LogSummary master, LogSummary slave)
    {
        var start = master.MinOffset;
        return slave.MaxOffset == start ? new ReplicationAction.StreamFrom(start) : new ReplicationAction.ResetSlave(start);
    }

    private static ReplicationAction WithCommonPoint(LogSummary master, bool masterIsOpen, LogSummary slave, long common)
    {
        if (common == slave.MaxOffset)
        {
            return new ReplicationAction.StreamFrom(common);
        }
        if (common == master.MaxOffset && !masterIsOpen)
        {
            return new ReplicationAction.CopyBackToMaster(common, slave.MaxOffset, MasterStartsEmpty: false);
        }
        if (slave.ConfirmedOffset <= common)
        {
            return new ReplicationAction.TruncateSlave(common);
        }
        return new ReplicationAction.Refuse(
            $"the slave confirmed bytes up to {slave.ConfirmedOffset}, the logs are the same only up to {common}, and the master "
            + $"has gone on in term {master.LastTerm}: nothing confirmed is deleted. Keep one of the two stores and empty the other");
    }

    private static ReplicationAction WithoutCommonBytes(LogSummary master, LogSummary slave)
    {
        if (slave.ConfirmedOffset <= slave.MinOffset)
        {
            return new ReplicationAction.ResetSlave(master.MinOffset);
        }
        return new ReplicationAction.Refuse(
            $"the slave confirmed bytes up to {slave.ConfirmedOffset}, and its log is another one than the master's, or one of the two "
            + "is damaged: nothing confirmed is deleted. Keep one of the two stores and empty the other");
    }

    /// <summary>Can the master's log be a later part of the slave's? Terms only grow.</summary>
    private static bool MayFollow(LogSummary master, LogSummary slave) =>
        master.Epochs.Count == 0 || master.LastTerm >= slave.LastTerm;
}
