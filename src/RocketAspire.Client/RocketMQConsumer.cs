using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>
/// Consumes messages by a handler: concurrently or in order, shared out in the group or every member all of them. At least once: a message may come
/// again after a failure, a failover or a change of the group.
/// </summary>
public sealed class RocketMQConsumer : IAsyncDisposable
{
    private readonly RocketMQConsumerOptions _options;
    private readonly ILogger _logger;
    private readonly GroupSession _session;
    private readonly DeliveryPool _pool;
    private readonly MessageTracer? _tracer;
    private int _disposed;

    private RocketMQConsumer(RocketMQConsumerOptions options, Func<IReadOnlyList<RocketMQReceivedMessage>, CancellationToken, ValueTask<ConsumeResult>> handle, RocketMQClient client, bool ownsClient)
    {
        _logger = (options.LoggerFactory ?? client.LoggerFactory).CreateLogger<RocketMQConsumer>();
        if (options.EnableMessageTrace)
        {
            _tracer = new MessageTracer(client, options, "CONSUME", _logger);
            options = options with { Observers = [.. options.Observers, _tracer] };
        }

        _options = options;
        var group = Namespaces.Wrap(options.Namespace, options.Group);
        var handler = new MessageHandler(client, options, group, handle, _logger);
        _session = new GroupSession(client, ownsClient, SettingsOf(options, group), queue => _pool!.Offer(queue), (message, token) => handler.CallAsync([message], token), _logger);
        var sendBack = new SendBack(client, options, group, _logger);
        IOutcome outcome = options.Orderly
            ? new OrderlyOutcome(options, _session.Offsets, _session.Locks, sendBack, _session.Counters, client.Time)
            : new ConcurrentOutcome(options, _session.Offsets, sendBack, _session.Counters, client.Time, _logger);
        _pool = new DeliveryPool(options, handler, outcome, client.Time, _logger);
    }

    /// <summary>What it works with; may be given to others.</summary>
    public RocketMQClient Client => _session.Client;

    /// <summary>Without namespace.</summary>
    public string Group => _options.Group;

    /// <summary>The queues that are its own now, its retry topic's too.</summary>
    public IReadOnlyList<MessageQueue> Assignment => [.. _session.Queues.All.Select(static queue => queue.Queue).Order()];

    /// <summary>Joins the group; messages come soon after. Topics that don't exist yet are waited for.</summary>
    /// <param name="options">How to consume.</param>
    /// <param name="handler">Gets each message; runs on the thread pool, so it shouldn't block. Its token is cancelled when it takes too long or the consumer can't wait any longer.</param>
    /// <param name="cancellationToken">Ends the joining.</param>
    /// <exception cref="ArgumentException">There is no subscription, one is there twice, or neither name servers nor a client are given.</exception>
    /// <exception cref="RocketMQNameServersUnavailableException">No name server answers.</exception>
    /// <exception cref="RocketMQResponseException">A broker doesn't filter as a subscription wants.</exception>
    /// <exception cref="InvalidOperationException">The client has a consumer of this group already.</exception>
    /// <exception cref="InvalidDataException">The offset file can't be read.</exception>
    public static ValueTask<RocketMQConsumer> StartAsync(
        RocketMQConsumerOptions options, Func<RocketMQReceivedMessage, CancellationToken, ValueTask<ConsumeResult>> handler, CancellationToken cancellationToken = default) =>
        StartCoreAsync(options with { ConsumeBatchSize = 1 }, (messages, token) => handler(messages[0], token), cancellationToken);

    /// <summary>As the other, with up to <see cref="RocketMQConsumerOptions.ConsumeBatchSize"/> messages of one queue at once; the answer counts for all of them.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public static ValueTask<RocketMQConsumer> StartBatchAsync(
        RocketMQConsumerOptions options, Func<IReadOnlyList<RocketMQReceivedMessage>, CancellationToken, ValueTask<ConsumeResult>> handler, CancellationToken cancellationToken = default) =>
        StartCoreAsync(options, handler, cancellationToken);

    /// <summary>
    /// Fetches nothing more, lets running handlers end (at most <see cref="RocketMQEndpointOptions.StopGrace"/>, then a second more with their tokens
    /// cancelled), tells progress and leaves the group. Handlers that never end are logged by their messages, which come again elsewhere.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _session.StopFetchingAsync().ConfigureAwait(false);
        var left = await _pool.StopAsync(_options.StopGrace).ConfigureAwait(false);
        if (left.Count > 0) Log.HandlersLeft(_logger, Group, left.Count, string.Join(", ", left.Take(20)));
        if (_tracer is not null) await _tracer.DisposeAsync().ConfigureAwait(false);
        await _session.LeaveAsync().ConfigureAwait(false);
    }

    private static async ValueTask<RocketMQConsumer> StartCoreAsync(
        RocketMQConsumerOptions options, Func<IReadOnlyList<RocketMQReceivedMessage>, CancellationToken, ValueTask<ConsumeResult>> handler, CancellationToken cancellationToken)
    {
        var (client, owned) = options.OpenClient();
        RocketMQConsumer? consumer = null;
        try
        {
            consumer = new RocketMQConsumer(options, handler, client, owned);
            await consumer._session.StartAsync(cancellationToken).ConfigureAwait(false);
            consumer._pool.Start();
            return consumer;
        }
        catch
        {
            if (consumer?._tracer is { } tracer) await tracer.DisposeAsync().ConfigureAwait(false);
            if (owned) await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static SessionSettings SettingsOf(RocketMQConsumerOptions options, string group)
    {
        var clustering = options.MessageModel == MessageModel.Clustering;
        return new()
        {
            Group = group,
            Model = options.MessageModel,
            Orderly = options.Orderly,
            ConsumeType = "CONSUME_PASSIVELY",
            Subscriptions = Subscriptions.Build(options.Subscriptions, options.Namespace, clustering ? group : null, options.Time),
            Fetch = new FetchSettings(
                group, options.Namespace, options.PullBatchSize, options.PrefetchCount, options.PrefetchBytes, options.Orderly ? int.MaxValue : options.PrefetchSpan, options.PollTimeout,
                NotesProgress: true, CommitsByPull: clustering, options.ConsumeFromWhere, options.ConsumeFromTime ?? options.Time.GetUtcNow().AddMinutes(-30)),
            Rebalance = new RebalanceSettings(options.MessageModel, options.AllocateStrategy, options.RebalanceInterval),
            PersistInterval = options.PersistInterval,
            Concurrency = options.Concurrency,
            OffsetFile = clustering ? null : options.OffsetFile,
        };
    }
}
