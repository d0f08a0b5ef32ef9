using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Running totals since the start, and the rates that mqadmin clusterList shows.</summary>
/// <remarks>Totals are plain interlocked counters; rates come from one sample a second, kept for ten minutes.</remarks>
public sealed class BrokerCounters(BrokerStats stats)
{
    private const int KeptSamples = 601;

    private readonly Lock _gate = new();
    private readonly Sample[] _samples = new Sample[KeptSamples];
    private int _sampled;
    private long _putMessages;
    private long _putBytes;
    private long _putFailures;
    private long _getFound;
    private long _getMissed;
    private long _getMessages;
    private long _longestGetMs;
    private long _timersTaken;
    private long _timersDelivered;
    private long _committed;
    private long _rolledBack;
    private DateOnly _day;

    /// <summary>What had been stored and read when yesterday began, and when today did; 0 for days before the start.</summary>
    public (Totals Yesterday, Totals Today) Mornings { get; private set; } = (new(0, 0), new(0, 0));

    /// <summary>How long stored messages took.</summary>
    public PutTimes PutTimes { get; } = new();

    /// <summary>The longest that reading for one pull took, in ms.</summary>
    public long LongestGetMs => Volatile.Read(ref _longestGetMs);

    public long PutMessages => Volatile.Read(ref _putMessages);

    public long PutBytes => Volatile.Read(ref _putBytes);

    public long PutFailures => Volatile.Read(ref _putFailures);

    public long GetMessages => Volatile.Read(ref _getMessages);

    public void Put(string topic, int messages, long bytes)
    {
        stats.Put(topic, messages, bytes);
        BrokerTelemetry.Stored(topic, messages, bytes);
        Interlocked.Add(ref _putMessages, messages);
        if (topic == TopicNames.Timer) Interlocked.Add(ref _timersTaken, messages);
        Interlocked.Add(ref _putBytes, bytes);
    }

    /// <summary>A slave has one more message of its master; as at Apache's it counts as one stored, so that tools see whether the slave follows.</summary>
    public void Replicated(MessageArrival arrival)
    {
        // Records of our own, which the master didn't count either.
        if (arrival.Topic is TopicNames.TermMarker or TopicNames.Metadata or TopicNames.Deletion or TopicNames.TimerProgress) return;
        Interlocked.Increment(ref _putMessages);
        Interlocked.Add(ref _putBytes, arrival.Size);
    }

    /// <summary>So many timed messages came to their time.</summary>
    public void TimersDelivered(int messages) => Interlocked.Add(ref _timersDelivered, messages);

    /// <summary>Timed messages that began to wait, and that came to their time, since the start.</summary>
    public (long Taken, long Delivered) Timers => (Volatile.Read(ref _timersTaken), Volatile.Read(ref _timersDelivered));

    /// <summary>Half messages that were committed, and that were taken back, since the start.</summary>
    public (long Committed, long RolledBack) Transactions => (Volatile.Read(ref _committed), Volatile.Read(ref _rolledBack));

    /// <summary>A transaction came to its end.</summary>
    public void TransactionEnded(bool isCommit) => Interlocked.Increment(ref isCommit ? ref _committed : ref _rolledBack);

    public void PutFailed() => Interlocked.Increment(ref _putFailures);

    public void Got(string group, string topic, int messages, long bytes)
    {
        stats.Got(group, topic, messages, bytes);
        Interlocked.Add(ref _getMessages, messages);
        Interlocked.Increment(ref messages > 0 ? ref _getFound : ref _getMissed);
    }

    /// <summary>Reading for a pull took so long; of two at once, the longer one may be forgotten.</summary>
    public void GetTook(TimeSpan time)
    {
        var ms = (long)time.TotalMilliseconds;
        if (ms > LongestGetMs) Volatile.Write(ref _longestGetMs, ms);
    }

    /// <summary>Called once a second.</summary>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="day">Of the local clock.</param>
    public void TakeSample(long nowMs, DateOnly day)
    {
        lock (_gate)
        {
            if (_day != day && _day != default) Mornings = (Mornings.Today, new(PutMessages, GetMessages));
            _day = day;
            _samples[_sampled % KeptSamples] = new(nowMs, PutMessages, Volatile.Read(ref _getFound), Volatile.Read(ref _getMissed), GetMessages, Volatile.Read(ref _timersTaken), Volatile.Read(ref _timersDelivered));
            _sampled++;
        }
    }

    /// <summary>Messages stored a second over the last 10 s, minute and ten minutes, as Apache writes them: "1.5 0.9 0.2".</summary>
    public string PutTps() => Rates(static sample => sample.Put);

    public string GetFoundTps() => Rates(static sample => sample.Found);

    public string GetMissTps() => Rates(static sample => sample.Missed);

    public string GetTotalTps() => Rates(static sample => sample.Found + sample.Missed);

    public string GetTransferredTps() => Rates(static sample => sample.Got);

    /// <summary>Timed messages a second over the last minute: those that began to wait, and those that came to their time.</summary>
    public (double Taken, double Delivered) TimerTps() => (Rate(static sample => sample.TimersTaken, 60), Rate(static sample => sample.TimersDelivered, 60));

    private string Rates(Func<Sample, long> value) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Rate(value, 10):0.0####} {Rate(value, 60):0.0####} {Rate(value, 600):0.0####}");

    private double Rate(Func<Sample, long> value, int seconds)
    {
        lock (_gate)
        {
            if (_sampled < 2) return 0;
            var back = Math.Min(seconds, Math.Min(_sampled, KeptSamples) - 1);
            var last = _samples[(_sampled - 1) % KeptSamples];
            var first = _samples[(_sampled - 1 - back) % KeptSamples];
            var elapsedMs = last.AtMs - first.AtMs;
            return elapsedMs <= 0 ? 0 : (value(last) - value(first)) * 1000.0 / elapsedMs;
        }
    }

    public sealed record Totals(long Put, long Got);

    private readonly record struct Sample(long AtMs, long Put, long Found, long Missed, long Got, long TimersTaken, long TimersDelivered);
}
