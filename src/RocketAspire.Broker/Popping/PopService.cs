using RocketAspire.Broker.Filtering;
using RocketAspire.Broker.Processors;
using RocketAspire.Remoting;

namespace RocketAspire.Broker;

/// <summary>Popping as a whole: puts its parts together, starts and stops them.</summary>
internal sealed class PopService : IAsyncDisposable
{
    private readonly BrokerParts _parts;
    private readonly PopReviver _reviver;
    private readonly PopHoldTable _pops;
    private readonly PopHoldTable _notifications;
    private readonly PopLedger _ledger;
    private readonly TableFile _orderFile;
    private readonly TableFile _modeFile;
    private readonly ITimer _orderTimer;

    private PopService(BrokerParts parts)
    {
        _parts = parts;
        var (tables, configuration, time) = (parts.Tables, parts.Configuration, parts.Time);
        var orders = new OrderInfoTable();
        var modes = new RequestModeTable(configuration);
        var folder = configuration.Current.ConfigDirectory;
        _orderFile = new TableFile(orders, folder, parts.Device, parts.Logger);
        _modeFile = new TableFile(modes, folder, parts.Device, parts.Logger);
        var interval = configuration.Current.FlushConsumerOffsetInterval;
        _orderTimer = time.CreateTimer(
            _ =>
            {
                // Whoever only follows may not know them yet.
                if (!configuration.IsSlave) orders.Clean((topic, group) => tables.Topics.Find(topic) is not null && tables.Groups.Peek(group) is not null);
                _ = _orderFile.TrySaveAsync();
            },
            null, interval, interval);
        _pops = new PopHoldTable(time);
        _notifications = new PopHoldTable(time);
        _ledger = new PopLedger(new ReviveLog(parts.Writer, parts.Address, configuration, time), parts.Store, tables.ConsumerOffsets, parts.Address, parts.Logger);
        _reviver = new PopReviver(_ledger, orders, _pops, parts.Store, parts.Writer, parts.Replication, tables, configuration, parts.Address, time, parts.Logger);
        var check = new PopCheck(tables.Topics, tables.Groups, _reviver, configuration);
        var positions = new PopPositions(_ledger, tables.ConsumerOffsets, parts.Store, configuration);
        var reader = new PopReader(_ledger, orders, positions, parts.Store, tables.Topics, configuration, parts.Address, time);
        var acks = new PopAcks(_ledger, orders, _pops, tables.ConsumerOffsets, parts.Store, time);
        var pop = new PopMessageProcessor(check, new FilterFactory(parts.Consumers, configuration), reader, _pops, configuration, parts.Counters, time);
        var notification = new NotificationProcessor(check, positions, orders, _notifications, parts.Store, tables.Topics, configuration, time);
        _pops.Wake = pop.AnswerHeld;
        _notifications.Wake = notification.AnswerHeld;
        var queues = new TopicQueues(parts.Client, tables.Topics, parts.Address, configuration, time);
        Processors =
        [
            pop,
            new AckMessageProcessor(check, acks),
            new BatchAckMessageProcessor(check, acks),
            new ChangeMessageInvisibletimeProcessor(check, acks),
            new PeekMessageProcessor(check, positions, parts.Store, tables.Topics, configuration),
            notification,
            new PollingInfoProcessor(check, _pops),
            new QueryAssignmentProcessor(modes, queues, parts.Consumers, configuration),
            new SetMessageRequestModeProcessor(modes, _modeFile, configuration),
            new GetAllMessageRequestModeProcessor(modes),
        ];
    }

    public IReadOnlyList<IRequestProcessor> Processors { get; }

    /// <summary>Reads its two files; check points are read from the log when they are needed.</summary>
    public static async Task<PopService> CreateAsync(BrokerParts parts, CancellationToken cancellationToken)
    {
        var service = new PopService(parts);
        await service._orderFile.LoadAsync(cancellationToken).ConfigureAwait(false);
        await service._modeFile.LoadAsync(cancellationToken).ConfigureAwait(false);
        return service;
    }

    public void Start()
    {
        _parts.Store.Arrived += _pops.OnArrived;
        _parts.Store.Arrived += _notifications.OnArrived;
        _parts.Store.Retention.AddBound("popped messages", _ledger.NeedsFrom);
        _reviver.Start();
    }

    public void OnConnectionClosed(RemotingConnection connection)
    {
        _pops.RemoveConnection(connection);
        _notifications.RemoveConnection(connection);
    }

    public async ValueTask DisposeAsync()
    {
        _parts.Store.Arrived -= _pops.OnArrived;
        _parts.Store.Arrived -= _notifications.OnArrived;
        await _reviver.DisposeAsync().ConfigureAwait(false);
        await _pops.DisposeAsync().ConfigureAwait(false);
        await _notifications.DisposeAsync().ConfigureAwait(false);
        await _orderTimer.DisposeAsync().ConfigureAwait(false);
        await _orderFile.TrySaveAsync().ConfigureAwait(false);
        _orderFile.Dispose();
        _modeFile.Dispose();
    }
}
