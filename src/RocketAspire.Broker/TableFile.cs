using Microsoft.Extensions.Logging;
using RocketAspire.Store;

namespace RocketAspire.Broker;

/// <summary>Keeps a table's file in step: changes are counted, and whoever must not answer before a change is on disk waits here.</summary>
/// <remarks>Many waiters share one write: a write covers every change made before it began.</remarks>
public sealed class TableFile : ITableCommit, IDisposable
{
    private readonly IReplicatedTable _table;
    private readonly StateFile _file;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _writing = new(1);
    private long _changes;

    // Changes that are on disk; only moved while _writing is held.
    private long _saved;

    public TableFile(IReplicatedTable table, string directory, IStorageDevice device, ILogger logger)
    {
        _table = table;
        _file = new StateFile(Path.Combine(directory, table.FileName), device);
        _logger = logger;
        _table.Changed += OnChanged;
    }

    public bool IsDirty => Volatile.Read(ref _saved) != Volatile.Read(ref _changes);

    /// <summary>Reads the file into the table; a file that is not there leaves the table as it is.</summary>
    /// <exception cref="StoreException">The file, and its backup, can't be read as this table.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (await _file.ReadAsync(cancellationToken).ConfigureAwait(false) is not { Length: > 0 } content) return;
        try
        {
            _table.ReplaceFromJson(content);
        }
        catch (FormatException e)
        {
            throw new StoreException($"config/{_table.FileName} can't be read: {e.Message}", e);
        }

        // What was just read needs no writing.
        _saved = Volatile.Read(ref _changes);
    }

    /// <summary>Returns when every change made so far is durable; at once when it already is.</summary>
    public ValueTask SaveAsync() => IsDirty ? new ValueTask(WriteAsync()) : ValueTask.CompletedTask;

    /// <summary>A master takes changes whenever it takes messages, so nothing is refused here.</summary>
    public Refusal? Begin(out long ticket)
    {
        ticket = 0;
        return null;
    }

    public ValueTask<Refusal?> CommitAsync(long ticket) => IsDirty ? SavedAsync() : ValueTask.FromResult<Refusal?>(null);

    /// <summary>As <see cref="SaveAsync"/>, but a failure is only logged: the next change or round tries again.</summary>
    public async Task TrySaveAsync()
    {
        try
        {
            await SaveAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            Log.TableNotSaved(_logger, _table.FileName, e.Message);
        }
    }

    public void Dispose()
    {
        _table.Changed -= OnChanged;
        _writing.Dispose();
    }

    private async ValueTask<Refusal?> SavedAsync()
    {
        await WriteAsync().ConfigureAwait(false);
        return null;
    }

    private async Task WriteAsync()
    {
        var wanted = Volatile.Read(ref _changes);
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_saved >= wanted) return;
            var covered = Volatile.Read(ref _changes);
            await _file.WriteAsync(_table.ToJson()).ConfigureAwait(false);
            Volatile.Write(ref _saved, covered);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void OnChanged() => Interlocked.Increment(ref _changes);
}
