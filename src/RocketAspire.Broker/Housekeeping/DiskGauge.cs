using Microsoft.Extensions.Logging;

namespace RocketAspire.Broker;

/// <summary>Watches how full the disks are. While they are fuller than diskSpaceWarningLevelRatio says, nothing is stored.</summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/store/src/main/java/org/apache/rocketmq/store/DefaultMessageStore.java (isSpaceFull)</remarks>
public sealed class DiskGauge : IAsyncDisposable
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly BrokerConfiguration _configuration;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile string? _full;

    public DiskGauge(BrokerConfiguration configuration, TimeProvider time, ILogger logger)
    {
        _configuration = configuration;
        _logger = logger;
        _timer = time.CreateTimer(static gauge => ((DiskGauge)gauge!).Look(), this, FirstLook, Interval);
    }

    /// <summary>Why nothing may be stored; null while there is room.</summary>
    public string? Full => _full;

    public DiskUsage Measure()
    {
        var options = _configuration.Current;
        var root = options.Store.RootDirectory;
        return new(
            options.DiskUsed(options.Store.CommitLogDirectory ?? Path.Combine(root, "commitlog")),
            options.DiskUsed(Path.Combine(root, "consumequeue")),
            options.DiskUsed(Path.Combine(root, "index")));
    }

    /// <summary>Measures now and takes the consequence.</summary>
    public DiskUsage Look()
    {
        var usage = Measure();
        var isFull = usage.Highest > _configuration.Current.Retention.DiskSpaceWarningLevelRatio / 100.0;
        if (isFull && _full is null) Log.DiskFull(_logger, usage.ToString());
        if (!isFull && _full is not null) Log.DiskOk(_logger, usage.ToString());
        _full = isFull ? $"the broker's disk is full [{usage}]" : null;
        return usage;
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
