namespace RocketAspire.Client;

/// <summary>How far a scan is, in places of queues; none need hold a message.</summary>
public readonly record struct ScanProgress(long Done, long Total);

/// <summary>Which messages of a topic to read.</summary>
public sealed record TopicScan
{
    /// <summary>With namespace.</summary>
    public required string Topic { get; init; }

    /// <summary>Stored then or later; null from the first.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Stored then or earlier; null to the last that is there when the scan begins.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>By time over all queues, the newest first; otherwise queue by queue as they were stored.</summary>
    public bool NewestFirst { get; init; }

    /// <summary>Told after each batch, on the reader's flow of execution.</summary>
    public Action<ScanProgress>? Progress { get; init; }
}
