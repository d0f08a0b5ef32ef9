using Microsoft.Extensions.Logging;
using RocketAspire.Protocol.Bodies;
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
    private readonly SlaveAcks _acks;
    private readonly TableWatch _watch;
    private readonly MasterCatchUp _catchUp;
    private readonly HaServer _server;
    private ITimer? _uncleanGrace;

    public MasterReplication(
        ReplicationOptions options, MessageStore store, IReadOnlyList<IReplicatedTable> tables, ReplicationStateFile state,
        Func<IReplicatedTable, bool> isUrgent, TimeProvider time, ILogger logger)
    {
        _options = options;
        _store = store;
        _state = state;
        _time = time;
        _logger = logger;
        _acks = new(options.AcksNeeded, options.HaSlaveFallbehindMaxBytes, options.SlaveTimeout, time);
        store.Retention.AddBound("a connected slave", () => _acks.NearestAck);
        _watch = new(tables, isUrgent, time);
        var tickets = new SlaveTickets(time);
        _server = new(store, options, tickets, _acks, this, time, logger);
        _catchUp = new(options, store, tables, state, tickets, _acks, () => _server.Port, time, logger);
        Processors = [new HandshakeProcessor(_catchUp), new CopyBackProcessor(_catchUp), new TableWatchProcessor(_watch, () => _catchUp.IsOpen, time)];
    }

    public ReplicationRole Role => ReplicationRole.Master;

    /// <summary>Never: which node is the master is a matter of settings.</summary>
    public event Action? RoleChanged
    {
        add { }
        remove { }
    }

    public bool CoversDisk => false;

    public string? HaServerAddress => $"{_options.AdvertisedHaHost}:{_server.Port}";

    public string? MasterHaAddress => null;

    public bool WantsMaster => false;

    public IReadOnlyList<IRequestProcessor> Processors { get; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _state.LoadAsync(cancellationToken).ConfigureAwait(false);
        _server.Listen();
        await _catchUp.StartAsync(cancellationToken).ConfigureAwait(false);
        _server.Accept();
        if (_options.AllowUncleanMaster)
        {
            _uncleanGrace = _time.CreateTimer(_ => _ = OpenUncleanlyAsync(), null, _options.UncleanMasterGrace, Timeout.InfiniteTimeSpan);
        }
    }

    public bool AcceptsWrites(out string reason)
    {
        reason = _catchUp.Reason;
        return _catchUp.IsOpen;
    }

    public ValueTask<ReplicationAck> WaitReplicatedAsync(AppendResult appended, CancellationToken cancellationToken) =>
        _acks.WaitAsync(appended.EndOffset, cancellationToken);

    public HaRuntimeInfo HaStatus() => new() { MasterCommitLogMaxOffset = _store.MaxPhysicalOffset, Connections = _server.Status() };

    public void OnRegistered(string? masterAddress, string? haServerAddress)
    {
    }

    public async ValueTask DisposeAsync()
    {
        if (_uncleanGrace is not null)
        {
            await _uncleanGrace.DisposeAsync().ConfigureAwait(false);
        }
        _acks.Dispose();
        _watch.Dispose();
        await _catchUp.StopAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        _catchUp.Dispose();
        _state.Dispose();
    }

    bool IHaServerOwner.IsOpen => _catchUp.IsOpen;

    async ValueTask IHaServerOwner.OnPlainSlaveAsync(long slaveId, long reportedOffset) =>
        await _catchUp.OnPlainSlaveAsync(slaveId, reportedOffset).ConfigureAwait(false);

    async ValueTask IHaServerOwner.OnSlaveStreamingAsync(long slaveId, CancellationToken cancellationToken)
    {
        if (slaveId > 0 && !_state.Current.KnownSlaves.Contains(slaveId))
        {
            await _state.UpdateAsync(state => state with { KnownSlaves = [.. state.KnownSlaves, slaveId] }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task OpenUncleanlyAsync()
    {
        try
        {
            await _catchUp.OpenUncleanlyAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or IOException)
        {
            ReplicationLog.CannotOpen(_logger, e.Message);
        }
    }
}
