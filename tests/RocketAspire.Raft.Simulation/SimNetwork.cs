using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>The links between the nodes: what they lose, delay, double and cut.</summary>
internal sealed class SimNetwork(int nodes, SimQueue queue, Random random)
{
    private readonly bool[,] _cut = new bool[nodes, nodes];

    // A link delivers in order, as a connection does, but for what is delayed below.
    private readonly long[,] _lastUs = new long[nodes, nodes];

    public int LossPercent { get; set; }

    public int DuplicatePercent { get; set; }

    /// <summary>Messages that others overtake.</summary>
    public int LatePercent { get; set; }

    public int LateUs { get; set; } = 1;

    public bool IsCut(int from, int to) => _cut[from, to];

    public void Cut(int from, int to) => _cut[from, to] = true;

    public void Heal()
    {
        MendLinks();
        LossPercent = DuplicatePercent = LatePercent = 0;
    }

    public void MendLinks() => Array.Clear(_cut);

    public void Send(int from, int to, RaftMessage message)
    {
        if (_cut[from, to] || random.Next(100) < LossPercent) return;
        var at = queue.NowUs + 100 + random.Next(300);
        if (random.Next(100) < LatePercent) at += random.Next(LateUs);
        else _lastUs[from, to] = at = Math.Max(at, _lastUs[from, to]);
        queue.At(at, new SimEvent(SimEventKind.Message, to, -1, message));
        if (random.Next(100) < DuplicatePercent) queue.At(at + random.Next(LateUs), new SimEvent(SimEventKind.Message, to, -1, message));
    }
}
