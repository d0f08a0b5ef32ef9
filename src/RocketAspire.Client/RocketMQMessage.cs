using System.Diagnostics.CodeAnalysis;

namespace RocketAspire.Client;

/// <summary>A message to send.</summary>
public sealed record RocketMQMessage
{
    public RocketMQMessage()
    {
    }

    /// <param name="topic">Without namespace.</param>
    /// <param name="body">At least one byte.</param>
    [SetsRequiredMembers]
    public RocketMQMessage(string topic, ReadOnlyMemory<byte> body)
    {
        Topic = topic;
        Body = body;
    }

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

    /// <summary>
    /// A producer sends messages of one key to one queue, by the key's Java hash as Apache's do, for as long as the topic's writable queues stay
    /// the same. A failed send is tried again at the same queue only.
    /// </summary>
    public string? ShardingKey { get; init; }

    /// <summary>Delivered after that level of the broker's table (1 is 1 s, 18 is 2 h by default); levels above its last are its last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? DelayLevel
    {
        get;
        init
        {
            if (value is { } level) ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
            field = value;
        }
    }

    /// <summary>
    /// Delivered at that time, to the second. Brokers before 5.0 don't know it and deliver at once, without a word: use <see cref="DelayLevel"/>
    /// with them. Brokers refuse times further away than their timerMaxDelaySec (three days).
    /// </summary>
    public DateTimeOffset? DeliverAt { get; init; }

    /// <summary>Delivered so much after the broker got it; as <see cref="DeliverAt"/>.</summary>
    public TimeSpan? DeliverAfter { get; init; }
}

/// <summary>One queue of a topic on one broker group.</summary>
public sealed record MessageQueue(string Topic, string BrokerName, int QueueId) : IComparable<MessageQueue>
{
    /// <summary>By topic, broker and number: the order in which queues are shared out, the same at every client of any language.</summary>
    public int CompareTo(MessageQueue? other)
    {
        if (other is null) return 1;
        var byTopic = string.CompareOrdinal(Topic, other.Topic);
        if (byTopic != 0) return byTopic;
        var byBroker = string.CompareOrdinal(BrokerName, other.BrokerName);
        return byBroker != 0 ? byBroker : QueueId.CompareTo(other.QueueId);
    }

    public override string ToString() => $"{Topic}@{BrokerName}:{QueueId}";

    internal Protocol.Bodies.MessageQueue ToWire() => new(Topic, BrokerName, QueueId);

    internal static MessageQueue FromWire(Protocol.Bodies.MessageQueue queue) => new(queue.Topic, queue.BrokerName, queue.QueueId);
}
