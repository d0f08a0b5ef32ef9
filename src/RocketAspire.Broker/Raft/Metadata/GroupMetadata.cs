using Microsoft.Extensions.Logging;
using RocketAspire.Broker.Ha;
using RocketAspire.Protocol.Messages;
using RocketAspire.Store;

namespace RocketAspire.Broker.Raft.Metadata;

/// <param name="ConfigDirectory">Where the tables are kept.</param>
/// <param name="CommitTimeout">After so long without a majority a change is answered as uncertain.</param>
/// <param name="SaveInterval">How often changed tables are saved; what was committed since is read from the log again.</param>
/// <param name="MaxRecordBytes">Most that the body of one record of the internal topic takes.</param>
public sealed record MetadataOptions(string ConfigDirectory, TimeSpan CommitTimeout, TimeSpan SaveInterval, int MaxRecordBytes)
{
    private const int MostRecordBytes = 256 * 1024;

    public static MetadataOptions From(BrokerOptions options) => new(
        options.ConfigDirectory, options.SlaveTimeout, options.FlushConsumerOffsetInterval,
        (int)Math.Min(MostRecordBytes, Math.Min(options.Store.MaxMessageSizeBytes, options.Store.CommitLogFileSizeBytes / 4)));
}

/// <summary>
/// Topics, groups and offsets of a DLedger group: records of the internal topic in its log, applied when they are committed.
/// The tables on the disk are a projection of the log, which may be behind it but never beside it.
/// </summary>
public sealed class GroupMetadata : IRaftTables, IAsyncDisposable
{
    private readonly MessageStore _store;
    private readonly MetadataTables _tables;
    private readonly MetadataProjection _projection;
    private readonly MetadataApplier _applier;
    private readonly MetadataLog _log;
    private readonly ILogger _logger;
    private readonly ITimer _saveTimer;
    private readonly SemaphoreSlim _saving = new(1);
    private readonly Lock _roleGate = new();

    // Tables of a life before this group, which its first leader brings in. Guarded by _roleGate, as the newest term that ended here.
    private IReadOnlyList<TableCopy> _before;
    private int _endedTerm;

    // As saved last: the queue offset of the first record that a restart would have to read, and how far the tables were known to be whole.
    private long _savedNext;
    private long _savedTo;

    private GroupMetadata(
        MetadataOptions options, MessageStore store, MetadataTables tables, MetadataProjection projection, IReadOnlyList<TableCopy> before, TimeProvider time, ILogger logger)
    {
        _store = store;
        _tables = tables;
        _projection = projection;
        _before = before;
        _logger = logger;
        (_savedNext, _savedTo) = (tables.Next, tables.CoveredTo);
        _log = new MetadataLog(store, tables, options.MaxRecordBytes, options.CommitTimeout, time, logger);
        _applier = new MetadataApplier(store, tables, _log.OnApplied, time, logger);
        _saveTimer = time.CreateTimer(static metadata => _ = ((GroupMetadata)metadata!).SaveChangedAsync(), this, options.SaveInterval, options.SaveInterval);
    }

    /// <summary>For those who change tables.</summary>
    public TableCommits Commits => _log.Commits;

    /// <summary>What is there to stay: what name servers are told.</summary>
    public ReplicatedTables Committed => _tables.Committed;

    /// <summary>Why the tables stand still (one line), or null. A node with a problem can't lead; one that lacks records needs a base.</summary>
    public string? Problem => _applier.Problem;

    /// <summary>Log files that lie wholly before this physical offset may go: what they hold of the tables is saved.</summary>
    public long OldestNeededOffset
    {
        get
        {
            // Read before the queue's end: what is dispatched meanwhile may be needed.
            var dispatched = _store.DispatchedOffset;
            var next = Volatile.Read(ref _savedNext);
            if (_store.QueueBounds(TopicNames.Metadata, 0).Max <= next) return dispatched;
            return _store.Retention.PhysicalOffsetOf(TopicNames.Metadata, 0, next) is >= 0 and var offset ? offset : 0;
        }
    }

    /// <summary>Loads what was saved, and follows the log from there. The live tables are closed until <see cref="Lead"/>.</summary>
    /// <param name="options">Where and how often.</param>
    /// <param name="store">Opened and recovered, confirming by hand; disposed after this.</param>
    /// <param name="live">What the broker works with, as made.</param>
    /// <param name="committed">Another set of the same tables, as made.</param>
    /// <param name="device">For the files.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggerFactory">Where to log.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="StoreException">The saved tables are of another format.</exception>
    public static async Task<GroupMetadata> OpenAsync(
        MetadataOptions options, MessageStore store, ReplicatedTables live, ReplicatedTables committed, IStorageDevice device,
        TimeProvider time, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var logger = loggerFactory.CreateLogger("RocketAspire.Broker.Raft.Metadata");
        device.CreateDirectory(options.ConfigDirectory);
        var projection = new MetadataProjection(options.ConfigDirectory, [.. live.All.Select(static table => table.FileName)], device, logger);
        var saved = await projection.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (saved is not null && store.MaxPhysicalOffset == 0)
        {
            // The log is gone, and comes anew from the group with all that belongs in the tables.
            projection.Forget();
            saved = null;
        }

        IReadOnlyList<TableCopy> before = saved is null ? await projection.LoadTablesAsync(cancellationToken).ConfigureAwait(false) : [];
        var isLost = saved is null && before.Count == 0 && store.MinPhysicalOffset > 0 && store.QueueBounds(TopicNames.Metadata, 0).Max == 0;

        // Offsets of a log that is gone mean nothing in this one.
        if (store.MaxPhysicalOffset == 0) before = [.. before.Where(copy => copy.Name == live.Topics.FileName || copy.Name == live.Groups.FileName)];
        var tables = new MetadataTables(live, committed) { IsIncomplete = isLost };
        try
        {
            if (saved is not null) tables.Load(saved);
        }
        catch (FormatException e)
        {
            throw new StoreException($"config/{MetadataProjection.FileName} can't be read: {e.Message}", e);
        }

        var metadata = new GroupMetadata(options, store, tables, projection, before, time, logger);
        store.Retention.AddBound("topics, groups and offsets that are not saved", () => metadata.OldestNeededOffset);
        metadata._applier.Start();
        return metadata;
    }

    /// <summary>Completes when everything before the physical offset is committed and in the tables: what a new leader waits for up to its own term's marker.</summary>
    /// <exception cref="StoreException">The records can't be read here: see <see cref="Problem"/>.</exception>
    public ValueTask WaitAppliedAsync(long physicalOffset, CancellationToken cancellationToken = default) => _applier.WaitAppliedAsync(physicalOffset, cancellationToken);

    /// <summary>This node serves as the leader of the term: its tables take changes. Everything up to its marker has been applied. Does nothing when the term has ended already.</summary>
    public void Lead(int term)
    {
        lock (_roleGate)
        {
            if (term <= _endedTerm) return;
            _tables.Lead();
            BringIn();
            _log.Open();
        }
    }

    /// <summary>Leadership of the term is over: no more changes, those not committed are put back, and whoever waits for one is told. Does nothing on a node that didn't lead.</summary>
    public void Follow(int term)
    {
        lock (_roleGate)
        {
            _endedTerm = Math.Max(_endedTerm, term);
            _log.Close();
        }
    }

    /// <summary>Before a leader hands over: offsets don't go on gathering. Returns when they are committed, or can't be.</summary>
    public async Task FlushAsync()
    {
        foreach (var commit in (ITableCommit[])[Commits.ConsumerOffsets, Commits.DelayOffsets])
        {
            if (commit.Begin(out var ticket) is null) await commit.CommitAsync(ticket).ConfigureAwait(false);
        }
    }

    /// <summary>The committed tables with their position, for a node that begins anew.</summary>
    public ReadOnlyMemory<byte> Export() => _tables.Snapshot().Encode();

    /// <summary>
    /// Takes over what another node exported; durable when it completes. The log is to be reset after it: tables that are ahead
    /// of their log are whole, a new log without its tables is not.
    /// </summary>
    /// <exception cref="FormatException">Damaged, or of another format.</exception>
    /// <exception cref="IOException">Not durable; may be tried again.</exception>
    public async Task ImportAsync(ReadOnlyMemory<byte> exported)
    {
        _tables.Install(MetadataSnapshot.Decode(exported.Span));
        lock (_roleGate) _before = [];
        await SaveAppliedAsync().ConfigureAwait(false);
        _applier.Wake();
    }

    /// <summary>Saves the tables with everything that is committed now.</summary>
    /// <exception cref="IOException">They could not be written, or the log can't be read (see <see cref="Problem"/>).</exception>
    public async Task SaveAsync()
    {
        await WaitAppliedAsync(_store.DispatchedOffset).ConfigureAwait(false);
        await SaveAppliedAsync().ConfigureAwait(false);
    }

    // What is exported covers any start: files go only when nothing in them is needed.
    ReadOnlyMemory<byte> IRaftTables.Export(long start) => Export();

    void IRaftTables.Import(long start, ReadOnlyMemory<byte> tables) => ImportAsync(tables).GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        await _saveTimer.DisposeAsync().ConfigureAwait(false);
        _log.Dispose();
        await _applier.DisposeAsync().ConfigureAwait(false);
        await SaveChangedAsync().ConfigureAwait(false);
    }

    private async Task SaveAppliedAsync()
    {
        await _saving.WaitAsync().ConfigureAwait(false);
        try
        {
            var snapshot = _tables.TakeUnsaved(out var changed);
            if (changed.Count == 0 && snapshot.Next == _savedNext && snapshot.CoveredTo == _savedTo) return;
            try
            {
                await _projection.WriteAsync(snapshot, changed).ConfigureAwait(false);
            }
            catch (IOException)
            {
                _tables.PutBackUnsaved(changed);
                throw;
            }

            Volatile.Write(ref _savedNext, snapshot.Next);
            _savedTo = snapshot.CoveredTo;
        }
        finally
        {
            _saving.Release();
        }
    }

    private async Task SaveChangedAsync()
    {
        try
        {
            if (_tables.HasUnsaved) await SaveAppliedAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            MetadataEvents.NotSaved(_logger, MetadataProjection.FileName, e.Message);
        }
    }

    /// <summary>What this leader's tables hold and the log doesn't becomes records of it.</summary>
    private void BringIn()
    {
        var max = _store.QueueBounds(TopicNames.Metadata, 0).Max;
        if (_tables.Next > max)
        {
            MetadataEvents.AheadOfLog(_logger, max, _tables.Next);
            _tables.GoOnAt(max, _store.DispatchedOffset);
            NoteAll();
        }

        if (max == 0 && _before.Count > 0)
        {
            MetadataEvents.Adopted(_logger);
            foreach (var copy in _before) _tables.Live.All.First(table => table.FileName == copy.Name).ReplaceFromJson(copy.Content.Span);
            NoteAll();
        }

        _before = [];
    }

    private void NoteAll()
    {
        foreach (var table in _tables.Live.All) table.Note();
    }
}
