using RocketAspire.Broker.Raft;

namespace RocketAspire.Raft.Simulation;

/// <summary>The file of a node's state: what is durable, and what is on its way there.</summary>
internal sealed class SimStateFile
{
    private RaftState? _waiting;

    public RaftState? OnDisk { get; private set; }

    public void Save(RaftState state) => (OnDisk, _waiting) = (state, null);

    public void SaveLater(RaftState state) => _waiting = state;

    public void Written() => (OnDisk, _waiting) = (_waiting ?? OnDisk, null);

    public void Killed() => _waiting = null;

    public void Lose() => OnDisk = null;
}
