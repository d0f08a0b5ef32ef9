using System.Globalization;
using RocketAspire.Protocol;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>The figures that mqadmin and the dashboard read from a broker, under their names.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/AdminBrokerProcessor.java</remarks>
public sealed class BrokerRuntimeInfo(
    MessageStore store, BrokerCounters counters, SendAdmission admission, PullHoldTable holds, ScheduleMessageService schedule, DiskGauge disk,
    BrokerConfiguration configuration, TimeProvider time)
{
    private readonly long _startedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    public SortedDictionary<string, string> Collect()
    {
        var info = new SortedDictionary<string, string>(StringComparer.Ordinal);
        AddIdentity(info);
        AddRates(info);
        AddQueues(info);
        AddStore(info);
        return info;
    }

    private void AddIdentity(SortedDictionary<string, string> info)
    {
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
        info["getTransferedTps"] = counters.GetTransferredTps();
        info["putMessageTimesTotal"] = Text(counters.PutMessages);
        info["putMessageFailedTimes"] = Text(counters.PutFailures);
        info["putMessageSizeTotal"] = Text(counters.PutBytes);
        info["putMessageAverageSize"] = (counters.PutBytes / (double)Math.Max(1, counters.PutMessages)).ToString("0.0###", CultureInfo.InvariantCulture);

        // Days are counted by whoever polls; a broker that just started has no yesterday.
        foreach (var key in (ReadOnlySpan<string>)["msgPutTotalYesterdayMorning", "msgPutTotalTodayMorning", "msgGetTotalYesterdayMorning", "msgGetTotalTodayMorning"])
        {
            info[key] = "0";
        }

        info["msgPutTotalTodayNow"] = Text(counters.PutMessages);
        info["msgGetTotalTodayNow"] = Text(counters.GetMessages);
    }

    private void AddQueues(SortedDictionary<string, string> info)
    {
        var options = configuration.Current;
        info["sendThreadPoolQueueSize"] = Text(admission.Requests);
        info["sendThreadPoolQueueCapacity"] = Text(admission.Capacity);
        info["pullThreadPoolQueueSize"] = Text(holds.Count);
        info["pullThreadPoolQueueCapacity"] = Text(options.PullQueueCapacity);
        foreach (var key in (ReadOnlySpan<string>)[
            "queryThreadPoolQueueSize", "EndTransactionQueueSize", "pageCacheLockTimeMills", "sendThreadPoolQueueHeadWaitTimeMills",
            "pullThreadPoolQueueHeadWaitTimeMills", "queryThreadPoolQueueHeadWaitTimeMills", "remainTransientStoreBufferNumbs"])
        {
            info[key] = "0";
        }

        info["queryThreadPoolQueueCapacity"] = Text(options.SendQueueCapacity);
        info["EndTransactionThreadPoolQueueCapacity"] = Text(options.SendQueueCapacity);
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
