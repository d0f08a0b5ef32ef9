using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

internal static class RaftOutputExtensions
{
    public static bool ChangesLog(this RaftOutput output) =>
        output.ResetTo is not null || output.TruncateTo is not null || output.Write is not null || output.BecameLeader is not null || output.AppendMarker is not null;
}
