namespace RocketAspire.Client;

/// <summary>What a handler makes of a message. An exception counts as <see cref="RetryLater"/> (orderly: <see cref="Suspend"/>).</summary>
public readonly record struct ConsumeResult
{
    private ConsumeResult(ConsumeAction action, int delayLevel = 0, TimeSpan? suspendFor = null)
    {
        Action = action;
        DelayLevel = delayLevel;
        SuspendFor = suspendFor;
    }

    /// <summary>Done.</summary>
    public static ConsumeResult Success => default;

    /// <summary>Comes again through the group's retry topic, each time later (10 s at first, 2 h at last), until it is a dead letter. Orderly: as <see cref="Suspend"/>.</summary>
    public static ConsumeResult RetryLater => new(ConsumeAction.RetryLater);

    /// <summary>Orderly only: the queue rests for its usual time (1 s), then the same message comes again. Otherwise as <see cref="RetryLater"/>.</summary>
    public static ConsumeResult Suspend => new(ConsumeAction.Suspend);

    /// <summary>Goes to the group's dead letters (<c>%DLQ%group</c>) now.</summary>
    public static ConsumeResult DeadLetter => new(ConsumeAction.DeadLetter);

    public ConsumeAction Action { get; }

    /// <summary>0: the broker picks it by the times already tried.</summary>
    public int DelayLevel { get; }

    /// <summary>Null: the consumer's <see cref="RocketMQConsumerOptions.SuspendTime"/>.</summary>
    public TimeSpan? SuspendFor { get; }

    /// <summary>As <see cref="RetryLater"/>, after that level of the broker's table (1 is 1 s, 18 is 2 h by default).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public static ConsumeResult RetryAfter(int delayLevel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delayLevel, 1);
        return new(ConsumeAction.RetryLater, delayLevel);
    }

    /// <summary>As <see cref="Suspend"/>, for that time: 10 ms to 30 s, as at Apache.</summary>
    public static ConsumeResult SuspendAfter(TimeSpan time) => new(
        ConsumeAction.Suspend, suspendFor: TimeSpan.FromMilliseconds(Math.Clamp(time.TotalMilliseconds, 10, 30_000)));
}

public enum ConsumeAction
{
    Success,
    RetryLater,
    Suspend,
    DeadLetter,
}
