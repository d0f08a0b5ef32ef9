using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

public enum PullStatus
{
    Found,

    /// <summary>Nothing at or after the offset yet.</summary>
    NoNewMessage,

    /// <summary>There are messages, but none that the filter lets through: go on from <see cref="PullResult.NextBeginOffset"/>.</summary>
    NoMatchedMessage,

    /// <summary>The offset is outside the queue: go on from <see cref="PullResult.NextBeginOffset"/>.</summary>
    OffsetIllegal,
}

/// <summary>What a pull brought. Offsets are in messages; MaxOffset is one past the last.</summary>
public sealed record PullResult(PullStatus Status, long NextBeginOffset, long MinOffset, long MaxOffset, IReadOnlyList<MessageRecord> Messages)
{
    /// <summary>Which node of the group is better asked next: 0 the master, otherwise a slave.</summary>
    public long SuggestedBrokerId { get; init; }
}
