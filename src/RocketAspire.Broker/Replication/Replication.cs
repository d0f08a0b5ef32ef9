using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Ha;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Makes a node's part in replication.</summary>
public static class Replication
{
    /// <param name="options">Role, settings and times.</param>
    /// <param name="store">Opened and recovered.</param>
    /// <param name="tables">What slaves copy beside the log.</param>
    /// <param name="client">For a slave to reach its master.</param>
    /// <param name="device">For <c>replication.json</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggerFactory">Where to log.</param>
    public static IReplication Create(
        ReplicationOptions options, MessageStore store, ReplicatedTables tables, RemotingClient client, IStorageDevice device,
        TimeProvider time, ILoggerFactory loggerFactory) =>
        Create(
            options, store, [.. tables.All], table => table == tables.Topics || table == tables.Groups, client, device, time, loggerFactory);

    /// <summary>As the other, for any tables. The predicate names those whose changes are told at once, not gathered for a few milliseconds.</summary>
    public static IReplication Create(
        ReplicationOptions options, MessageStore store, IReadOnlyList<IReplicatedTable> tables, Func<IReplicatedTable, bool> isUrgent,
        RemotingClient client, IStorageDevice device, TimeProvider time, ILoggerFactory loggerFactory)
    {
        device.CreateDirectory(options.ConfigDirectory);
        var state = new ReplicationStateFile(new StateFile(Path.Combine(options.ConfigDirectory, "replication.json"), device));
        var logger = loggerFactory.CreateLogger("RocketAspire.Broker.Replication");
        return options.Role == ReplicationRole.Slave
            ? new SlaveReplication(options, store, tables, state, client, time, logger)
            : new MasterReplication(options, store, tables, state, isUrgent, time, logger);
    }
}
