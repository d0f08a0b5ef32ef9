using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft;

/// <summary>Makes a broker's part in its DLedger group.</summary>
internal static class RaftFactory
{
    /// <exception cref="StoreException">The store holds a log of no DLedger group; one line.</exception>
    public static RaftReplication Create(BrokerOptions options, MessageStore store, IRaftTables tables, IStorageDevice device, TimeProvider time, ILoggerFactory loggerFactory)
    {
        var group = options.Raft!;
        var logger = loggerFactory.CreateLogger("RocketAspire.Broker.Raft");
        store.CloseAppends();
        var file = new RaftStateFile(options.Store.RootDirectory, device);
        var state = Load(options, group, store, file, logger);
        var listen = ListenAddress(options, group.Self);
        var transport = new PeerTransport(group, listen, options.PeerNetwork, time, loggerFactory);
        RaftLog.Started(logger, group.SelfId, group.Group, listen.ToString(), state.Member, state.Term, store.MinPhysicalOffset, store.MaxPhysicalOffset);
        var committed = new CommittedLog(store, options.Store.CommitLogFileSizeBytes);
        transport.Processors = [new RaftLogSumProcessor(committed), new RaftLogBytesProcessor(committed)];
        var mender = new LogMender(committed, store.Repair, [.. group.Peers.Where(peer => peer.Id != group.SelfId).Select(static peer => peer.Id)], transport.AskAsync, logger);
        var scrubber = new LogScrubber(committed, mender, time, logger);
        store.Repair.Mender = scrubber.Mend;
        var log = new StoreRaftLog(store, options.Store.Flush == FlushDiskType.Sync) { Damaged = scrubber.Report };
        return new RaftReplication(group, state, new RaftNodeParts(store, log, new RaftStateSaver(file, logger), transport, scrubber, tables), options.SlaveTimeout, time, logger);
    }

    private static RaftState Load(BrokerOptions options, RaftGroupOptions group, MessageStore store, RaftStateFile file, ILogger logger)
    {
        // Seeds must differ between nodes that start at the same moment.
        var random = new Random(BitConverter.ToInt32(RandomNumberGenerator.GetBytes(4)));
        var state = file.Read(out var problem);
        if (problem is not null)
        {
            RaftLog.StateUnreadable(logger, file.Path, problem);
            state = RaftState.Unreadable(random);
        }
        else if (state is null)
        {
            if (store.MaxPhysicalOffset > 0 && !group.ForceNewGroup)
            {
                throw new StoreException(
                    $"The store folder {options.Store.RootDirectory} holds a log but no raft.state: it is of no DLedger group. Start with an empty folder, or with --force-new-group if this log is to become the group's.");
            }

            state = store.MaxPhysicalOffset > 0 ? RaftState.Unreadable(random) : RaftState.NewNode(random);
        }
        else if (store.LostBytes > 0 || (store.OpenedAfterMachineStop && options.Store.Flush == FlushDiskType.Async))
        {
            state = state.AfterLostBytes(random);
        }
        else
        {
            return state;
        }

        // Durable before the first message that carries its incarnation.
        file.Write(state);
        return state;
    }

    private static IPEndPoint ListenAddress(BrokerOptions options, RaftPeer self)
    {
        var own = BrokerOptionsReader.Resolve(self.Host);
        var bind = own is not null && IPAddress.IsLoopback(own) ? own : IPAddress.IsLoopback(options.BindAddress) ? IPAddress.Any : options.BindAddress;
        return new IPEndPoint(bind, self.Port);
    }
}
