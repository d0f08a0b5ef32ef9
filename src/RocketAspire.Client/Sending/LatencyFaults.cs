using System.Collections.Concurrent;

namespace RocketAspire.Client;

/// <summary>
/// Which brokers are better passed over for a while. One that answered slowly rests by Apache's table; one that failed rests for 30 s, or until it
/// answers a heartbeat (Apache: ten minutes, whatever it does).
/// </summary>
/// <remarks>Source: https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/client/src/main/java/org/apache/rocketmq/client/latency/MQFaultStrategy.java</remarks>
internal sealed class LatencyFaults(TimeProvider time, bool enabled)
{
    private static readonly TimeSpan FailureRest = TimeSpan.FromSeconds(30);

    private static readonly (TimeSpan Latency, TimeSpan Pause)[] Table =
    [
        (TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(10)),
        (TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(3)),
        (TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(2)),
        (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
        (TimeSpan.FromMilliseconds(550), TimeSpan.FromSeconds(30)),
    ];

    private readonly ConcurrentDictionary<string, Fault> _faults = new(StringComparer.Ordinal);

    public bool IsAvailable(string brokerName) =>
        _faults.IsEmpty || !_faults.TryGetValue(brokerName, out var fault) || time.GetTimestamp() >= fault.Until;

    public void Succeeded(string brokerName, TimeSpan latency)
    {
        if (!enabled) return;
        var rest = RestAfter(latency);
        if (rest > TimeSpan.Zero) _faults[brokerName] = new(After(rest), Failed: false);
        else if (!_faults.IsEmpty && _faults.TryGetValue(brokerName, out var fault) && fault.Failed) _faults.TryRemove(brokerName, out _);
    }

    public void Failed(string brokerName)
    {
        if (enabled) _faults[brokerName] = new(After(FailureRest), Failed: true);
    }

    /// <summary>It lives: it need not rest any longer for having failed. A slow one does.</summary>
    public void Answered(string brokerName)
    {
        if (_faults.TryGetValue(brokerName, out var fault) && fault.Failed) _faults.TryRemove(new(brokerName, fault));
    }

    private static TimeSpan RestAfter(TimeSpan latency)
    {
        foreach (var (limit, pause) in Table)
        {
            if (latency >= limit) return pause;
        }

        return TimeSpan.Zero;
    }

    private long After(TimeSpan rest) => time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency);

    private sealed record Fault(long Until, bool Failed);
}
