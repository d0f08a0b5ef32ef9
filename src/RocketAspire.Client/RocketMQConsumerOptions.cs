using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Who of a group gets a message.</summary>
public enum MessageModel
{
    /// <summary>One member: queues are shared out, progress is kept at the brokers.</summary>
    Clustering,

    /// <summary>Every member: progress is kept here, and nothing is retried.</summary>
    Broadcasting,
}

/// <summary>Where a group begins in queues in which it has no progress yet.</summary>
public enum ConsumeFromWhere
{
    /// <summary>At the end; a queue that still has its first message is read from there all the same, by the broker's rule.</summary>
    LastOffset,

    /// <summary>At the oldest message that is still there.</summary>
    FirstOffset,

    /// <summary>At <see cref="RocketMQConsumerOptions.ConsumeFromTime"/>; as with <see cref="LastOffset"/>, not in a queue that still has its first message.</summary>
    Timestamp,
}

/// <summary>What a consumer wants of a topic.</summary>
public sealed record TopicSubscription
{
    private TopicSubscription(string topic, string expression, string expressionType)
    {
        if (TopicNames.WhyInvalidTopic(topic) is { } reason) throw new ArgumentException(reason, nameof(topic));
        Topic = topic;
        Expression = expression;
        ExpressionType = expressionType;
    }

    /// <summary>Without namespace.</summary>
    public string Topic { get; }

    public string Expression { get; }

    /// <summary>TAG or SQL92.</summary>
    public string ExpressionType { get; }

    /// <summary>Messages of these tags; all when none are given.</summary>
    /// <exception cref="ArgumentException">No topic's name, or an empty tag.</exception>
    public static TopicSubscription Tags(string topic, params ReadOnlySpan<string> tags)
    {
        foreach (var tag in tags) ArgumentException.ThrowIfNullOrWhiteSpace(tag, nameof(tags));
        return new(topic, tags.IsEmpty ? "*" : string.Join(" || ", tags.ToArray()), "TAG");
    }

    /// <summary>Messages whose properties make the SQL92 expression true; the broker needs <c>enablePropertyFilter=true</c>.</summary>
    /// <exception cref="ArgumentException">No topic's name, or no expression.</exception>
    public static TopicSubscription Sql(string topic, string expression)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(expression);
        return new(topic, expression, "SQL92");
    }

    /// <summary>All messages of the topic.</summary>
    public static implicit operator TopicSubscription(string topic) => Tags(topic);
}

/// <summary>How a consumer works. Defaults are Apache's, where it has them.</summary>
public sealed record RocketMQConsumerOptions : RocketMQEndpointOptions
{
    /// <summary>At least one topic, each once; all members of a group want the same.</summary>
    public IReadOnlyList<TopicSubscription> Subscriptions { get; init; } = [];

    public MessageModel MessageModel { get; init; }

    /// <summary>One message of a queue after the other, in their order; a queue has one member of the group at a time, by a lock at its broker.</summary>
    public bool Orderly { get; init; }

    public ConsumeFromWhere ConsumeFromWhere { get; init; }

    /// <summary>For <see cref="ConsumeFromWhere.Timestamp"/>; null: half an hour before the start, as at Apache.</summary>
    public DateTimeOffset? ConsumeFromTime { get; init; }

    /// <summary>Handlers that may run at once. Apache: 20.</summary>
    public int Concurrency { get; init => field = AtLeast(1, value); } = 20;

    /// <summary>Messages that one call of a batch handler gets at most.</summary>
    public int ConsumeBatchSize { get; init => field = AtLeast(1, value); } = 1;

    /// <summary>Messages that one pull asks for; brokers give 32 by default.</summary>
    public int PullBatchSize { get; init => field = AtLeast(1, value); } = 32;

    /// <summary>Unfinished messages of a queue from which on it isn't pulled from. Apache: 1000.</summary>
    public int PrefetchCount { get; init => field = AtLeast(1, value); } = 1000;

    /// <summary>Their bytes. Apache: 100 MiB.</summary>
    public long PrefetchBytes { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(PrefetchBytes), value, "must be at least 1"); } = 100L * 1024 * 1024;

    /// <summary>Concurrent only: from the first unfinished message of a queue to its last, in messages. Apache: 2000.</summary>
    public int PrefetchSpan { get; init => field = AtLeast(1, value); } = 2000;

    /// <summary>Retries before a message is a dead letter; null: 16, and in an orderly consumer no end. Apache: -1 for null.</summary>
    public int? MaxReconsumeTimes { get; init => field = value is { } times ? AtLeast(0, times) : null; }

    /// <summary>A handler that takes longer is given up: its token is cancelled and its message comes again. Apache: 15 minutes.</summary>
    public TimeSpan ConsumeTimeout { get; init => field = Positive(value); } = TimeSpan.FromMinutes(15);

    /// <summary>How long an orderly queue rests after a failure. Apache: 1 s.</summary>
    public TimeSpan SuspendTime { get; init => field = Positive(value); } = TimeSpan.FromSeconds(1);

    /// <summary>How long a broker may hold a pull while there is nothing new. Apache: 15 s.</summary>
    public TimeSpan PollTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(15);

    /// <summary>How often progress is told to brokers, or written to the file. Apache: 5 s.</summary>
    public TimeSpan PersistInterval { get; init => field = Positive(value); } = TimeSpan.FromSeconds(5);

    /// <summary>How often queues are shared out anew without a cause. Apache: 20 s.</summary>
    public TimeSpan RebalanceInterval { get; init => field = Positive(value); } = TimeSpan.FromSeconds(20);

    /// <summary>How queues are shared out; the same at all members of a group.</summary>
    public IAllocateStrategy AllocateStrategy { get; init; } = AllocateStrategies.Averagely;

    /// <summary>
    /// Broadcasting only: the file that keeps progress; null: in memory, so that a start begins where <see cref="ConsumeFromWhere"/> says. Apache keeps
    /// it at <c>~/.rocketmq_offsets/CLIENT/GROUP/offsets.json</c>.
    /// </summary>
    public string? OffsetFile { get; init; }
}
