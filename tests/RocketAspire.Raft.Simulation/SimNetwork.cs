using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>The links between the nodes: what they lose, delay, double and cut.</summary>
internal sealed class SimNetwork(int nodes, int latencyUs, SimQueue queue, Random random)
{
    private readonly bool[,] _cut = new bool[nodes, nodes];

    // A link delivers in order, as a connection does, but for what is delayed below.
    private readonly long[,] _lastUs = new long[nodes, nodes];

    public int LossPercent { get; set; }

    public int DuplicatePercent { get; set; }

    /// <summary>Messages that others overtake.</summary>
    public int LatePercent { get; set; }

    public int LateUs { get; set; } = 1;

    /// <summary>Answers, questions for votes and bases that come when their time is long over.</summary>
    public int LateAnswerPercent { get; set; }

    /// <summary>For scripts: true keeps the message back until <see cref="Release"/>.</summary>
    public Func<int, int, RaftMessage, bool>? Holds { get; set; }

    public List<(int From, int To, RaftMessage Message)> Held { get; } = [];

    public void Release()
    {
        foreach (var (from, to, message) in Held) Deliver(from, to, message);
        Held.Clear();
    }

    public bool IsCut(int from, int to) => _cut[from, to];

    public void Cut(int from, int to) => _cut[from, to] = true;

    public void Heal()
    {
        MendLinks();
        LossPercent = DuplicatePercent = LatePercent = LateAnswerPercent = 0;
    }

    public void MendLinks() => Array.Clear(_cut);

    public void Send(int from, int to, RaftMessage message)
    {
        if (Holds?.Invoke(from, to, message) == true)
        {
            Held.Add((from, to, message));
            return;
        }

        if (_cut[from, to] || random.Next(100) < LossPercent) return;
        Deliver(from, to, message);
    }

    private void Deliver(int from, int to, RaftMessage message)
    {
        var at = queue.NowUs + latencyUs + random.Next(latencyUs + 200);
        if (LateAnswerPercent > 0 && message is VoteAnswer or Vote or PreVoteAnswer or AppendAnswer or Hello or JoinConfirm or InstallBase && random.Next(100) < LateAnswerPercent)
        {
            queue.At(at + random.Next(2_000_000), new SimEvent(SimEventKind.Message, to, -1, message));
            return;
        }

        if (random.Next(100) < LatePercent) at += random.Next(LateUs);
        else _lastUs[from, to] = at = Math.Max(at, _lastUs[from, to]);
        queue.At(at, new SimEvent(SimEventKind.Message, to, -1, message));
        if (random.Next(100) < DuplicatePercent) queue.At(at + random.Next(LateUs), new SimEvent(SimEventKind.Message, to, -1, message));
    }
}
