namespace RocketAspire.Client;

/// <summary>How safe a message is that a broker took.</summary>
public enum SendStatus
{
    /// <summary>Stored as the broker's flush and replication modes promise.</summary>
    Ok,

    /// <summary>Stored, but not on disk in time (code 10): it is lost if the broker's machine fails now.</summary>
    FlushDiskTimeout,

    /// <summary>Stored, but no slave was there to take it (code 11).</summary>
    SlaveNotAvailable,

    /// <summary>Stored, but no slave confirmed it in time (code 12).</summary>
    FlushSlaveTimeout,
}

/// <summary>What became of a message.</summary>
/// <param name="Status">Anything but <see cref="SendStatus.Ok"/> is stored but not acknowledged: sending again may duplicate it, not sending again may lose it.</param>
/// <param name="MessageId">The id made by the client (property UNIQ_KEY); of a batch one for each message, comma-joined.</param>
/// <param name="OffsetMessageId">The id made by the broker from its address and the message's place in its log; of a batch one for each message, comma-joined.</param>
/// <param name="Queue">Where it is.</param>
/// <param name="QueueOffset">Its number in that queue.</param>
/// <param name="Remark">The broker's words when the status isn't Ok.</param>
public sealed record SendResult(SendStatus Status, string MessageId, string OffsetMessageId, MessageQueue Queue, long QueueOffset, string? Remark)
{
    public bool IsAcknowledged => Status == SendStatus.Ok;

    /// <summary>Of a transaction's half message, as the broker calls it.</summary>
    public string? TransactionId { get; init; }

    /// <summary>By what a timed message can be taken back, where the broker allows it (5.x).</summary>
    public string? RecallHandle { get; init; }
}
