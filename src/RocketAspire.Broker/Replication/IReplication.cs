using RocketAspire.Protocol.Bodies;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>What a node does in its group.</summary>
public enum ReplicationRole
{
    /// <summary>Takes part in no replication: nobody connects, nothing is waited for.</summary>
    Standalone,

    /// <summary>Takes writes and streams its log to slaves.</summary>
    Master,

    /// <summary>Copies its master's log and tables, and serves reads.</summary>
    Slave,

    /// <summary>Leads its Raft group: its log is what the others copy, and it takes writes once it may serve.</summary>
    Leader,

    /// <summary>Copies the log of its Raft group's leader, or waits for one to be elected, and serves reads.</summary>
    Follower,
}

/// <summary>How waiting for a slave ended.</summary>
public enum ReplicationAck
{
    /// <summary>As many slaves as asked for hold the bytes (or none was asked for).</summary>
    Ok,

    /// <summary>Stored here, but no slave was near enough: answered as code 11.</summary>
    SlaveNotAvailable,

    /// <summary>Stored here, but the connected slave stayed silent: answered as code 12.</summary>
    SlaveTimeout,

    /// <summary>This node lost the lead of its group before a majority held the bytes: they may stay or go.</summary>
    LeadershipLost,

    /// <summary>No majority of the group held the bytes in time: they may stay or go.</summary>
    NoMajority,
}

/// <summary>A node's part in replication: who it follows or who follows it, and what a writer has to wait for.</summary>
public interface IReplication : IAsyncDisposable
{
    ReplicationRole Role { get; }

    /// <summary><see cref="Role"/> changed, or whether writes are accepted. Called on a thread of the replication's own: be quick.</summary>
    event Action? RoleChanged;

    /// <summary>An acknowledgement says all of the bytes' safety, the disks of a majority included: nobody waits for this node's own flush.</summary>
    bool CoversDisk { get; }

    /// <summary>Where slaves connect for the log, <c>ip:port</c>: told to the name server. Null on a slave.</summary>
    string? HaServerAddress { get; }

    /// <summary>Where this slave streams from, <c>ip:port</c>; null when it knows no master, and on a master.</summary>
    string? MasterHaAddress { get; }

    /// <summary>True while a slave knows no master: then it is worth registering again soon.</summary>
    bool WantsMaster { get; }

    /// <summary>What needs to be among the broker's processors for other nodes of ours.</summary>
    IReadOnlyList<IRequestProcessor> Processors { get; }

    /// <summary>
    /// Opens the HA port of a master or begins to follow a master. Call after recovery of the store and before the
    /// remoting port takes clients; it waits for no other node.
    /// </summary>
    /// <exception cref="System.Net.Sockets.SocketException">The HA port can't be bound; one line names the setting.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// False on a slave, and on a master that may lack bytes which its slave confirmed: until it has copied them back,
    /// nothing may be written. A send is then answered with code 14 and the reason.
    /// </summary>
    bool AcceptsWrites(out string reason);

    /// <summary>
    /// Waits until enough other nodes hold what was appended. Of masters only SYNC_MASTER waits; a leader always does.
    /// Cancelling ends the waiting, never the replication.
    /// </summary>
    ValueTask<ReplicationAck> WaitReplicatedAsync(AppendResult appended, CancellationToken cancellationToken);

    /// <summary>How a master and its slaves stand; null where there are neither.</summary>
    HaRuntimeInfo? HaStatus() => null;

    /// <summary>An append that came from a client failed: a leader whose disk fails lets another one lead.</summary>
    void OnAppendFailed(AppendStatus status)
    {
    }

    /// <summary>A name server answered the registration: a slave learns its master from it.</summary>
    void OnRegistered(string? masterAddress, string? haServerAddress);
}
