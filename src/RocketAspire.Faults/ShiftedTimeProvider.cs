namespace RocketAspire.Faults;

/// <summary>A wall clock that is wrong by so much. Timestamps and timers, which measure durations, go on as before, as they do when a machine's clock is set.</summary>
public sealed class ShiftedTimeProvider(TimeProvider inner) : TimeProvider
{
    private long _offsetTicks;

    /// <summary>May be negative.</summary>
    public TimeSpan Offset
    {
        get => new(Volatile.Read(ref _offsetTicks));
        set => Volatile.Write(ref _offsetTicks, value.Ticks);
    }

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Offset;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
