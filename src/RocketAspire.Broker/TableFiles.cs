using Microsoft.Extensions.Logging;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>The files of the four tables: topics and groups are written when they change, offsets every few seconds and at the end.</summary>
public sealed class TableFiles : IAsyncDisposable
{
    private readonly ITimer _offsetTimer;
    private readonly ITimer _delayTimer;
    private readonly ReplicatedTables _tables;

    public TableFiles(ReplicatedTables tables, BrokerOptions options, IStorageDevice device, TimeProvider time, ILogger logger)
    {
        _tables = tables;
        var directory = options.ConfigDirectory;
        device.CreateDirectory(directory);
        Topics = new TableFile(tables.Topics, directory, device, logger);
        Groups = new TableFile(tables.Groups, directory, device, logger);
        ConsumerOffsets = new TableFile(tables.ConsumerOffsets, directory, device, logger);
        DelayOffsets = new TableFile(tables.DelayOffsets, directory, device, logger);
        _offsetTimer = time.CreateTimer(
            static state => _ = ((TableFile)state!).TrySaveAsync(), ConsumerOffsets, options.FlushConsumerOffsetInterval, options.FlushConsumerOffsetInterval);
        _delayTimer = time.CreateTimer(
            static state => _ = ((TableFile)state!).TrySaveAsync(), DelayOffsets, options.FlushDelayOffsetInterval, options.FlushDelayOffsetInterval);
    }

    public TableFile Topics { get; }

    public TableFile Groups { get; }

    public TableFile ConsumerOffsets { get; }

    public TableFile DelayOffsets { get; }

    /// <summary>The same, for those who change tables.</summary>
    public TableCommits Commits => new(Topics, Groups, ConsumerOffsets, DelayOffsets);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            Topics.LoadAsync(cancellationToken),
            Groups.LoadAsync(cancellationToken),
            ConsumerOffsets.LoadAsync(cancellationToken),
            DelayOffsets.LoadAsync(cancellationToken)).ConfigureAwait(false);

        // From here on each change is written soon, whoever made it: a client, an admin or the master.
        _tables.Topics.Changed += SaveTopics;
        _tables.Groups.Changed += SaveGroups;
    }

    /// <summary>Stops the timers and writes what is still unwritten.</summary>
    public async ValueTask DisposeAsync()
    {
        _tables.Topics.Changed -= SaveTopics;
        _tables.Groups.Changed -= SaveGroups;
        await _offsetTimer.DisposeAsync().ConfigureAwait(false);
        await _delayTimer.DisposeAsync().ConfigureAwait(false);
        foreach (var file in new[] { Topics, Groups, ConsumerOffsets, DelayOffsets })
        {
            await file.TrySaveAsync().ConfigureAwait(false);
        }
    }

    private void SaveTopics() => _ = Task.Run(Topics.TrySaveAsync);

    private void SaveGroups() => _ = Task.Run(Groups.TrySaveAsync);
}
