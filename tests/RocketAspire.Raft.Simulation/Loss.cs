namespace RocketAspire.Raft.Simulation;

/// <summary>What a machine's disk loses.</summary>
internal enum Loss
{
    Everything,
    Log,
    State,
    Tail,

    /// <summary>So much that what was written down as committed is missing, and the store says nothing of it.</summary>
    BelowFloor,
}
