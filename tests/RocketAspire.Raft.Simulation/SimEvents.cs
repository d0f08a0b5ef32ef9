using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

internal enum SimEventKind
{
    Tick,
    Message,
    Synced,
    LogChanged,
    Produce,
    PeerDown,
    LazyState,
    Chaos,
    Action,
}

/// <param name="Kind">What happens.</param>
/// <param name="Node">To which node.</param>
/// <param name="Life">Of which of its processes; -1 for any.</param>
/// <param name="Payload">A message, a peer's id or an action.</param>
internal readonly record struct SimEvent(SimEventKind Kind, int Node, int Life, object? Payload);

/// <summary>What is to happen, in order of time; at one time in order of arrival.</summary>
internal sealed class SimQueue
{
    private readonly PriorityQueue<SimEvent, (long AtUs, long Order)> _queue = new();
    private long _order;

    /// <summary>Simulated microseconds.</summary>
    public long NowUs { get; private set; }

    public void After(long delayUs, in SimEvent happening) => At(NowUs + delayUs, happening);

    public void At(long atUs, in SimEvent happening) => _queue.Enqueue(happening, (Math.Max(atUs, NowUs), _order++));

    public bool TryNext(out SimEvent happening)
    {
        if (!_queue.TryDequeue(out happening, out var priority)) return false;
        NowUs = priority.AtUs;
        return true;
    }
}
