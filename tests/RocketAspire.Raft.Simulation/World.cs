using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>A group of simulated machines, one event after the other. The same seed and profile make the same history.</summary>
internal sealed class World
{
    private const int PeerDownPercent = 80;
    private const int CodecPercent = 1;

    // Far above any burst that a healthy group was seen to make.
    private const int MostStepsInMs = 5000;

    private readonly Random _random;
    private readonly List<string>? _trace;
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private long _numbers;
    private long _msOfSteps;
    private int _stepsInMs;

    public World(Profile profile, int seed, bool trace = false)
    {
        (Profile, _random, _trace) = (profile, new Random(seed), trace ? [] : null);
        Network = new SimNetwork(profile.Nodes, profile.LatencyUs, Queue, _random);
        var ids = Enumerable.Range(0, profile.Nodes).Select(static i => $"n{i}").ToArray();
        for (var i = 0; i < ids.Length; i++) _indexes[ids[i]] = i;
        Checker = new Checker(this);
        Nodes = [.. ids.Select((id, i) => new SimNode(this, i, OptionsOf(ids, id), new Random(_random.Next())))];
    }

    public Profile Profile { get; }

    public SimQueue Queue { get; } = new();

    public SimNetwork Network { get; }

    public Checker Checker { get; }

    public SimNode[] Nodes { get; }

    public Random Random => _random;

    public long Steps { get; private set; }

    public long NowMs => Queue.NowUs / 1000;

    public SimNode? Leader => Nodes.Where(static node => node.Core?.Role == RaftRole.Leader && node.AppendsOpen).MaxBy(static node => node.Core!.Term);

    public IReadOnlyList<string> Timeline => _trace ?? [];

    public void Start()
    {
        foreach (var node in Nodes)
        {
            if (Profile.StartWithinMs == 0) node.Start();
            else After(_random.Next(Profile.StartWithinMs), node.Start);
        }

        if (Profile.ProduceEveryMs > 0) Queue.After(0, new SimEvent(SimEventKind.Produce, -1, -1, null));
    }

    public void After(int delayMs, Action action) => Queue.After(delayMs * 1000L, new SimEvent(SimEventKind.Action, -1, -1, action));

    public void RunMs(int milliseconds)
    {
        var untilUs = Queue.NowUs + (milliseconds * 1000L);
        while (Queue.NowUs < untilUs) Step();
    }

    /// <summary>Runs until the condition holds; false when it didn't in so many simulated milliseconds.</summary>
    public bool RunUntil(Func<bool> condition, int limitMs)
    {
        var untilUs = Queue.NowUs + (limitMs * 1000L);
        while (!condition())
        {
            if (Queue.NowUs >= untilUs) return false;
            Step();
        }

        return true;
    }

    public void Step()
    {
        if (!Queue.TryNext(out var happening)) throw new InvalidOperationException("Nothing is left to happen.");
        Steps++;
        if (NowMs != _msOfSteps) (_msOfSteps, _stepsInMs) = (NowMs, 0);
        if (++_stepsInMs > MostStepsInMs) throw new InvariantException($"{_stepsInMs} steps within a millisecond: messages beget messages without end");
        if (happening.Kind == SimEventKind.Action)
        {
            ((Action)happening.Payload!)();
            return;
        }

        if (happening.Kind == SimEventKind.Produce)
        {
            OnProduce();
            return;
        }

        var node = Nodes[happening.Node];
        if (!node.IsUp || (happening.Life >= 0 && happening.Life != node.Life)) return;
        switch (happening.Kind)
        {
            case SimEventKind.Tick: node.OnTick(); break;
            case SimEventKind.Message: node.Receive((RaftMessage)happening.Payload!); break;
            case SimEventKind.Synced: node.OnSynced(); break;
            case SimEventKind.LazyState: node.OnLazyState(); break;
            case SimEventKind.LogChanged when !node.IsPaused: node.Call(core => core.LogChanged(node.NowMs)); break;
            case SimEventKind.PeerDown when !node.IsPaused: node.Call(core => core.PeerDown((string)happening.Payload!, node.NowMs)); break;
        }

        if (node.IsDamaged && node.Core?.State.Member == MemberState.Voter) node.Recovered();
    }

    public void Send(SimNode from, RaftMessage message)
    {
        Checker.Sending(from, message);
        if (message is InstallBase install) message = install with { Tables = new byte[] { 1 } };
        if (_random.Next(100) < CodecPercent) message = ThroughCodec(message);
        Network.Send(from.Index, _indexes[message.Header.To], message);
    }

    public void RestartLater(SimNode node) => After(_random.Next(Profile.DownMs), node.Start);

    public void NodeDied(SimNode dead)
    {
        foreach (var node in Nodes)
        {
            if (node == dead || !node.IsUp || Network.IsCut(dead.Index, node.Index) || _random.Next(100) >= PeerDownPercent) continue;
            Queue.After(500 + _random.Next(5000), new SimEvent(SimEventKind.PeerDown, node.Index, node.Life, dead.Id));
        }
    }

    public bool MayLosePower(SimNode node) => Profile.SyncFlush || MayLose(node);

    /// <summary>A majority must stay that lost nothing and has its votes.</summary>
    public bool MayLose(SimNode node)
    {
        var others = Nodes.Count(other => other != node && !other.IsDamaged && (other.DiskState ?? other.Core?.State)?.Member is not (MemberState.Learner or MemberState.Suspect));
        return others > Nodes.Length / 2;
    }

    /// <summary>When set, each new leader loses some of its links soon, and others live on without them.</summary>
    public bool CutsDownLeaders { get; set; }

    public void Leads(SimNode leader, int term)
    {
        Checker.Leads(leader, term);
        if (!CutsDownLeaders) return;
        After(_random.Next(60), () =>
        {
            if (!CutsDownLeaders) return;
            Network.MendLinks();
            foreach (var other in Nodes)
            {
                if (_random.Next(3) > 0) Network.Cut(leader.Index, other.Index);
                if (_random.Next(3) > 0) Network.Cut(other.Index, leader.Index);
            }
        });
    }

    public long NextNumber() => ++_numbers;

    public void Trace(SimNode? node, string what) => _trace?.Add($"{Queue.NowUs / 1000.0,10:0.000} {node?.Id,-3} {what}");

    public void TraceMessage(SimNode to, RaftMessage message)
    {
        if (_trace is null) return;
        var text = message switch
        {
            Append m => $"Append {m.PrevOffset}/{m.PrevTerm} +{m.Bytes.Length} of {m.EntryTerm}, commit {m.Commit}, #{m.Sequence}",
            AppendAnswer m => $"AppendAnswer {(m.Rejected ? "rejected" : "ok")} match {m.Match}, verified {m.Verified}, end {m.End}, {m.Member}, #{m.Sequence}",
            Hello m => $"Hello {(m.IsAnswer ? "answer" : "ask")} {m.Member}, record {m.Record?.Number}, round {m.Round % 1000}",
            _ => message.ToString()[(message.ToString().IndexOf('}', StringComparison.Ordinal) + 1)..] is var rest ? message.GetType().Name + rest : "",
        };
        Trace(to, $"  <- {message.Header.From} t{message.Header.Term} {text}");
    }

    private void OnProduce()
    {
        Queue.After((1 + _random.Next(2 * Profile.ProduceEveryMs)) * 1000L, new SimEvent(SimEventKind.Produce, -1, -1, null));
        foreach (var node in Nodes) node.Produce();
    }

    private static RaftMessage ThroughCodec(RaftMessage message)
    {
        var bytes = new byte[RaftMessageCodec.Measure(message)];
        RaftMessageCodec.Encode(message, bytes);
        return RaftMessageCodec.Decode(bytes);
    }

    private RaftOptions OptionsOf(string[] ids, string self) => new()
    {
        Group = "simulation",
        SelfId = self,
        PeerIds = ids,
        ElectionTimeoutMinMs = Profile.ElectionMinMs,
        ElectionTimeoutMaxMs = Profile.ElectionMaxMs,
        HeartbeatMs = Profile.HeartbeatMs,
        MaxBatchBytes = Profile.MaxBatchBytes,
        MaxInFlightBytes = Profile.MaxInFlightBytes,
        PreferredLeaderId = Profile.HasPreferredLeader ? ids[0] : null,
    };
}
