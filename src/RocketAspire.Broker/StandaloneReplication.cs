using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>No replica to wait for and none to serve.</summary>
public sealed class StandaloneReplication : IReplication
{
    public ReplicationRole Role => ReplicationRole.Standalone;

    public string? HaServerAddress => null;

    public string? MasterHaAddress => null;

    public bool WantsMaster => false;

    public IReadOnlyList<IRequestProcessor> Processors => [];

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public bool AcceptsWrites(out string reason)
    {
        reason = "";
        return true;
    }

    public ValueTask<ReplicationAck> WaitReplicatedAsync(long endOffset, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ReplicationAck.Ok);

    public void OnRegistered(string? masterAddress, string? haServerAddress)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
