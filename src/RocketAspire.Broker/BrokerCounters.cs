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

    public long PutMessages => Volatile.Read(ref _putMessages);

    public long PutBytes => Volatile.Read(ref _putBytes);

    public long PutFailures => Volatile.Read(ref _putFailures);

    public long GetMessages => Volatile.Read(ref _getMessages);

    public void Put(string topic, int messages, long bytes)
    {
        stats.Put(topic, messages, bytes);
        Interlocked.Add(ref _putMessages, messages);
        Interlocked.Add(ref _putBytes, bytes);
    }

    public void PutFailed() => Interlocked.Increment(ref _putFailures);

    public void Got(string group, string topic, int messages, long bytes)
    {
        stats.Got(group, topic, messages, bytes);
        Interlocked.Add(ref _getMessages, messages);
        Interlocked.Increment(ref messages > 0 ? ref _getFound : ref _getMissed);
    }

    /// <summary>Called once a second.</summary>
    public void TakeSample(long nowMs)
    {
        lock (_gate)
        {
            _samples[_sampled % KeptSamples] = new(nowMs, PutMessages, Volatile.Read(ref _getFound), Volatile.Read(ref _getMissed), GetMessages);
            _sampled++;
        }
    }

    /// <summary>Messages stored a second over the last 10 s, minute and ten minutes, as Apache writes them: "1.5 0.9 0.2".</summary>
    public string PutTps() => Rates(static sample => sample.Put);

    public string GetFoundTps() => Rates(static sample => sample.Found);

    public string GetMissTps() => Rates(static sample => sample.Missed);

    public string GetTotalTps() => Rates(static sample => sample.Found + sample.Missed);

    public string GetTransferredTps() => Rates(static sample => sample.Got);

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

    private readonly record struct Sample(long AtMs, long Put, long Found, long Missed, long Got);
}
