using System.Globalization;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Delivers delayed messages: each level's queue is in order of time, so only its head needs watching. Only a broker that accepts writes delivers.</summary>
/// <remarks>
/// One loop serves all levels and sleeps until the earliest head is due. Delivery is at least once: the progress is on disk every flushDelayOffsetInterval.
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/schedule/ScheduleMessageService.java
/// </remarks>
public sealed class ScheduleMessageService : IAsyncDisposable
{
    private const int ReadCount = 32;
    private const int ReadBytes = 256 * 1024;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly MessageStore _store;
    private readonly MessageWriter _writer;
    private readonly DelayOffsetTable _offsets;
    private readonly DelayLevels _levels;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public ScheduleMessageService(MessageStore store, MessageWriter writer, DelayOffsetTable offsets, DelayLevels levels, TimeProvider time, ILogger logger)
    {
        _store = store;
        _writer = writer;
        _offsets = offsets;
        _levels = levels;
        _time = time;
        _logger = logger;
    }

    public void Start()
    {
        _store.Arrived += OnArrived;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Where a level's delivery stands and its queue ends, for the runtime info: "12,15".</summary>
    public string Progress(int level) => string.Create(
        CultureInfo.InvariantCulture, $"{_offsets.Get(level) ?? 0},{_store.QueueBounds(TopicNames.Schedule, level - 1).Max}");

    /// <summary>Where the log begins that holds undelivered messages, in bytes; <see cref="long.MaxValue"/> when all are delivered.</summary>
    public long NeedsFrom() => UndeliveredBound.From(
        _store, TopicNames.Schedule, Enumerable.Range(1, _levels.Max).Select(level => (level - 1, _offsets.Get(level) ?? 0)));

    public async ValueTask DisposeAsync()
    {
        _store.Arrived -= OnArrived;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        _wake.Dispose();
    }

    /// <summary>Looks at once whether something is due, and may be delivered now.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount > 0) return;
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another arrival was quicker: the loop wakes anyway.
        }
    }

    private void OnArrived(MessageArrival arrival)
    {
        if (arrival.Topic == TopicNames.Schedule) Wake();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                wait = _writer.AcceptsWrites(out _) ? DeliverDue() : TimeSpan.FromSeconds(1);
            }
            catch (Exception e) when (e is IOException or FormatException or ObjectDisposedException)
            {
                Log.BackgroundFailed(_logger, "Delivering delayed messages", e.Message, e);
                wait = TimeSpan.FromSeconds(1);
            }

            await SleepAsync(wait).ConfigureAwait(false);
        }
    }

    /// <summary>Sleeps until the next head is due or a message arrives.</summary>
    private async Task SleepAsync(TimeSpan wait)
    {
        using var limit = new CancellationTokenSource(wait < LongestSleep ? wait : LongestSleep, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            await _wake.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Due, or stopping.
        }
    }

    /// <summary>Delivers what is due in all levels; answers how long nothing will be.</summary>
    private TimeSpan DeliverDue()
    {
        var next = TimeSpan.MaxValue;
        for (var level = 1; level <= _levels.Max; level++)
        {
            var wait = DeliverLevel(level);
            if (wait < next) next = wait;
        }

        return next;
    }

    private TimeSpan DeliverLevel(int level)
    {
        while (!_stop.IsCancellationRequested)
        {
            var bounds = _store.QueueBounds(TopicNames.Schedule, level - 1);
            var offset = Math.Clamp(_offsets.Get(level) ?? bounds.Min, bounds.Min, bounds.Max);
            if (offset >= bounds.Max) return TimeSpan.MaxValue;
            var read = _store.ReadQueue(TopicNames.Schedule, level - 1, offset, ReadCount, ReadBytes, null);
            if (read.Status != QueueReadStatus.Found)
            {
                // The head was cleaned away meanwhile: go on where the queue begins now.
                if (read.NextBeginOffset > offset) _offsets.Set(level, read.NextBeginOffset);
                return RetryInterval;
            }

            foreach (var record in MessageRecordCodec.DecodeAll(read.Body))
            {
                var wait = UntilDue(record, level);
                if (wait > TimeSpan.Zero) return wait;
                if (Deliver(record, level) is { } retry) return retry;
                _offsets.Set(level, record.QueueOffset + 1);
            }
        }

        return TimeSpan.MaxValue;
    }

    private TimeSpan UntilDue(MessageRecord record, int level)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var dueAt = record.StoreTimestamp + _levels.DelayMs(level);

        // A clock that was set back must not hold messages for longer than their delay.
        if (dueAt > now + _levels.DelayMs(level)) return TimeSpan.Zero;
        return TimeSpan.FromMilliseconds(dueAt - now);
    }

    private TimeSpan? Deliver(MessageRecord record, int level)
    {
        var properties = record.Properties.Span;
        var topic = MessageProperties.Get(properties, MessageProperties.RealTopic);
        if (topic is null
            || topic == TopicNames.TransHalf
            || !int.TryParse(MessageProperties.Get(properties, MessageProperties.RealQueueId), NumberStyles.None, CultureInfo.InvariantCulture, out var queueId))
        {
            // Nobody could ever receive it, and it must not block the level.
            Log.DelayNotDelivered(_logger, level, $"the record at {record.PhysicalOffset} names no topic to go to and is skipped", 0);
            return null;
        }

        // As Apache does, it keeps its level, for the consumer to see: it must not be delayed by it again.
        var result = _writer.AppendNow(record.Copy(topic, queueId, record.Properties));
        if (result.IsOk) return null;
        Log.DelayNotDelivered(_logger, level, result.Status.ToString(), (long)RetryInterval.TotalMilliseconds);
        return RetryInterval;
    }
}
