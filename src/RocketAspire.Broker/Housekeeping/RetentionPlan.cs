using System.Globalization;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Whether now is a time for deleting.</summary>
/// <param name="IsTime">Expired files go.</param>
/// <param name="IsShort">The disk is fuller than it should be.</param>
/// <param name="AtOnce">Files go whatever their age.</param>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/DefaultMessageStore.java (CleanCommitLogService)</remarks>
public readonly record struct RetentionPlan(bool IsTime, bool IsShort, bool AtOnce)
{
    /// <param name="options">What is allowed.</param>
    /// <param name="localTime">By which deleteWhen goes.</param>
    /// <param name="usage">Of the disks; what isn't known is no reason to delete.</param>
    /// <param name="isAsked">An operator asked for it.</param>
    public static RetentionPlan Make(RetentionOptions options, DateTimeOffset localTime, DiskUsage usage, bool isAsked)
    {
        var isShort = usage.Highest > options.DiskMaxUsedSpaceRatio / 100.0;
        return new(
            isAsked || isShort || IsHour(options.DeleteWhen, localTime.Hour),
            isShort,
            options.CleanFileForciblyEnable && usage.Highest > options.DiskSpaceCleanForciblyRatio / 100.0);
    }

    /// <summary>Whether this file is one to delete now.</summary>
    public bool Takes(LogFile file, RetentionOptions options, DateTimeOffset now) =>
        IsTime && (AtOnce || now.ToUnixTimeMilliseconds() >= file.LastStored + (long)options.FileReservedTime.TotalMilliseconds);

    private static bool IsHour(string hours, int now)
    {
        foreach (var range in hours.AsSpan().Split(';'))
        {
            if (int.TryParse(hours.AsSpan(range).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var hour) && hour == now) return true;
        }

        return false;
    }
}
