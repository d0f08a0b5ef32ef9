using Polly;

namespace RocketAspire.Client;

/// <summary>How a producer works. Defaults are Apache's, where it has them.</summary>
public sealed record RocketMQProducerOptions : RocketMQEndpointOptions
{
    /// <summary>From the call to its end, over all attempts and waits. A single attempt has <see cref="RocketMQEndpointOptions.RequestTimeout"/>.</summary>
    public TimeSpan SendTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(10);

    /// <summary>Further attempts after the first, at other brokers if there are any. Apache: 2.</summary>
    public int MaxRetries { get; init => field = AtLeast(0, value); } = 2;

    /// <summary>Try again when a message is stored but not safe (codes 10, 11 and 12): it may then be there twice. False: the result says so.</summary>
    public bool RetryWhenNotSafe { get; init; }

    /// <summary>Brokers that answered slowly or not at all are passed over for a while (Apache: sendLatencyFaultEnable).</summary>
    public bool LatencyFaultTolerance { get; init; } = true;

    /// <summary>Largest body in bytes, batches as a whole. Apache: 4 MiB, at client and broker.</summary>
    public int MaxMessageBytes { get; init => field = AtLeast(1, value); } = 4 * 1024 * 1024;

    /// <summary>Bodies from so many bytes on are compressed. Apache: 4096.</summary>
    public int CompressFromBytes { get; init => field = AtLeast(0, value); } = 4096;

    public CompressionType Compression { get; init; }

    /// <summary>Sends that may be under way at once; more of them wait.</summary>
    public int MaxInFlight { get; init => field = AtLeast(1, value); } = 4096;

    /// <summary>Body bytes of those.</summary>
    public int MaxInFlightBytes { get; init => field = AtLeast(1, value); } = 32 * 1024 * 1024;

    /// <summary>Queues at each broker of a topic that its first message makes.</summary>
    public int NewTopicQueues { get; init => field = AtLeast(1, value); } = 4;

    /// <summary>Around each send as a whole: sees only failures that another try could mend, after the client's own retries. The message keeps its id, by which a consumer knows duplicates.</summary>
    public ResiliencePipeline? SendPipeline { get; init; }

    /// <summary>By <c>brokerName</c>, around each attempt at that broker: sees failures to reach it. An open circuit passes the broker over.</summary>
    public Func<string, ResiliencePipeline>? BrokerPipeline { get; init; }

    /// <summary>Says what became of a transaction when a broker asks, as it does when the end of one didn't reach it. Needed by transactions.</summary>
    public Func<RocketMQReceivedMessage, CancellationToken, ValueTask<TransactionState>>? TransactionChecker { get; init; }
}

/// <summary>What became of a transaction's local part.</summary>
public enum TransactionState
{
    /// <summary>Not known yet: the broker will ask again, 15 times by default.</summary>
    Unknown,

    /// <summary>Consumers may see the message.</summary>
    Commit,

    /// <summary>Nobody will see it.</summary>
    Rollback,
}

/// <summary>What became of a transactional message.</summary>
/// <param name="Send">The half message's place. Its queue is the topic's; its offset is the half queue's.</param>
/// <param name="State">What the local part said; <see cref="TransactionState.Unknown"/> when it failed, <see cref="TransactionState.Rollback"/> without having run when the half message isn't safe.</param>
/// <param name="EndDelivered">Whether the broker has taken note. False: it asks the checker later.</param>
/// <param name="LocalError">What the local part threw.</param>
public sealed record TransactionResult(SendResult Send, TransactionState State, bool EndDelivered, Exception? LocalError);
