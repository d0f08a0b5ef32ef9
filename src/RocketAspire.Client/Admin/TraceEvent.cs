namespace RocketAspire.Client;

/// <summary>What a line of a message trace tells of.</summary>
public enum TraceKind
{
    /// <summary>A producer sent it.</summary>
    Pub,

    /// <summary>A consumer began with it.</summary>
    SubBefore,

    /// <summary>A consumer is through with it.</summary>
    SubAfter,

    /// <summary>A producer ended its transaction.</summary>
    EndTransaction,

    /// <summary>A producer took it back before its time (5.3).</summary>
    Recall,
}

/// <summary>What sort of message was sent, by Apache's numbers.</summary>
public enum TraceMessageType
{
    Normal = 0,
    TransactionHalf = 1,
    TransactionCommit = 2,
    Delay = 3,
    Order = 4,
}

/// <summary>What a consumer made of a message, by Apache's numbers (ConsumeReturnType).</summary>
public enum TraceOutcome
{
    Success = 0,
    Timeout = 1,
    Exception = 2,
    ReturnedNull = 3,
    Failed = 4,

    /// <summary>Its end wasn't told: it goes on, or the consumer died, or older clients left the reason out.</summary>
    Unknown = 100,
}

/// <summary>One line of a message trace. What the line's form leaves out, or tells as Java's "null", is null.</summary>
public sealed record TraceEvent
{
    public required TraceKind Kind { get; init; }

    /// <summary>The id that the message's producer gave it (UNIQ_KEY).</summary>
    public required string MessageId { get; init; }

    /// <summary>Unix milliseconds: when it began, of <see cref="TraceKind.SubAfter"/> when it ended; null where older clients don't tell.</summary>
    public long? Time { get; init; }

    public string? Group { get; init; }

    public string? Region { get; init; }

    public string? Topic { get; init; }

    public string? Tag { get; init; }

    /// <summary>Apart by blanks.</summary>
    public string? Keys { get; init; }

    /// <summary>The broker as <c>ip:port</c>, as the producer knew it.</summary>
    public string? StoreHost { get; init; }

    /// <summary>The id that the broker gave it.</summary>
    public string? OffsetMessageId { get; init; }

    /// <summary>Who tells: in the line, else where the trace came from.</summary>
    public string? ClientHost { get; init; }

    /// <summary>Joins a consumer's beginning and end.</summary>
    public string? RequestId { get; init; }

    public string? TransactionId { get; init; }

    /// <summary>In bytes.</summary>
    public int BodyLength { get; init; }

    public TimeSpan Took { get; init; }

    public TraceMessageType MessageType { get; init; }

    /// <summary>How often the group had given it back before.</summary>
    public int Retries { get; init; }

    public bool IsSuccess { get; init; }

    public TraceOutcome Outcome { get; init; } = TraceOutcome.Unknown;

    /// <summary>How the transaction ended; null when the state isn't one of Apache's.</summary>
    public TransactionState? State { get; init; }

    /// <summary>The broker had asked.</summary>
    public bool FromCheck { get; init; }
}
