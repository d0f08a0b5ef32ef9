using System.Diagnostics;
using HdrHistogram;

namespace RocketAspire.Bench;

/// <summary>Percentiles in milliseconds.</summary>
internal sealed record LatencySummary(double P50, double P99, double P999, double Max);

/// <summary>Latencies of one kind from 1 µs to 10 min, to three digits.</summary>
internal sealed class Latencies
{
    private const long MostMicroseconds = 600_000_000;
    private const int Digits = 3;

    // Two histograms in turn: one is read while others are written.
    private readonly Recorder _recorder =
        HistogramFactory.With64BitBucketSize().WithValuesUpTo(MostMicroseconds).WithPrecisionOf(Digits).WithThreadSafeWrites().WithThreadSafeReads().Create();

    private readonly LongHistogram _all = new(1, MostMicroseconds, Digits);

    public void Record(long fromTimestamp, long toTimestamp)
    {
        var microseconds = (long)Stopwatch.GetElapsedTime(fromTimestamp, toTimestamp).TotalMicroseconds;
        _recorder.RecordValue(Math.Clamp(microseconds, 1, MostMicroseconds));
    }

    /// <summary>Of all that was recorded so far; null when nothing was.</summary>
    public LatencySummary? Summarise()
    {
        lock (_all)
        {
            _all.Add(_recorder.GetIntervalHistogram());
            if (_all.TotalCount == 0) return null;
            return new(Percentile(50), Percentile(99), Percentile(99.9), _all.GetMaxValue() / 1000.0);
        }

        double Percentile(double p) => _all.GetValueAtPercentile(p) / 1000.0;
    }
}
