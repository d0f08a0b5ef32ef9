using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Raft.Metadata;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>A broker's topics, groups and offsets, and what makes changes of them safe: files of its own, or its group's log.</summary>
/// <param name="Live">What the broker works with.</param>
/// <param name="Lasting">What is there to stay: the same, unless a group still has to commit what is live.</param>
/// <param name="Commits">For those who change them.</param>
/// <param name="Group">Null outside of DLedger mode.</param>
internal sealed record BrokerTables(ReplicatedTables Live, ReplicatedTables Lasting, TableCommits Commits, GroupMetadata? Group)
{
    /// <param name="configuration">Says which of both.</param>
    /// <param name="store">Opened and recovered.</param>
    /// <param name="device">For the files.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggerFactory">Where to log.</param>
    /// <param name="started">Takes what has to be stopped with the broker, before the store.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    public static async Task<BrokerTables> OpenAsync(
        BrokerConfiguration configuration, MessageStore store, IStorageDevice device, TimeProvider time, ILoggerFactory loggerFactory,
        Stack<IAsyncDisposable> started, CancellationToken cancellationToken)
    {
        var options = configuration.Current;
        var live = Create(configuration, time);
        if (options.Raft is not null)
        {
            var group = await GroupMetadata.OpenAsync(
                MetadataOptions.From(options), store, live, Create(configuration, time), device, time, loggerFactory, cancellationToken).ConfigureAwait(false);
            started.Push(group);
            return new(live, group.Committed, group.Commits, group);
        }

        var files = new TableFiles(live, options, device, time, loggerFactory.CreateLogger<TableFiles>());
        started.Push(files);
        await files.LoadAsync(cancellationToken).ConfigureAwait(false);
        return new(live, live, files.Commits, null);
    }

    private static ReplicatedTables Create(BrokerConfiguration configuration, TimeProvider time) =>
        new(new TopicConfigTable(configuration, time), new SubscriptionGroupTable(configuration, time), new ConsumerOffsetTable(), new DelayOffsetTable());
}
