using System.Globalization;
using RocketAspire.Protocol;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>The figures that mqadmin and the dashboard read from a broker, under their names.</summary>
/// <remarks>The thread pools' figures are those of what stands in their place here: sends under way. A pull that waits for a message is no load, and counts by itself.
/// Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/AdminBrokerProcessor.java,
/// and of 5.3.3 for what its tools read besides.</remarks>
public sealed class BrokerRuntimeInfo(
    MessageStore store, BrokerCounters counters, SendAdmission admission, PullHoldTable holds, ScheduleMessageService schedule, TimerMessageService timers, MessageWriter writer,
    DiskGauge disk, BrokerConfiguration configuration, TimeProvider time)
{
    private readonly long _startedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    public SortedDictionary<string, string> Collect()
    {
        var info = new SortedDictionary<string, string>(StringComparer.Ordinal);
        AddIdentity(info);
        AddRates(info);
        AddQueues(info);
        AddStore(info);
        AddTimers(info);
        return info;
    }

    private void AddIdentity(SortedDictionary<string, string> info)
    {
        // 5.x: whether delayed messages are delivered here, and not at another broker of the group.
        info["brokerActive"] = writer.AcceptsWrites(out _) ? "true" : "false";
        info["brokerVersionDesc"] = RocketMQVersion.CurrentName;
        info["brokerVersion"] = Text(RocketMQVersion.Current);
        info["bootTimestamp"] = Text(_startedAtMs);
        info["startAcceptSendRequestTimeStamp"] = Text(configuration.Current.StartAcceptSendRequestTimeStamp);
        var up = time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(_startedAtMs);
        info["runtime"] = string.Create(CultureInfo.InvariantCulture, $"[ {up.Days} days, {up.Hours} hours, {up.Minutes} minutes, {up.Seconds} seconds ]");
    }

    private void AddRates(SortedDictionary<string, string> info)
    {
        info["putTps"] = counters.PutTps();
        info["getFoundTps"] = counters.GetFoundTps();
        info["getMissTps"] = counters.GetMissTps();
        info["getTotalTps"] = counters.GetTotalTps();
        // Spelt by 4.9 and by 5.x.
        info["getTransferedTps"] = info["getTransferredTps"] = counters.GetTransferredTps();
        info["putMessageTimesTotal"] = Text(counters.PutMessages);
        info["putMessageFailedTimes"] = Text(counters.PutFailures);
        info["putMessageSizeTotal"] = Text(counters.PutBytes);
        info["putMessageAverageSize"] = (counters.PutBytes / (double)Math.Max(1, counters.PutMessages)).ToString("0.0###", CultureInfo.InvariantCulture);

        var (yesterday, today) = counters.Mornings;
        info["msgPutTotalYesterdayMorning"] = Text(yesterday.Put);
        info["msgPutTotalTodayMorning"] = Text(today.Put);
        info["msgGetTotalYesterdayMorning"] = Text(yesterday.Got);
        info["msgGetTotalTodayMorning"] = Text(today.Got);
        info["msgPutTotalTodayNow"] = Text(counters.PutMessages);
        info["msgGetTotalTodayNow"] = Text(counters.GetMessages);

        var times = counters.PutTimes;
        info["putMessageEntireTimeMax"] = Text(times.Maximum);
        info["putMessageDistributeTime"] = times.ToString();
        info["putLatency99"] = Text(times.Within(0.99)) + ".00";
        info["putLatency999"] = Text(times.Within(0.999)) + ".00";
        info["getMessageEntireTimeMax"] = Text(counters.LongestGetMs);
    }

    private void AddQueues(SortedDictionary<string, string> info)
    {
        var options = configuration.Current;
        info["sendThreadPoolQueueSize"] = Text(admission.Requests);
        info["sendThreadPoolQueueCapacity"] = Text(admission.Capacity);
        info["heldPulls"] = Text(holds.Count);
        info["pullThreadPoolQueueCapacity"] = Text(options.PullQueueCapacity);
        foreach (var key in (ReadOnlySpan<string>)[
            "pullThreadPoolQueueSize", "queryThreadPoolQueueSize", "EndTransactionQueueSize", "dispatchMaxBuffer", "pageCacheLockTimeMills", "sendThreadPoolQueueHeadWaitTimeMills",
            "pullThreadPoolQueueHeadWaitTimeMills", "queryThreadPoolQueueHeadWaitTimeMills",
            "litePullThreadPoolQueueSize", "litePullThreadPoolQueueHeadWaitTimeMills", "ackThreadPoolQueueSize", "ackThreadPoolQueueHeadWaitTimeMills"])
        {
            info[key] = "0";
        }

        info["litePullThreadPoolQueueCapacity"] = Text(options.PullQueueCapacity);
        info["ackThreadPoolQueueCapacity"] = Text(options.SendQueueCapacity);
        // No such buffers are used: Apache says so by this number.
        info["remainTransientStoreBufferNumbs"] = Text(int.MaxValue);
        // Nothing queues here; the capacities are Apache's defaults.
        info["queryThreadPoolQueueCapacity"] = "20000";
        info["EndTransactionThreadPoolQueueCapacity"] = "100000";
    }

    private void AddStore(SortedDictionary<string, string> info)
    {
        var root = configuration.Current.Store.RootDirectory;
        info["commitLogMinOffset"] = Text(store.MinPhysicalOffset);
        info["commitLogMaxOffset"] = Text(store.MaxPhysicalOffset);
        info["dispatchBehindBytes"] = Text(Math.Max(0, store.MaxPhysicalOffset - store.ConfirmOffset));
        info["remainHowManyDataToFlush"] = HumanBytes(Math.Max(0, store.MaxPhysicalOffset - store.FlushedOffset));
        info["earliestMessageTimeStamp"] = Text(EarliestMessageTime());
        for (var level = 1; level <= configuration.Current.Store.DelayLevelsMs.Count; level++)
        {
            if (store.QueueBounds(TopicNames.Schedule, level - 1).Max > 0) info[$"scheduleMessageOffset_{level}"] = schedule.Progress(level);
        }

        var usage = disk.Measure();
        info["commitLogDiskRatio"] = Ratio(usage.CommitLog);
        info["commitLogDiskRatio_" + (configuration.Current.Store.CommitLogDirectory ?? Path.Combine(root, "commitlog"))] = Ratio(usage.CommitLog);
        info["consumeQueueDiskRatio"] = Ratio(usage.ConsumeQueue);
        var (total, free) = DiskSpace(root);
        info["commitLogDirCapacity"] = $"Total : {HumanBytes(total)}, Free : {HumanBytes(free)}.";
    }

    /// <summary>Of 5.x: how far delivery lags (seconds), messages not taken over yet, messages that wait, and rates over the last minute.</summary>
    private void AddTimers(SortedDictionary<string, string> info)
    {
        info["timerReadBehind"] = Text(timers.BehindSeconds);
        info["timerOffsetBehind"] = Text(timers.NotTaken);
        info["timerCongestNum"] = Text(timers.Waiting);
        var (taken, delivered) = counters.TimerTps();
        info["timerEnqueueTps"] = Ratio(taken);
        info["timerDequeueTps"] = Ratio(delivered);
    }

    private long EarliestMessageTime() => store.ReadRecord(store.MinPhysicalOffset) is { } first ? first.StoreTimestamp : -1;

    private static (long Total, long Free) DiskSpace(string folder)
    {
        try
        {
            var drive = new DriveInfo(folder);
            return (drive.TotalSize, drive.AvailableFreeSpace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (0, 0);
        }
    }

    private static string HumanBytes(long bytes)
    {
        if (bytes < 1024) return Text(bytes) + " B";
        var exponent = (int)(Math.Log(bytes) / Math.Log(1024));
        return (bytes / Math.Pow(1024, exponent)).ToString("0.0", CultureInfo.InvariantCulture) + " " + "KMGTPE"[exponent - 1] + "iB";
    }

    private static string Ratio(double used) => used.ToString("0.0###", CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
