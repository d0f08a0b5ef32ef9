namespace RocketAspire.Broker.Ha;

/// <summary>What is known of two logs' last records before an offset.</summary>
public enum Agreement
{
    /// <summary>Nobody has compared them yet.</summary>
    Unknown,

    /// <summary>The checksums are equal.</summary>
    Same,

    /// <summary>The checksums differ, or the offset is no record boundary in one of the logs.</summary>
    Different,
}

/// <summary>Up to where two logs are the same.</summary>
/// <param name="Kind">Whether the point is known.</param>
/// <param name="Offset">The common end, or where a checksum is needed to tell.</param>
public readonly record struct CommonPoint(CommonPointKind Kind, long Offset);

public enum CommonPointKind
{
    /// <summary>Both logs are equal below the offset, and one ends there or they differ from there on.</summary>
    At,

    /// <summary>The checksum before the offset decides.</summary>
    NeedsChecksum,

    /// <summary>The logs have no byte in common.</summary>
    None,
}

/// <summary>
/// Finds where two logs part, from their epoch lists and checksums at a few offsets. Two masters can only have written
/// different bytes from the start of one of their epochs on, so the point is the shorter log's end or an epoch's start.
/// The checksum is there for what epochs can't tell: a wiped master that began to count at one again, and logs of
/// Apache's broker, which have no markers.
/// </summary>
public static class LogComparison
{
    public static CommonPoint Find(LogSummary one, LogSummary other, Func<long, Agreement> agreement)
    {
        var low = Math.Max(one.MinOffset, other.MinOffset);
        var high = Math.Min(one.MaxOffset, other.MaxOffset);
        if (high < low)
        {
            return new(CommonPointKind.None, low);
        }
        if (high == low)
        {
            // One ends exactly where the other begins: nothing to compare, and nothing that contradicts.
            return new(CommonPointKind.At, high);
        }
        foreach (var candidate in Candidates(one, other, low, high))
        {
            if (!EpochsAgree(one, other, candidate))
            {
                continue;
            }
            switch (agreement(candidate))
            {
                case Agreement.Same:
                    return new(CommonPointKind.At, candidate);
                case Agreement.Unknown:
                    return new(CommonPointKind.NeedsChecksum, candidate);
            }
        }
        return new(CommonPointKind.None, low);
    }

    private static IEnumerable<long> Candidates(LogSummary one, LogSummary other, long low, long high)
    {
        var starts = new SortedSet<long> { high };
        foreach (var epoch in one.Epochs.Concat(other.Epochs))
        {
            if (epoch.StartOffset > low && epoch.StartOffset < high)
            {
                starts.Add(epoch.StartOffset);
            }
        }
        return starts.Reverse();
    }

    /// <summary>Was the last byte before the offset written in the same epoch in both logs, as far as markers tell?</summary>
    private static bool EpochsAgree(LogSummary one, LogSummary other, long offset)
    {
        var mine = one.EpochAt(offset - 1);
        var theirs = other.EpochAt(offset - 1);
        return (mine, theirs) switch
        {
            (null, null) => true,
            ({ } known, null) => known.StartOffset < other.MinOffset,
            (null, { } known) => known.StartOffset < one.MinOffset,
            ({ } a, { } b) => a == b,
        };
    }
}
