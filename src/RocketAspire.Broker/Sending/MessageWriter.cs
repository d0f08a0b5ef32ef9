using System.Globalization;
using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Messages;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Appends messages to the log and waits until they are as safe as the settings promise. Every message enters here: sends, send-backs, delayed deliveries.</summary>
public sealed class MessageWriter(MessageStore store, IReplication replication, BrokerConfiguration configuration, BrokerCounters counters, DiskGauge disk, TimeProvider time, ILogger logger)
{
    /// <summary>What is answered with code 1 when nobody can say what becomes of a message that is in the log.</summary>
    public const string MayBeStored = "this broker was replaced as leader, no majority of its group answered, or its disk failed: the message may have been stored";

    private readonly DelayLevels _levels = new(configuration.Current.Store.DelayLevelsMs);

    /// <summary>Whether a message may enter at all, else why not.</summary>
    public bool AcceptsWrites(out string reason)
    {
        if (!replication.AcceptsWrites(out reason)) return false;
        if (disk.Full is not { } full) return true;
        reason = full;
        return false;
    }

    /// <summary>Appends one message; one with a delay level goes to that level's queue and keeps its own topic in its properties.</summary>
    public AppendResult Append(MessageRecord record)
    {
        var delay = MessageSysFlag.TransactionOf(record.SysFlag) is MessageSysFlag.TransactionNot or MessageSysFlag.TransactionCommit
            ? DelayLevelOf(record.Properties.Span)
            : 0;
        if (delay > 0) record = ToDelayed(record, Math.Min(delay, _levels.Max));
        return Count(store.Append(record), record.Topic, 1);
    }

    /// <summary>Appends one message as it is, without a look at its delay: half messages and other records of the broker's own.</summary>
    public AppendResult AppendNow(MessageRecord record) => Count(store.Append(record), record.Topic, 1);

    /// <summary>Appends a batch, all or nothing.</summary>
    public AppendResult AppendBatch(IReadOnlyList<MessageRecord> batch) => Count(store.AppendBatch(batch), batch[0].Topic, batch.Count);

    /// <summary>
    /// Waits for disk and replicas together. The result is a response code: 0, 10 (disk too slow), 11 (no slave), 12 (slave too slow),
    /// 1 (the disk failed, a Raft group's leader was replaced or saw no majority: the message may stay or go). Never 14, which
    /// says that nothing was stored.
    /// </summary>
    public ValueTask<int> WaitStoredAsync(AppendResult result, string topic, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var replicated = replication.WaitReplicatedAsync(result, cancellationToken);
        if ((replication.CoversDisk || configuration.Current.Store.Flush == FlushDiskType.Async) && replicated.IsCompletedSuccessfully && replicated.Result == ReplicationAck.Ok)
        {
            counters.PutTimes.Add(TimeSpan.Zero);
            return ValueTask.FromResult(ResponseCode.Success);
        }

        return WaitBothAsync(result, replicated, topic, began, cancellationToken);
    }

    /// <summary>For what is answered as stored without <see cref="WaitStoredAsync"/>: in a Raft group only a majority makes it stored.</summary>
    public ValueTask<int> WaitCommittedAsync(AppendResult result, string topic, CancellationToken cancellationToken) =>
        replication.CoversDisk ? WaitStoredAsync(result, topic, cancellationToken) : ValueTask.FromResult(ResponseCode.Success);

    /// <summary>The level in the DELAY property; 0 without one, -1 when it is no number.</summary>
    public static int DelayLevelOf(ReadOnlySpan<byte> properties)
    {
        if (MessageProperties.Get(properties, MessageProperties.Delay) is not { } text) return 0;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var level) ? Math.Max(0, level) : -1;
    }

    private static MessageRecord ToDelayed(MessageRecord record, int level)
    {
        var properties = MessageProperties.With(record.Properties.Span, MessageProperties.RealTopic, record.Topic);
        properties = MessageProperties.With(properties, MessageProperties.RealQueueId, record.QueueId.ToString(CultureInfo.InvariantCulture));
        properties = MessageProperties.With(properties, MessageProperties.Delay, level.ToString(CultureInfo.InvariantCulture));
        return record.Copy(TopicNames.Schedule, level - 1, properties);
    }

    private AppendResult Count(AppendResult result, string topic, int messages)
    {
        if (result.IsOk) counters.Put(topic, messages, result.EndOffset - result.PhysicalOffset);
        else OnFailed(result.Status);
        return result;
    }

    private void OnFailed(AppendStatus status)
    {
        counters.PutFailed();
        replication.OnAppendFailed(status);
    }

    private async ValueTask<int> WaitBothAsync(AppendResult result, ValueTask<ReplicationAck> replicated, string topic, long began, CancellationToken cancellationToken)
    {
        var options = configuration.Current;
        var code = ResponseCode.Success;
        try
        {
            if (!replication.CoversDisk && options.Store.Flush == FlushDiskType.Sync
                && !await store.WaitFlushedAsync(result.EndOffset, options.SyncFlushTimeout, cancellationToken).ConfigureAwait(false))
            {
                code = ResponseCode.FlushDiskTimeout;
            }
        }
        catch (StorePoisonedException)
        {
            code = ResponseCode.SystemError;
        }

        // A replica's trouble is told even when the disk had one too, as Apache does; a log that can't be synced outweighs all.
        var ack = await replicated.ConfigureAwait(false);
        if (ack != ReplicationAck.Ok && code != ResponseCode.SystemError)
        {
            code = ack switch
            {
                ReplicationAck.SlaveNotAvailable => ResponseCode.SlaveNotAvailable,
                ReplicationAck.SlaveTimeout => ResponseCode.FlushSlaveTimeout,
                _ => ResponseCode.SystemError,
            };
        }

        counters.PutTimes.Add(time.GetElapsedTime(began));
        if (code != ResponseCode.Success) Log.NotSafe(logger, Describe(code), topic, result.EndOffset);
        return code;
    }

    private static string Describe(int code) => code switch
    {
        ResponseCode.FlushDiskTimeout => "the disk did not sync in time",
        ResponseCode.SlaveNotAvailable => "no slave is near enough",
        ResponseCode.FlushSlaveTimeout => "the slave did not answer in time",
        _ => MayBeStored,
    };
}

internal static class MessageRecordCopies
{
    /// <summary>The same message under another topic, queue and properties, not yet placed in the log.</summary>
    public static MessageRecord Copy(this MessageRecord record, string topic, int queueId, ReadOnlyMemory<byte> properties, int? reconsumeTimes = null) => new()
    {
        Topic = topic,
        QueueId = queueId,
        Flag = record.Flag,
        SysFlag = record.SysFlag,
        BornTimestamp = record.BornTimestamp,
        BornHost = record.BornHost,
        StoreHost = record.StoreHost,
        ReconsumeTimes = reconsumeTimes ?? record.ReconsumeTimes,
        PreparedTransactionOffset = record.PreparedTransactionOffset,
        Body = record.Body,
        Properties = properties,
    };
}
