using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Ha;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft.Metadata;

/// <summary>
/// The committed tables on the disk. One file holds all of them with their position, so that no crash can part them; behind it
/// config/*.json are written for people, tools and a later life as master or slave.
/// </summary>
internal sealed class MetadataProjection(string directory, IReadOnlyList<string> tableNames, IStorageDevice device, ILogger logger)
{
    public const string FileName = "rocketaspire.metadata";

    private readonly StateFile _file = new(Path.Combine(directory, FileName), device);
    private readonly Dictionary<string, StateFile> _tables = tableNames.ToDictionary(static name => name, name => new StateFile(Path.Combine(directory, name), device));

    /// <summary>The tables as saved, else as saved the time before; null when there are none that can be read.</summary>
    public async Task<MetadataSnapshot?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await _file.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } content) return null;
        if (Decode(content) is { } snapshot) return snapshot;

        // Out of the way: the next save must not put it in the place of the good one.
        device.DeleteFile(Path.Combine(directory, FileName));
        device.FlushDirectory(directory);
        return await _file.ReadBackupAsync(cancellationToken).ConfigureAwait(false) is { } backup ? Decode(backup) : null;
    }

    /// <summary>What was saved is no good any more. config/*.json stay, for people.</summary>
    public void Forget()
    {
        device.DeleteFile(Path.Combine(directory, FileName));
        device.DeleteFile(Path.Combine(directory, FileName + ".bak"));
        device.FlushDirectory(directory);
    }

    /// <summary>config/*.json, of a life before this group; those that are there.</summary>
    public async Task<List<TableCopy>> LoadTablesAsync(CancellationToken cancellationToken)
    {
        var copies = new List<TableCopy>();
        foreach (var (name, file) in _tables)
        {
            if (await file.ReadAsync(cancellationToken).ConfigureAwait(false) is { } content) copies.Add(new(name, 0, content));
        }

        return copies;
    }

    /// <summary>Durable when it completes. Not to be called twice at once.</summary>
    /// <exception cref="IOException">It isn't; what was there before still is.</exception>
    public async Task WriteAsync(MetadataSnapshot snapshot, IReadOnlySet<string> changed)
    {
        await _file.WriteAsync(snapshot.Encode()).ConfigureAwait(false);
        foreach (var copy in snapshot.Tables)
        {
            if (changed.Contains(copy.Name)) await _tables[copy.Name].WriteAsync(copy.Content).ConfigureAwait(false);
        }
    }

    private MetadataSnapshot? Decode(byte[] content)
    {
        try
        {
            return MetadataSnapshot.Decode(content);
        }
        catch (FormatException e)
        {
            MetadataEvents.FileDamaged(logger, FileName, e.Message);
            return null;
        }
    }
}
