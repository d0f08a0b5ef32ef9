using System.Globalization;

namespace RocketAspire.Broker;

/// <summary>How full the disks are that hold the log, the consume queues and the index: 0 to 1, negative when not known.</summary>
public readonly record struct DiskUsage(double CommitLog, double ConsumeQueue, double Index)
{
    /// <summary>Of the two that count when it is asked whether there is room.</summary>
    public double Highest => Math.Max(CommitLog, ConsumeQueue);

    /// <summary>As Apache's broker tells it to a producer that it refuses.</summary>
    /// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/broker/src/main/java/org/apache/rocketmq/broker/processor/SendMessageProcessor.java (diskUtil)</remarks>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"CL: {CommitLog,5:0.00} CQ: {ConsumeQueue,5:0.00} INDEX: {Index,5:0.00}");

    /// <summary>Used part of the disk that holds a folder, counted as df does and rounded up to a percent; negative when it can't be told.</summary>
    /// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/UtilAll.java (getDiskPartitionSpaceUsedPercent)</remarks>
    public static double Of(string folder)
    {
        try
        {
            var drive = new DriveInfo(folder);
            var used = drive.TotalSize - drive.TotalFreeSpace;
            var usable = used + drive.AvailableFreeSpace;
            return drive.TotalSize <= 0 || usable <= 0 ? -1 : Math.Ceiling(used * 100.0 / usable) / 100;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return -1;
        }
    }
}
