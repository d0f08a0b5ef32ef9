using Microsoft.Extensions.Logging;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// Brings a master and its slaves to agree about the log: answers their handshakes, takes back what this master lost, and
/// begins its term once it may write. Handshakes, copying back and opening go one at a time.
/// </summary>
internal sealed class MasterCatchUp(
    ReplicationOptions options, MessageStore store, IReadOnlyList<IReplicatedTable> tables, ReplicationStateFile state,
    SlaveTickets tickets, SlaveAcks acks, Func<int> haPort, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    // Guards everything below but _opened and _reason, which are read by every send.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private MasterGate _gate = new(GateState.Closed, 1, 1, TimeSpan.Zero);
    private long? _copiedFrom;
    private long _progressLoggedAt;
    private (long SlaveId, string Reason) _lastRefusal;
    private volatile bool _opened;
    private volatile string _reason = "replication hasn't started";

    /// <summary>This master's term has begun: it takes writes.</summary>
    public bool IsOpen => _opened;

    /// <summary>Why it isn't open; empty when it is.</summary>
    public string Reason => _opened ? "" : _reason;

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Opens at once a master that can't have lost anything; otherwise remembers that it waits.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        var mustWait = await MustWaitAsync(cancellationToken).ConfigureAwait(false);
        var expected = options.SlavesExpected > 0 ? options.SlavesExpected : state.Current.KnownSlaves.Count;
        _gate = new(
            mustWait ? GateState.Closed : GateState.Open, expected, MasterGate.SlavesToHear(expected, options.AcksNeeded),
            forgetAfter: TimeSpan.FromSeconds(5));
        if (!mustWait)
        {
            await OpenAsync(0).ConfigureAwait(false);
            return;
        }
        await state.UpdateAsync(current => current with { AwaitingSlave = true }, cancellationToken).ConfigureAwait(false);
        NoteReason();
    }

    /// <summary>A slave of ours asks what to do.</summary>
    public async Task<HandshakeAnswer> OnHandshakeAsync(HandshakeRequest request, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        if (Mismatch(request) is { } mismatch)
        {
            SayRefused(request.BrokerId, mismatch);
            return new(new ReplicationAction.Refuse(mismatch));
        }
        var own = new LogSummary(store.Terms.Entries, store.MinPhysicalOffset, store.MaxPhysicalOffset, 0);
        var decided = ReplicationDecision.Decide(own, _opened, request.Log, offset => Compare(offset, request.Checksums));
        var told = _gate.OnSlave(request.BrokerId, request.Log, decided, Now);
        NoteReason();
        if (told is ReplicationAction.StreamFrom { Offset: var from } && _gate.State == GateState.Open)
        {
            // Before writers are let in, so that the first of them already waits for this slave.
            acks.Expect(request.BrokerId, from);
        }
        await OpenIfReleasedAsync(request.Log.LastTerm).ConfigureAwait(false);
        if (told is ReplicationAction.Refuse refuse)
        {
            SayRefused(request.BrokerId, refuse.Reason);
        }
        return told switch
        {
            ReplicationAction.StreamFrom when !_opened => new(new ReplicationAction.Wait(_reason)),
            ReplicationAction.StreamFrom stream => new(told, tickets.Issue(request.BrokerId, stream.Offset), haPort()),
            ReplicationAction.CopyBackToMaster copy => new(told, WantsTables: copy.MasterStartsEmpty),
            _ => new(told, Floor: own.MinOffset),
        };
    }

    /// <summary>A slave that can't compare histories holds the log up to the offset, as this master does.</summary>
    public async Task OnPlainSlaveAsync(long slaveId, long reportedOffset)
    {
        using var turn = await TakeTurnAsync(_stopping.Token).ConfigureAwait(false);
        _gate.OnPlainSlave(slaveId, reportedOffset, Now);
        await OpenIfReleasedAsync(0).ConfigureAwait(false);
    }

    /// <summary>Bytes of the log come back from a slave. Answers where the next have to begin.</summary>
    /// <exception cref="InvalidOperationException">This slave isn't the one that is copied from.</exception>
    public async Task<long> OnCopyBackAsync(long slaveId, long offset, long total, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        RequireCopyingFrom(slaveId);
        if (store.RawEndOffset != offset && store.MaxPhysicalOffset == store.MinPhysicalOffset)
        {
            await store.ResetToAsync(offset).ConfigureAwait(false);
        }
        if (store.RawEndOffset == offset)
        {
            _copiedFrom ??= offset;
            store.AppendRaw(offset, bytes.Span);
            _gate.OnProgress(slaveId, Now);
            LogProgress(slaveId, total);
        }
        return store.RawEndOffset;
    }

    /// <summary>The slave's tables, for a master that lost its own with its log.</summary>
    /// <exception cref="InvalidOperationException">This slave isn't the one that is copied from.</exception>
    /// <exception cref="FormatException">A table can't be read.</exception>
    public async Task OnTablesBackAsync(long slaveId, IReadOnlyList<TableCopy> copies, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        RequireCopyingFrom(slaveId);
        foreach (var copy in copies)
        {
            tables.FirstOrDefault(table => table.FileName == copy.Name)?.ReplaceFromJson(copy.Content.Span);
        }
    }

    /// <summary>Somebody allowed this master to go on with what it has; not while a slave is bringing the rest.</summary>
    public async Task OpenUncleanlyAsync()
    {
        using var turn = await TakeTurnAsync(_stopping.Token).ConfigureAwait(false);
        if (_gate.State == GateState.Closed)
        {
            ReplicationLog.OpenedUncleanly(logger);
            _gate.OpenUncleanly();
            await OpenIfReleasedAsync(0).ConfigureAwait(false);
        }
    }

    /// <summary>Ends what is waited for and lets what runs finish.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        _turn.Release();
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _turn.Dispose();
    }

    private string? Mismatch(HandshakeRequest request) =>
        request.ClusterName != options.ClusterName ? $"it belongs to the cluster {request.ClusterName}, this is {options.ClusterName}"
        : request.BrokerName != options.BrokerName ? $"its brokerName is {request.BrokerName}, this is {options.BrokerName}"
        : request.BrokerId <= 0 ? $"its brokerId is {request.BrokerId}, a slave's is 1 or more"
        : request.LogFileSizeBytes != options.CommitLogFileSizeBytes
            ? $"its mappedFileSizeCommitLog is {request.LogFileSizeBytes}, this master's {options.CommitLogFileSizeBytes}: logs can't be equal"
        : null;

    /// <summary>Unknown also when the slave's checksum begins before this log: it is asked for one over what both hold.</summary>
    private Agreement Compare(long offset, IReadOnlyDictionary<long, LogChecksum> checksums) =>
        !checksums.TryGetValue(offset, out var theirs) || theirs.From < store.MinPhysicalOffset ? Agreement.Unknown
        : LogChecksum.Compute(store, theirs.From, offset) == theirs.Crc ? Agreement.Same
        : Agreement.Different;

    private async Task<bool> MustWaitAsync(CancellationToken cancellationToken)
    {
        var remembered = state.Current;
        var mayLack = remembered.AwaitingSlave || store.WasEmpty || store.OpenedAfterMachineStop || store.LostBytes > 0;
        if (!mayLack || options.SlavesExpected > 0 || remembered.KnownSlaves.Count > 0)
        {
            return mayLack;
        }
        return options.SlaveIsRegistered is { } ask && await ask(cancellationToken).ConfigureAwait(false);
    }

    private void RequireCopyingFrom(long slaveId)
    {
        if (_gate.State != GateState.Copying || _gate.CopyingFrom != slaveId)
        {
            throw new InvalidOperationException($"this master doesn't copy back from slave {slaveId} now");
        }
    }

    private Task OpenIfReleasedAsync(int heardTerm) =>
        _gate.State == GateState.Open && !_opened ? OpenAsync(heardTerm) : Task.CompletedTask;

    /// <summary>Begins a term of its own and lets writers in.</summary>
    private async Task OpenAsync(int heardTerm)
    {
        if (_copiedFrom is not null)
        {
            await store.WaitFlushedAsync(store.MaxPhysicalOffset, Timeout.InfiniteTimeSpan, _stopping.Token).ConfigureAwait(false);
        }
        var term = Math.Max(Math.Max(store.Terms.Last, state.Current.LastTerm), heardTerm) + 1;
        await state.UpdateAsync(current => current with { AwaitingSlave = false, LastTerm = term }, _stopping.Token).ConfigureAwait(false);
        var marker = store.AppendTermMarker(term);
        if (!marker.IsOk)
        {
            _reason = $"the record that opens term {term} can't be written: {marker.Status}";
            ReplicationLog.CannotOpen(logger, _reason);
            return;
        }
        _opened = true;
        ReplicationLog.Opened(logger, marker.PhysicalOffset, term);
    }

    private async ValueTask<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_stopping.IsCancellationRequested)
        {
            _turn.Release();
            throw new OperationCanceledException("this node stops");
        }
        return new(_turn);
    }

    private void NoteReason()
    {
        if (_gate.State != GateState.Open && _gate.Reason != _reason)
        {
            _reason = _gate.Reason;
            ReplicationLog.WaitingForSlave(logger, _reason);
        }
    }

    /// <summary>Once, though the slave asks again every second.</summary>
    private void SayRefused(long slaveId, string reason)
    {
        if (_lastRefusal != (slaveId, reason))
        {
            _lastRefusal = (slaveId, reason);
            ReplicationLog.SlaveRefused(logger, slaveId, reason);
        }
    }

    private void LogProgress(long slaveId, long total)
    {
        var now = time.GetTimestamp();
        if (store.RawEndOffset >= total || time.GetElapsedTime(_progressLoggedAt, now) >= TimeSpan.FromSeconds(1))
        {
            _progressLoggedAt = now;
            ReplicationLog.CopiedBack(logger, slaveId, store.RawEndOffset - _copiedFrom!.Value, total - _copiedFrom.Value);
        }
    }

    private readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
