namespace RocketAspire.Client;

/// <summary>A message to send.</summary>
public sealed record RocketMQMessage
{
    public required string Topic { get; init; }

    /// <summary>At least one byte.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>By which consumers filter; one.</summary>
    public string? Tag { get; init; }

    /// <summary>By which the message can be found later; none may contain a blank.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>The application's own number; brokers only keep it.</summary>
    public int Flag { get; init; }

    /// <summary>False: the broker answers before the message is flushed and replicated.</summary>
    public bool WaitUntilStored { get; init; } = true;

    /// <summary>The application's own properties.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();
}

/// <summary>One queue of a topic on one broker group.</summary>
public sealed record MessageQueue(string Topic, string BrokerName, int QueueId);
