using RocketAspire.Protocol.Bodies;

namespace RocketAspire.Broker;

/// <summary>One counter with samples of its last minute, hour and day.</summary>
/// <remarks>Sampled every 10 s, 10 min and hour, as
/// https://github.com/apache/rocketmq/blob/rocketmq-all-4.9.8/common/src/main/java/org/apache/rocketmq/common/stats/StatsItem.java</remarks>
internal sealed class StatsItem
{
    public static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(10);

    private const int SamplesPerHourSample = 60;
    private const int SamplesPerDaySample = 360;
    private readonly Lock _gate = new();
    private readonly Series _minute;
    private readonly Series _hour;
    private readonly Series _day;
    private long _value;
    private long _times;
    private int _samples;

    public StatsItem(long nowMs)
    {
        var interval = (long)SampleInterval.TotalMilliseconds;
        _minute = new(7, nowMs - interval);
        _hour = new(7, nowMs - (interval * SamplesPerHourSample));
        _day = new(25, nowMs - (interval * SamplesPerDaySample));
        foreach (var series in new[] { _minute, _hour, _day }) series.Add(new(nowMs, 0, 0));
    }

    /// <summary>Nothing was counted for a day.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate) return _day.IsFull && _day.Read().Sum == 0 && _value == _day.Last.Value;
        }
    }

    public BrokerStatsData Data
    {
        get
        {
            lock (_gate) return new(_minute.Read(), _hour.Read(), _day.Read());
        }
    }

    /// <summary>All that was counted.</summary>
    public long Total => Volatile.Read(ref _value);

    public double MinuteTps
    {
        get
        {
            lock (_gate) return _minute.Read().Tps;
        }
    }

    public void Add(long value)
    {
        Interlocked.Add(ref _value, value);
        Interlocked.Increment(ref _times);
    }

    public void TakeSample(long nowMs)
    {
        var sample = new Sample(nowMs, Volatile.Read(ref _value), Volatile.Read(ref _times));
        lock (_gate)
        {
            _minute.Add(sample);
            _samples++;
            if (_samples % SamplesPerHourSample == 0) _hour.Add(sample);
            if (_samples % SamplesPerDaySample == 0) _day.Add(sample);
        }
    }

    private readonly record struct Sample(long AtMs, long Value, long Times);

    /// <summary>The newest samples. Before the first one lies a zero, one interval back.</summary>
    private sealed class Series(int kept, long zeroAtMs)
    {
        private readonly Queue<Sample> _samples = new([new(zeroAtMs, 0, 0)]);

        public Sample Last { get; private set; }

        public bool IsFull => _samples.Count == kept;

        public void Add(Sample sample)
        {
            Last = sample;
            _samples.Enqueue(sample);
            if (_samples.Count > kept) _samples.Dequeue();
        }

        public BrokerStatsItem Read()
        {
            var first = _samples.Peek();
            var sum = Last.Value - first.Value;
            var times = Last.Times - first.Times;
            var elapsedMs = Last.AtMs - first.AtMs;
            return new(sum, elapsedMs > 0 ? sum * 1000.0 / elapsedMs : 0, times > 0 ? sum / (double)times : 0);
        }
    }
}
