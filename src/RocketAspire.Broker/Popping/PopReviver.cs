using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Puts messages whose time is over into their group's retry topic. Works only where messages are written: on a master or leader.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-5.3.1/broker/src/main/java/org/apache/rocketmq/broker/processor/PopReviveService.java</remarks>
internal sealed class PopReviver(
    PopLedger ledger, OrderInfoTable orders, PopHoldTable holds, MessageStore store, MessageWriter writer, IReplication replication,
    ReplicatedTables tables, BrokerConfiguration configuration, BrokerAddress address, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int BatchMessages = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FlushWait = TimeSpan.FromSeconds(5);

    private const long RetryMs = 1000;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private ITimer? _timer;
    private Task _running = Task.CompletedTask;
    private int _busy;

    // Under _gate: what was read is of the present lead; up to where the queues have to follow the log before it can be read.
    private bool _loaded;
    private long? _readableAt;

    public void Start()
    {
        replication.RoleChanged += OnRoleChanged;
        _timer = time.CreateTimer(static reviver => ((PopReviver)reviver!).Look(), this, Interval, Interval);
    }

    /// <summary>Null when messages may be handed out here, else why not.</summary>
    public Refusal? WhyNotReady()
    {
        lock (_gate)
        {
            if (!replication.AcceptsWrites(out var reason))
            {
                if (_loaded) ledger.Clear();
                _loaded = false;
                _readableAt = null;
                return new(ResponseCode.ServiceNotAvailable, "service not available now: " + reason);
            }

            if (_loaded) return null;
            _readableAt ??= store.ConfirmOffset;
            if (store.DispatchedOffset < _readableAt) return new(ResponseCode.SystemBusy, "the check points of popped messages are not read yet, try again");
            ledger.Load();
            _loaded = true;
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        replication.RoleChanged -= OnRoleChanged;
        if (_timer is not null) await _timer.DisposeAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        lock (_gate)
        {
            if (_loaded) ledger.CommitOffsets();
        }

        _stop.Dispose();
    }

    private void OnRoleChanged()
    {
        lock (_gate) _loaded = false;
    }

    private void Look()
    {
        // The look before may still be at work.
        if (_stop.IsCancellationRequested || Interlocked.Exchange(ref _busy, 1) != 0) return;
        _running = Task.Run(WorkAsync);
    }

    private async Task WorkAsync()
    {
        try
        {
            if (WhyNotReady() is not null) return;
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (var (topic, group, queueId) in orders.TakeFree(now)) holds.Notify(topic, group, queueId);
            var dueUntil = now - (long)configuration.Current.Pop.ReviveGrace.TotalMilliseconds;
            while (await ReviveAsync(dueUntil).ConfigureAwait(false) && !_stop.IsCancellationRequested)
            {
                // As long as there is more.
            }

            ledger.CommitOffsets();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it was, the next look tries again.
            if (!_stop.IsCancellationRequested) Log.BackgroundFailed(logger, "Reviving popped messages", e.Message, e);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>One batch: false when nothing was due, or it could not be written.</summary>
    private async Task<bool> ReviveAsync(long dueUntilMs)
    {
        // On a full disk what is due waits.
        if (!writer.AcceptsWrites(out _)) return false;
        var revived = new List<(CheckPoint CheckPoint, List<long> Messages)>();
        var count = 0;
        AppendResult last = default;
        var failed = false;
        while (!failed && count < BatchMessages && ledger.TakeDue(dueUntilMs) is { } due)
        {
            var messages = ledger.OffsetsLeft(due);
            var done = new List<long>(messages.Count);
            foreach (var message in messages)
            {
                if (Revive(due.Key, message) is { } result)
                {
                    failed = !result.IsOk;
                    if (failed) break;
                    last = result;
                }

                done.Add(message);
            }

            if (done.Count < messages.Count) ledger.PutOff(due, dueUntilMs + RetryMs);
            count += done.Count;
            revived.Add((due, done));
        }

        if (revived.Count == 0) return false;
        // Only then the group's offset may pass the messages: the copy must be as safe as they were. Else they are copied again.
        var isSafe = !last.IsOk || await IsSafeAsync(last).ConfigureAwait(false);
        foreach (var (checkPoint, messages) in revived)
        {
            if (!isSafe || !ledger.TryFinish(checkPoint.Key, messages)) ledger.PutOff(checkPoint, dueUntilMs + RetryMs);
        }

        return isSafe && !failed;
    }

    private async Task<bool> IsSafeAsync(AppendResult last)
    {
        // Not cut short by a stop: what is noted as done doesn't come twice after the next start.
        var stored = await writer.WaitStoredAsync(last, ledger.ReviveTopic, CancellationToken.None).ConfigureAwait(false);
        return stored is not ResponseCode.ServiceNotAvailable && await store.WaitFlushedAsync(last.EndOffset, FlushWait, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Null when there is nothing to be written: the message, its topic or its group is gone.</summary>
    private AppendResult? Revive(CheckPointKey key, long message)
    {
        var normal = PopTopics.Normal(key.Topic, key.Group);
        if (tables.Topics.Find(normal) is null || tables.Groups.Find(key.Group) is null) return null;
        var read = store.ReadQueue(key.Topic, key.QueueId, message, 1, int.MaxValue, null);
        if (read.Count == 0 || MessageRecordCodec.DecodeAll(read.Body) is not [var record] || record.QueueOffset != message) return null;
        var topic = PopTopics.IsRetry(key.Topic) && normal != key.Topic ? key.Topic : PopTopics.Retry(normal, key.Group, configuration.Current.Pop.EnableRetryTopicV2);
        if (tables.Topics.Find(topic) is null)
        {
            tables.Topics.GetOrCreate(topic, 1, PermName.ReadWrite, 0);
            if (tables.ConsumerOffsets.Query(key.Group, topic, 0) < 0) tables.ConsumerOffsets.Commit(key.Group, topic, 0, 0);
        }

        return writer.AppendNow(ToRetry(record, topic, key.PopTime));
    }

    private MessageRecord ToRetry(MessageRecord record, string topic, long popTime)
    {
        var properties = record.Properties;
        if (record.ReconsumeTimes == 0 || MessageProperties.Get(properties.Span, MessageProperties.FirstPopTime) is null)
        {
            properties = MessageProperties.With(properties.Span, MessageProperties.FirstPopTime, popTime.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        return new MessageRecord
        {
            Topic = topic,
            QueueId = 0,
            Flag = record.Flag,
            SysFlag = record.SysFlag,
            BornTimestamp = record.BornTimestamp,
            BornHost = address.Host,
            StoreHost = address.Host,
            ReconsumeTimes = record.ReconsumeTimes + 1,
            Body = record.Body,
            Properties = properties,
        };
    }
}
