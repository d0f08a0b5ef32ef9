using System.Globalization;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol;
using RocketAspire.Protocol.Bodies;
using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>Consumes one message beside the usual way.</summary>
internal delegate ValueTask<(ConsumeResult Result, Exception? Error)> DirectHandler(RocketMQReceivedMessage message, CancellationToken cancellationToken);

/// <summary>A session as brokers and tools see it.</summary>
internal sealed class SessionMember(GroupSession session, DirectHandler? direct, ILogger logger) : IConsumerMember
{
    private readonly long _startedMs = session.Client.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public string Group => session.Settings.Group;

    public ConsumerData Describe() => new()
    {
        GroupName = Group,
        ConsumeType = session.Settings.ConsumeType,
        MessageModel = session.Settings.Model == MessageModel.Clustering ? "CLUSTERING" : "BROADCASTING",
        ConsumeFromWhere = session.Settings.Fetch.From switch
        {
            ConsumeFromWhere.FirstOffset => "CONSUME_FROM_FIRST_OFFSET",
            ConsumeFromWhere.Timestamp => "CONSUME_FROM_TIMESTAMP",
            _ => "CONSUME_FROM_LAST_OFFSET",
        },
        Subscriptions = [.. session.Subscriptions],
    };

    public void GroupChanged() => session.Rebalance();

    public async ValueTask ResetOffsetsAsync(string topic, IReadOnlyDictionary<MessageQueue, long> offsets, CancellationToken cancellationToken)
    {
        Log.OffsetsReset(logger, Group, offsets.Count, topic);
        foreach (var (name, offset) in offsets)
        {
            if (name.Topic == topic && session.Queues.Find(name) is { } queue) await session.MoveAsync(queue, offset, cancellationToken).ConfigureAwait(false);
        }
    }

    public IReadOnlyDictionary<MessageQueue, long> Offsets(string topic) => session.Queues.All
        .Where(queue => queue.Queue.Topic == topic && session.Offsets.Noted(queue.Queue) >= 0)
        .ToDictionary(static queue => queue.Queue, queue => session.Offsets.Noted(queue.Queue));

    public ConsumerRunningInfo RunningInfo() => new()
    {
        Properties = new Dictionary<string, string>
        {
            ["PROP_CLIENT_VERSION"] = RocketMQVersion.CurrentName,
            ["PROP_CONSUMEORDERLY"] = session.Settings.Orderly ? "true" : "false",
            ["PROP_CONSUMER_START_TIMESTAMP"] = _startedMs.ToString(CultureInfo.InvariantCulture),
            ["PROP_CONSUME_TYPE"] = session.Settings.ConsumeType,
            ["PROP_NAMESERVER_ADDR"] = string.Join(';', session.Client.Connection.NameServers),
            ["PROP_THREADPOOL_CORE_SIZE"] = session.Settings.Concurrency.ToString(CultureInfo.InvariantCulture),
            ["clientLanguage"] = "DOTNET",
        },
        Subscriptions = [.. session.Subscriptions.OrderBy(static subscription => subscription.Topic, StringComparer.Ordinal)],
        Queues = [.. session.Queues.All.OrderBy(static queue => queue.Queue).Select(queue => KeyValuePair.Create(queue.Queue.ToWire(), InfoOf(queue)))],
        Status = session.Counters.Read(),
    };

    public async ValueTask<ConsumeMessageDirectlyResult?> ConsumeDirectlyAsync(MessageRecord record, string brokerName, CancellationToken cancellationToken)
    {
        if (direct is null) return null;
        var started = session.Client.Time.GetTimestamp();
        var (result, error) = await direct(new RocketMQReceivedMessage(record, brokerName, session.Settings.Fetch.Namespace), cancellationToken).ConfigureAwait(false);
        var outcome = error is not null ? "CR_THROW_EXCEPTION" : result.Action == ConsumeAction.Success ? "CR_SUCCESS" : "CR_LATER";
        var tookMs = (long)session.Client.Time.GetElapsedTime(started).TotalMilliseconds;
        return new(session.Settings.Orderly, AutoCommit: true, outcome, error is null ? null : $"{error.GetType().Name}: {error.Message}", tookMs);
    }

    private ProcessQueueInfo InfoOf(ConsumerQueue queue)
    {
        var (count, bytes, first, last) = queue.Cached;
        return new()
        {
            // Until something is done here, it is where the group stood.
            CommitOffset = session.Offsets.Noted(queue.Queue) is >= 0 and var noted ? noted : queue.Progress,
            CachedMsgCount = count,
            CachedMsgMinOffset = first,
            CachedMsgMaxOffset = last,
            CachedMsgSizeInMiB = (int)(bytes / (1024 * 1024)),
            Locked = session.Locks?.IsHeld(queue) ?? false,
            LastLockTimestamp = queue.LockedAt == 0 ? 0 : session.Client.Time.GetUtcNow().ToUnixTimeMilliseconds() - (long)session.Client.Time.GetElapsedTime(queue.LockedAt).TotalMilliseconds,
            Droped = queue.IsDropped,
            LastPullTimestamp = queue.LastPullMs,
            LastConsumeTimestamp = queue.LastConsumeMs,
        };
    }
}
