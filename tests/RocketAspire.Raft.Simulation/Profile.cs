namespace RocketAspire.Raft.Simulation;

/// <summary>What one episode is like: each seed mixes other faults, so that the rare ones also meet each other alone.</summary>
internal sealed record Profile
{
    public required int Nodes { get; init; }

    public bool SyncFlush { get; init; } = true;

    public int FileSize { get; init; } = 1024;

    /// <summary>Least time on the way; with much of it, more happens at the same time.</summary>
    public int LatencyUs { get; init; } = 100;

    /// <summary>Nodes are switched on over so much time.</summary>
    public int StartWithinMs { get; init; }

    /// <summary>A node that went down is up again within so much time.</summary>
    public int DownMs { get; init; } = 1500;

    public int TickUs { get; init; } = 10_000;

    public int ElectionMinMs { get; init; } = 100;

    public int ElectionMaxMs { get; init; } = 200;

    public int HeartbeatMs { get; init; } = 20;

    public int MaxBatchBytes { get; init; } = 400;

    public int MaxInFlightBytes { get; init; } = 2000;

    public bool HasPreferredLeader { get; init; }

    /// <summary>Mean time between two faults, in simulated milliseconds; 0 for none.</summary>
    public int FaultEveryMs { get; init; }

    /// <summary>Mean time between two records, in simulated milliseconds; 0 for none but those that a script asks for.</summary>
    public int ProduceEveryMs { get; init; } = 3;

    public IReadOnlyList<Fault> Faults { get; init; } = [];

    public static Profile Random(int nodes, Random random)
    {
        var all = Enum.GetValues<Fault>();
        var share = random.Next(4) switch { 0 => 10, 1 => 30, _ => 65 };
        var chosen = all.Where(_ => random.Next(100) < share).ToList();
        if (chosen.Count == 0) chosen.AddRange(all);
        var latencyUs = random.Next(4) switch { 0 => 3000, 1 => 15_000, _ => 100 };

        // A narrow window over long links carries less than is produced, and the group would never be whole.
        var isFar = latencyUs > 1000;
        return new Profile
        {
            Nodes = nodes,
            SyncFlush = random.Next(4) > 0,
            FileSize = random.Next(2) == 0 ? 512 : 4096,
            HasPreferredLeader = random.Next(3) == 0,
            MaxBatchBytes = !isFar && random.Next(2) == 0 ? 150 : 2000,
            MaxInFlightBytes = !isFar && random.Next(2) == 0 ? 2000 : 100_000,
            LatencyUs = latencyUs,
            StartWithinMs = random.Next(2) == 0 ? 0 : random.Next(1000),
            DownMs = random.Next(3) == 0 ? 30 : 1500,
            FaultEveryMs = random.Next(5) switch { 0 => 5, 1 => 20, 2 => 60, 3 => 150, _ => 400 },
            ProduceEveryMs = random.Next(5) switch { 0 => isFar ? 20 : 1, 1 => isFar ? 20 : 4, 2 => 20, 3 => 100, _ => 0 },
            Faults = chosen,
        };
    }

    public override string ToString() =>
        $"{Nodes} nodes, {(SyncFlush ? "SYNC_FLUSH" : "ASYNC_FLUSH")}, latency {LatencyUs} us, files of {FileSize}, batches of {MaxBatchBytes}, window of {MaxInFlightBytes}, {(HasPreferredLeader ? "preferred leader, " : "")}a fault every {FaultEveryMs} ms of: {string.Join(", ", Faults)}";
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
    LateAnswers,
    CutDownLeaders,
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
    LoseBelowFloor,
    DeleteOldFiles,
    SlowDisk,
    FullDisk,
    Transfer,
    Resign,
    FalsePeerDown,
    CannotLead,
}
