using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>
/// Consumes messages as a sequence, at the application's own pace: queues shared out in the group, or picked by the application. At least once;
/// nothing is retried by itself.
/// </summary>
public sealed class RocketMQLitePullConsumer : IAsyncDisposable
{
    private readonly Channel<ConsumerQueue> _line = Channel.CreateUnbounded<ConsumerQueue>();
    private readonly SemaphoreSlim _assigning = new(1, 1);
    private readonly RocketMQLitePullOptions _options;
    private readonly GroupSession _session;
    private readonly bool _picks;
    private volatile Current? _current;
    private int _reading;
    private int _disposed;

    private RocketMQLitePullConsumer(RocketMQLitePullOptions options, RocketMQClient client, bool ownsClient)
    {
        _options = options;
        _picks = options.Subscriptions.Count == 0;
        var logger = (options.LoggerFactory ?? client.LoggerFactory).CreateLogger<RocketMQLitePullConsumer>();
        var group = Namespaces.Wrap(options.Namespace, options.Group);
        var settings = new SessionSettings
        {
            Group = group,
            Model = MessageModel.Clustering,
            ConsumeType = "CONSUME_ACTIVELY",
            Subscriptions = _picks ? [] : Subscriptions.Build(options.Subscriptions, options.Namespace, null, options.Time),
            Fetch = new FetchSettings(
                group, options.Namespace, options.PullBatchSize, options.PrefetchCount, options.PrefetchBytes, int.MaxValue, options.PollTimeout,
                NotesProgress: options.AutoCommit, CommitsByPull: options.AutoCommit, options.ConsumeFromWhere, options.ConsumeFromTime ?? options.Time.GetUtcNow().AddMinutes(-30)),
            Rebalance = _picks ? null : new RebalanceSettings(MessageModel.Clustering, options.AllocateStrategy, options.RebalanceInterval),
            PersistInterval = options.AutoCommitInterval,
        };
        _session = new GroupSession(client, ownsClient, settings, Offer, direct: null, logger);
    }

    /// <summary>What it works with; may be given to others.</summary>
    public RocketMQClient Client => _session.Client;

    /// <summary>Without namespace.</summary>
    public string Group => _options.Group;

    /// <summary>The queues that it reads now. Topics of theirs have the namespace.</summary>
    public IReadOnlyList<MessageQueue> Assignment => [.. _session.Queues.All.Select(static queue => queue.Queue).Order()];

    /// <summary>Joins the group. Topics that don't exist yet are waited for.</summary>
    /// <exception cref="ArgumentException">A topic is subscribed to twice, or neither name servers nor a client are given.</exception>
    /// <exception cref="RocketMQNameServersUnavailableException">No name server answers.</exception>
    /// <exception cref="RocketMQResponseException">A broker doesn't filter as a subscription wants.</exception>
    /// <exception cref="InvalidOperationException">The client has a consumer of this group already.</exception>
    public static async ValueTask<RocketMQLitePullConsumer> StartAsync(RocketMQLitePullOptions options, CancellationToken cancellationToken = default)
    {
        var (client, owned) = options.OpenClient();
        try
        {
            var consumer = new RocketMQLitePullConsumer(options, client, owned);
            await consumer._session.StartAsync(cancellationToken).ConfigureAwait(false);
            return consumer;
        }
        catch
        {
            if (owned) await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The topic's queues that can be read, in order; empty when no name server knows the topic.</summary>
    /// <exception cref="RocketMQNameServersUnavailableException">No name server answers, and nothing is known of the topic.</exception>
    public async ValueTask<IReadOnlyList<MessageQueue>> GetQueuesAsync(string topic, CancellationToken cancellationToken = default) =>
        (await Client.Routes.GetAsync(Namespaces.Wrap(_options.Namespace, topic), cancellationToken).ConfigureAwait(false))?.Readable ?? [];

    /// <summary>Reads just these queues from now on; each begins at the group's progress.</summary>
    /// <exception cref="InvalidOperationException">The group shares the queues out: there are subscriptions.</exception>
    public async ValueTask AssignAsync(IReadOnlyCollection<MessageQueue> queues, CancellationToken cancellationToken = default)
    {
        if (!_picks) throw new InvalidOperationException("queues are shared out by the group's subscriptions: start without Subscriptions to pick them");
        await _assigning.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var wanted = queues.Select(queue => queue with { Topic = Namespaces.Wrap(_options.Namespace, queue.Topic) }).ToLookup(static queue => queue.Topic);
            foreach (var topic in wanted) await _session.SubscribeAsync(Subscriptions.Build(topic.Key, null, Client.Time), cancellationToken).ConfigureAwait(false);
            foreach (var topic in _session.Queues.Topics.Union(wanted.Select(static topic => topic.Key)).ToList())
                await _session.Queues.SetAsync(topic, [.. wanted[topic].Distinct()], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _assigning.Release();
        }
    }

    /// <summary>Messages as they come, of all queues in turn, each queue's in order. Ends when the consumer is disposed of. One reader at a time.</summary>
    /// <exception cref="InvalidOperationException">Somebody reads already.</exception>
    public async IAsyncEnumerable<RocketMQReceivedMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0) throw new InvalidOperationException("somebody reads this consumer's messages already");
        try
        {
            await foreach (var queue in _line.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                var messages = queue.Take(_options.PullBatchSize, exclusively: false);
                if (messages.Count == 0) continue;
                var next = 0;
                try
                {
                    // Dropped, moved or paused meanwhile: the rest is somebody else's, or comes later.
                    while (next < messages.Count && !queue.IsDropped && !queue.IsResting && !messages[next].Abandoned)
                    {
                        _current = new(queue, messages[next]);
                        yield return messages[next];
                        queue.Finish([messages[next++]], _options.AutoCommit ? _session.Offsets : null);
                    }
                }
                finally
                {
                    // A reader that leaves in the middle of a message gets it again.
                    _current = null;
                    queue.Return(messages[next..]);
                    queue.Ended();
                    Offer(queue);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <summary>Everything that was handed out is done, the message that the reader has just now too: tells the brokers.</summary>
    public async ValueTask CommitAsync(CancellationToken cancellationToken = default)
    {
        if (_current is { } current) current.Queue.Finish([current.Message], null);
        foreach (var queue in _session.Queues.All) _session.Offsets.Note(queue.Queue, queue.Progress);
        await _session.PersistAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The queue goes on at that offset; what waits here of it is forgotten.</summary>
    /// <exception cref="InvalidOperationException">The queue isn't this consumer's now.</exception>
    public void Seek(MessageQueue queue, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        _session.Queues.Restart(Find(queue), offset);
    }

    /// <summary>The queue goes on at its oldest message.</summary>
    /// <inheritdoc cref="Seek"/>
    public async ValueTask SeekToBeginAsync(MessageQueue queue, CancellationToken cancellationToken = default)
    {
        var held = Find(queue);
        Seek(queue, await _session.Calls.MinOffsetAsync(held.Queue, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The queue goes on with what comes from now on.</summary>
    /// <inheritdoc cref="Seek"/>
    public async ValueTask SeekToEndAsync(MessageQueue queue, CancellationToken cancellationToken = default)
    {
        var held = Find(queue);
        Seek(queue, await _session.Calls.MaxOffsetAsync(held.Queue, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Nothing of these queues is fetched or handed out until <see cref="Resume"/>.</summary>
    /// <exception cref="InvalidOperationException">A queue isn't this consumer's now.</exception>
    public void Pause(params IEnumerable<MessageQueue> queues)
    {
        foreach (var queue in queues.Select(Find).ToList()) queue.IsPaused = queue.IsResting = true;
    }

    /// <exception cref="InvalidOperationException">A queue isn't this consumer's now.</exception>
    public void Resume(params IEnumerable<MessageQueue> queues)
    {
        foreach (var queue in queues.Select(Find).ToList())
        {
            queue.IsPaused = queue.IsResting = false;
            Offer(queue);
        }
    }

    /// <summary>The group's progress in a queue as its broker has it; -1: none.</summary>
    /// <exception cref="RocketMQResponseException">The broker refused.</exception>
    public ValueTask<long> GetCommittedAsync(MessageQueue queue, CancellationToken cancellationToken = default) => _session.Calls.QueryOffsetAsync(Wire(queue), cancellationToken);

    /// <summary>Ends the reading, tells progress and leaves the group. What was handed out and not committed comes again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _line.Writer.TryComplete();
        await _session.StopFetchingAsync().ConfigureAwait(false);
        await _session.LeaveAsync().ConfigureAwait(false);
        _assigning.Dispose();
    }

    private void Offer(ConsumerQueue queue)
    {
        if (queue.TryBecomeReady()) _line.Writer.TryWrite(queue);
    }

    private ConsumerQueue Find(MessageQueue queue) =>
        _session.Queues.Find(Wire(queue)) ?? throw new InvalidOperationException($"queue {queue} is not this consumer's now");

    private MessageQueue Wire(MessageQueue queue) => queue with { Topic = Namespaces.Wrap(_options.Namespace, queue.Topic) };

    private sealed record Current(ConsumerQueue Queue, RocketMQReceivedMessage Message);
}
