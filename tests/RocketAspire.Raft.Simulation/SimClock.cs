namespace RocketAspire.Raft.Simulation;

/// <summary>A machine's monotonic clock: simulated time at a rate of its own, plus jumps.</summary>
internal sealed class SimClock(SimQueue queue)
{
    private double _rate = 1;
    private long _ms;
    private long _setUs;

    public long NowMs => _ms + (long)((queue.NowUs - _setUs) / 1000.0 * _rate);

    public void Set(double rate, long jumpMs)
    {
        (_ms, _setUs) = (NowMs + jumpMs, queue.NowUs);
        _rate = rate;
    }
}
