namespace RocketAspire.Raft.Simulation;

/// <summary>What one episode is like: each seed mixes other faults, so that the rare ones also meet each other alone.</summary>
internal sealed record Profile
{
    public required int Nodes { get; init; }

    public bool SyncFlush { get; init; } = true;

    public int FileSize { get; init; } = 1024;

    public int TickUs { get; init; } = 10_000;

    public int ElectionMinMs { get; init; } = 100;

    public int ElectionMaxMs { get; init; } = 200;

    public int HeartbeatMs { get; init; } = 20;

    public int MaxBatchBytes { get; init; } = 400;

    public int MaxInFlightBytes { get; init; } = 2000;

    public bool HasPreferredLeader { get; init; }

    /// <summary>Mean time between two faults, in simulated milliseconds; 0 for none.</summary>
    public int FaultEveryMs { get; init; }

    /// <summary>Mean time between two records, in simulated milliseconds.</summary>
    public int ProduceEveryMs { get; init; } = 3;

    public IReadOnlyList<Fault> Faults { get; init; } = [];

    public static Profile Random(int nodes, Random random)
    {
        var all = Enum.GetValues<Fault>();
        var chosen = all.Where(_ => random.Next(3) > 0).ToList();
        if (chosen.Count == 0) chosen.AddRange(all);
        return new Profile
        {
            Nodes = nodes,
            SyncFlush = random.Next(4) > 0,
            FileSize = random.Next(2) == 0 ? 512 : 4096,
            HasPreferredLeader = random.Next(3) == 0,
            MaxBatchBytes = random.Next(2) == 0 ? 150 : 2000,
            MaxInFlightBytes = random.Next(2) == 0 ? 2000 : 100_000,
            FaultEveryMs = random.Next(4) switch { 0 => 20, 1 => 60, 2 => 150, _ => 400 },
            ProduceEveryMs = random.Next(3) switch { 0 => 1, 1 => 4, _ => 20 },
            Faults = chosen,
        };
    }

    public override string ToString() =>
        $"{Nodes} nodes, {(SyncFlush ? "SYNC_FLUSH" : "ASYNC_FLUSH")}, files of {FileSize}, batches of {MaxBatchBytes}, window of {MaxInFlightBytes}, {(HasPreferredLeader ? "preferred leader, " : "")}a fault every {FaultEveryMs} ms of: {string.Join(", ", Faults)}";
}

internal enum Fault
{
    Halves,
    IsolateLeader,
    IsolateAny,
    Ring,
    OneWay,
    MendLinks,
    BadLinks,
    KillLeader,
    KillAny,
    KillMany,
    KillAll,
    PowerLossAny,
    PowerLossMany,
    PowerLossAll,
    CrashInOutput,
    PauseLeader,
    PauseAny,
    ClockJump,
    ClockRate,
    Wipe,
    LoseLog,
    LoseState,
    LoseTail,
    DeleteOldFiles,
    SlowDisk,
    FullDisk,
    Transfer,
    Resign,
    FalsePeerDown,
    CannotLead,
}
