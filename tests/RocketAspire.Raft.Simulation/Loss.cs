namespace RocketAspire.Raft.Simulation;

/// <summary>What a machine's disk loses.</summary>
internal enum Loss
{
    Everything,
    Log,
    State,
    Tail,
}
