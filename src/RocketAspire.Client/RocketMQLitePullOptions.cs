namespace RocketAspire.Client;

/// <summary>How a pulling consumer works. Defaults are Apache's, where it has them.</summary>
public sealed record RocketMQLitePullOptions : RocketMQEndpointOptions
{
    /// <summary>Topics of which the group shares the queues out; none: the application picks its queues by <see cref="RocketMQLitePullConsumer.AssignAsync"/>.</summary>
    public IReadOnlyList<TopicSubscription> Subscriptions { get; init; } = [];

    /// <summary>What was handed out counts as done when the next message is asked for. False: when <see cref="RocketMQLitePullConsumer.CommitAsync"/> says so.</summary>
    public bool AutoCommit { get; init; } = true;

    /// <summary>How often progress is told to brokers. Apache: 5 s.</summary>
    public TimeSpan AutoCommitInterval { get; init => field = Positive(value); } = TimeSpan.FromSeconds(5);

    public ConsumeFromWhere ConsumeFromWhere { get; init; }

    /// <summary>For <see cref="ConsumeFromWhere.Timestamp"/>; null: half an hour before the start.</summary>
    public DateTimeOffset? ConsumeFromTime { get; init; }

    /// <summary>Messages that one pull asks for.</summary>
    public int PullBatchSize { get; init => field = AtLeast(1, value); } = 32;

    /// <summary>Messages of a queue that wait here, from which on it isn't pulled from. Apache: 1000.</summary>
    public int PrefetchCount { get; init => field = AtLeast(1, value); } = 1000;

    /// <summary>Their bytes. Apache: 100 MiB.</summary>
    public long PrefetchBytes { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(PrefetchBytes), value, "must be at least 1"); } = 100L * 1024 * 1024;

    /// <summary>How long a broker may hold a pull while there is nothing new. Apache: 15 s.</summary>
    public TimeSpan PollTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(15);

    /// <summary>How often queues are shared out anew without a cause. Apache: 20 s.</summary>
    public TimeSpan RebalanceInterval { get; init => field = Positive(value); } = TimeSpan.FromSeconds(20);

    /// <summary>How queues are shared out; the same at all members of a group.</summary>
    public IAllocateStrategy AllocateStrategy { get; init; } = AllocateStrategies.Averagely;
}
