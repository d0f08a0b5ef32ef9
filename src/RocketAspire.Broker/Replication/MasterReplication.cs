using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Remoting;
using RocketAspire.Remoting;
using RocketAspire.Store;

namespace RocketAspire.Broker.Ha;

/// <summary>
/// A master's part. It listens for slaves from the start, but a master that may have lost confirmed bytes (its store was
/// empty, or the machine stopped uncleanly) and that has slaves takes no write before it has heard them and copied back
/// what it lacks. A new group's master is released as soon as its equally empty slave has asked. A new SYNC_MASTER
/// without its slave therefore answers 14, not 11: it can't know that it is new. From then on a missing slave means 11.
/// </summary>
internal sealed class MasterReplication : IReplication, IHaServerOwner
{
    private readonly ReplicationOptions _options;
    private readonly MessageStore _store;
    private readonly ReplicationStateFile _state;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SlaveTickets _tickets;
    private readonly SlaveAcks _acks;
    private readonly TableWatch _watch;
    private readonly HaServer _server;
    private readonly CancellationTokenSource _stopping = new();

    // Handshakes, copying back and opening go one at a time; _gate, _copiedFrom and _opened change only under it.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly IReadOnlyList<IReplicatedTable> _tables;
    private MasterGate _gate = new(GateState.Closed, 1, 1, TimeSpan.Zero);
    private long? _copiedFrom;
    private long _progressLoggedAt;
    private (long SlaveId, string Reason) _lastRefusal;
    private volatile bool _opened;
    private volatile string _reason = "replication hasn't started";
    private ITimer? _uncleanGrace;

    public MasterReplication(
        ReplicationOptions options, MessageStore store, IReadOnlyList<IReplicatedTable> tables, ReplicationStateFile state,
        Func<IReplicatedTable, bool> isUrgent, TimeProvider time, ILogger logger)
    {
        _options = options;
        _store = store;
        _tables = tables;
        _state = state;
        _time = time;
        _logger = logger;
        _tickets = new(time);
        _acks = new(options.AcksNeeded, options.HaSlaveFallbehindMaxBytes, options.SlaveTimeout, time);
        _watch = new(tables, isUrgent, time);
        _server = new(store, options, _tickets, _acks, this, time, logger);
        Processors = [new HandshakeProcessor(this), new CopyBackProcessor(this), new TableWatchProcessor(_watch, () => _opened, time)];
    }

    public ReplicationRole Role => ReplicationRole.Master;

    public string HaServerAddress => $"{_options.AdvertisedHaHost}:{_server.Port}";

    public string? MasterHaAddress => null;

    public bool WantsMaster => false;

    public IReadOnlyList<IRequestProcessor> Processors { get; }

    internal int ConnectedSlaves => _acks.ConnectedSlaves;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _state.LoadAsync(cancellationToken).ConfigureAwait(false);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var mustWait = await MustWaitAsync(cancellationToken).ConfigureAwait(false);
            var expected = _options.SlavesExpected > 0 ? _options.SlavesExpected : _state.Current.KnownSlaves.Count;
            _gate = new(
                mustWait ? GateState.Closed : GateState.Open,
                expected,
                MasterGate.SlavesToHear(expected, _options.AcksNeeded),
                forgetAfter: TimeSpan.FromSeconds(5));
            _server.Start();
            if (!mustWait)
            {
                await OpenAsync().ConfigureAwait(false);
                return;
            }
            await _state.UpdateAsync(state => state with { AwaitingSlave = true }, cancellationToken).ConfigureAwait(false);
            NoteReason();
        }
        finally
        {
            _turn.Release();
        }
        if (_options.AllowUncleanMaster)
        {
            _uncleanGrace = _time.CreateTimer(_ => _ = OpenUncleanlyAsync(), null, _options.UncleanMasterGrace, Timeout.InfiniteTimeSpan);
        }
    }

    public bool AcceptsWrites(out string reason)
    {
        reason = _opened ? "" : _reason;
        return _opened;
    }

    public ValueTask<ReplicationAck> WaitReplicatedAsync(long endOffset, CancellationToken cancellationToken) =>
        _acks.WaitAsync(endOffset, cancellationToken);

    public void OnRegistered(string? masterAddress, string? haServerAddress)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_uncleanGrace is not null)
        {
            await _uncleanGrace.DisposeAsync().ConfigureAwait(false);
        }
        _acks.Dispose();
        _watch.Dispose();
        await _server.DisposeAsync().ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        _turn.Release();
        _state.Dispose();
        _stopping.Dispose();
    }

    async ValueTask IHaServerOwner.OnPlainSlaveAsync(long slaveId, long reportedOffset)
    {
        await _turn.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            _gate.OnPlainSlave(slaveId, reportedOffset, Now);
            await OpenIfReleasedAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    async ValueTask IHaServerOwner.OnSlaveStreamingAsync(long slaveId)
    {
        if (slaveId > 0 && !_state.Current.KnownSlaves.Contains(slaveId))
        {
            await _state.UpdateAsync(state => state with { KnownSlaves = [.. state.KnownSlaves, slaveId] }, _stopping.Token).ConfigureAwait(false);
        }
    }

    /// <summary>A slave of ours asks what to do.</summary>
    internal async Task<HandshakeAnswer> OnHandshakeAsync(HandshakeRequest request, CancellationToken cancellationToken)
    {
        if (Mismatch(request) is { } mismatch)
        {
            SayRefused(request.BrokerId, mismatch);
            return new(new ReplicationAction.Refuse(mismatch));
        }
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var own = new LogSummary(_store.Terms.Entries, _store.MinPhysicalOffset, _store.MaxPhysicalOffset, 0);
            var decided = ReplicationDecision.Decide(own, _opened, request.Log, offset => Compare(offset, request.Checksums));
            var told = _gate.OnSlave(request.BrokerId, request.Log, decided, Now);
            NoteReason();
            if (told is ReplicationAction.StreamFrom { Offset: var from } && _gate.State == GateState.Open)
            {
                // Before writers are let in, so that the first of them already waits for this slave.
                _acks.Expect(request.BrokerId, from);
            }
            await OpenIfReleasedAsync(request.Log.LastTerm).ConfigureAwait(false);
            if (told is ReplicationAction.Refuse refuse)
            {
                SayRefused(request.BrokerId, refuse.Reason);
            }
            return told switch
            {
                ReplicationAction.StreamFrom when !_opened => new(new ReplicationAction.Wait(_reason)),
                ReplicationAction.StreamFrom stream => new(told, _tickets.Issue(request.BrokerId, stream.Offset), _server.Port),
                ReplicationAction.CopyBackToMaster copy => new(told, WantsTables: copy.MasterStartsEmpty),
                _ => new(told, Floor: own.MinOffset),
            };
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Bytes of the log come back from a slave. Answers where the next have to begin.</summary>
    /// <exception cref="InvalidOperationException">This slave isn't the one that is copied from.</exception>
    internal async Task<long> OnCopyBackAsync(long slaveId, long offset, long total, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RequireCopyingFrom(slaveId);
            if (_store.RawEndOffset != offset && _store.MaxPhysicalOffset == _store.MinPhysicalOffset)
            {
                await _store.ResetToAsync(offset).ConfigureAwait(false);
            }
            if (_store.RawEndOffset == offset)
            {
                _copiedFrom ??= offset;
                _store.AppendRaw(offset, bytes.Span);
                _gate.OnProgress(slaveId, Now);
                LogProgress(slaveId, total);
            }
            return _store.RawEndOffset;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The slave's tables, for a master that lost its own with its log.</summary>
    /// <exception cref="InvalidOperationException">This slave isn't the one that is copied from.</exception>
    /// <exception cref="FormatException">A table can't be read.</exception>
    internal async Task OnTablesBackAsync(long slaveId, IReadOnlyList<TableCopy> copies, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RequireCopyingFrom(slaveId);
            foreach (var copy in copies)
            {
                _tables.FirstOrDefault(table => table.FileName == copy.Name)?.ReplaceFromJson(copy.Content.Span);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(0);

    private string? Mismatch(HandshakeRequest request) =>
        request.ClusterName != _options.ClusterName ? $"it belongs to the cluster {request.ClusterName}, this is {_options.ClusterName}"
        : request.BrokerName != _options.BrokerName ? $"its brokerName is {request.BrokerName}, this is {_options.BrokerName}"
        : request.BrokerId <= 0 ? $"its brokerId is {request.BrokerId}, a slave's is 1 or more"
        : request.LogFileSizeBytes != _options.CommitLogFileSizeBytes ? $"its mappedFileSizeCommitLog is {request.LogFileSizeBytes}, this master's {_options.CommitLogFileSizeBytes}: logs can't be equal"
        : null;

    /// <summary>Unknown also when the slave's checksum begins before this log: it is asked for one over what both hold.</summary>
    private Agreement Compare(long offset, IReadOnlyDictionary<long, LogChecksum> checksums) =>
        !checksums.TryGetValue(offset, out var theirs) || theirs.From < _store.MinPhysicalOffset ? Agreement.Unknown
        : LogChecksum.Compute(_store, theirs.From, offset) == theirs.Crc ? Agreement.Same
        : Agreement.Different;

    private async Task<bool> MustWaitAsync(CancellationToken cancellationToken)
    {
        var state = _state.Current;
        var mayLack = state.AwaitingSlave || _store.WasEmpty || _store.OpenedAfterMachineStop || _store.LostBytes > 0;
        if (!mayLack || _options.SlavesExpected > 0 || state.KnownSlaves.Count > 0)
        {
            return mayLack;
        }
        return _options.SlaveIsRegistered is { } ask && await ask(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Once, though the slave asks again every second.</summary>
    private void SayRefused(long slaveId, string reason)
    {
        if (_lastRefusal != (slaveId, reason))
        {
            _lastRefusal = (slaveId, reason);
            ReplicationLog.SlaveRefused(_logger, slaveId, reason);
        }
    }

    private void RequireCopyingFrom(long slaveId)
    {
        if (_gate.State != GateState.Copying || _gate.CopyingFrom != slaveId)
        {
            throw new InvalidOperationException($"this master doesn't copy back from slave {slaveId} now");
        }
    }

    private async Task OpenIfReleasedAsync(int heardTerm = 0)
    {
        if (_gate.State == GateState.Open && !_opened)
        {
            await OpenAsync(heardTerm).ConfigureAwait(false);
        }
    }

    /// <summary>Begins a term of its own and lets writers in. Under <see cref="_turn"/>.</summary>
    private async Task OpenAsync(int heardTerm = 0)
    {
        if (_copiedFrom is not null && !await _store.WaitFlushedAsync(_store.MaxPhysicalOffset, Timeout.InfiniteTimeSpan, _stopping.Token).ConfigureAwait(false))
        {
            ReplicationLog.CannotOpen(_logger, "what was copied back can't be flushed");
            return;
        }
        var term = Math.Max(Math.Max(_store.Terms.Last, _state.Current.LastTerm), heardTerm) + 1;
        await _state.UpdateAsync(state => state with { AwaitingSlave = false, LastTerm = term }, _stopping.Token).ConfigureAwait(false);
        var marker = _store.AppendTermMarker(term);
        if (!marker.IsOk)
        {
            _reason = $"the record that opens term {term} can't be written: {marker.Status}";
            ReplicationLog.CannotOpen(_logger, _reason);
            return;
        }
        _opened = true;
        ReplicationLog.Opened(_logger, marker.PhysicalOffset, term);
    }

    private async Task OpenUncleanlyAsync()
    {
        try
        {
            await _turn.WaitAsync(_stopping.Token).ConfigureAwait(false);
            try
            {
                if (_gate.State == GateState.Closed)
                {
                    ReplicationLog.OpenedUncleanly(_logger);
                    _gate.OpenUncleanly();
                    await OpenIfReleasedAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or IOException)
        {
            ReplicationLog.CannotOpen(_logger, e.Message);
        }
    }

    private void NoteReason()
    {
        if (_gate.State != GateState.Open && _gate.Reason != _reason)
        {
            _reason = _gate.Reason;
            ReplicationLog.WaitingForSlave(_logger, _reason);
        }
    }

    private void LogProgress(long slaveId, long total)
    {
        var now = _time.GetTimestamp();
        if (_store.RawEndOffset >= total || _time.GetElapsedTime(_progressLoggedAt, now) >= TimeSpan.FromSeconds(1))
        {
            _progressLoggedAt = now;
            ReplicationLog.CopiedBack(_logger, slaveId, _store.RawEndOffset - _copiedFrom!.Value, total - _copiedFrom.Value);
        }
    }
}
