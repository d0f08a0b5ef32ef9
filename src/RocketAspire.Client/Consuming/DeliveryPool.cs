using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace RocketAspire.Client;

/// <summary>
/// Calls the handler, so many at once as may be. Queues with something to do stand in line, each once, so that the line is never longer than the
/// assignment. Orderly, a queue has one call at a time.
/// </summary>
internal sealed class DeliveryPool
{
    private readonly Channel<ConsumerQueue> _line = Channel.CreateUnbounded<ConsumerQueue>();
    private readonly ConcurrentDictionary<Delivery, bool> _running = new();
    private readonly RocketMQConsumerOptions _options;
    private readonly MessageHandler _handler;
    private readonly IOutcome _outcome;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly WakeableLoop _timeouts;
    private readonly List<Task> _workers = [];
    private volatile bool _stopping;

    public DeliveryPool(RocketMQConsumerOptions options, MessageHandler handler, IOutcome outcome, TimeProvider time, ILogger logger)
    {
        _options = options;
        _handler = handler;
        _outcome = outcome;
        _time = time;
        _logger = logger;
        _timeouts = new WakeableLoop("looking for handlers that take too long", SweepAsync, time, logger);
    }

    public void Start()
    {
        for (var i = 0; i < _options.Concurrency; i++) _workers.Add(Task.Run(WorkAsync));
        _timeouts.Start(SweepInterval);
    }

    private TimeSpan SweepInterval => TimeSpan.FromMilliseconds(Math.Clamp(_options.ConsumeTimeout.TotalMilliseconds / 10, 20, 60_000));

    /// <summary>The queue has something to hand out.</summary>
    public void Offer(ConsumerQueue queue)
    {
        if (!_stopping && queue.TryBecomeReady()) _line.Writer.TryWrite(queue);
    }

    /// <summary>Hands out nothing more and waits for handlers that run: for the grace time, then for a second more with their tokens cancelled.</summary>
    /// <returns>Messages whose handlers never ended.</returns>
    public async ValueTask<IReadOnlyList<RocketMQReceivedMessage>> StopAsync(TimeSpan grace)
    {
        _stopping = true;
        _line.Writer.TryComplete();
        await _timeouts.DisposeAsync().ConfigureAwait(false);
        var ended = Task.WhenAll(_workers);
        try
        {
            await ended.WaitAsync(grace, _time).ConfigureAwait(false);
            return [];
        }
        catch (TimeoutException)
        {
            foreach (var delivery in _running.Keys) delivery.Cancel();
        }

        try
        {
            await ended.WaitAsync(TimeSpan.FromSeconds(1), _time).ConfigureAwait(false);
            return [];
        }
        catch (TimeoutException)
        {
            return [.. _running.Keys.Where(static delivery => delivery.TryClaim()).SelectMany(static delivery => delivery.Messages)];
        }
    }

    private async Task WorkAsync()
    {
        await foreach (var queue in _line.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (_stopping) return;
            if (_options.Orderly && !_outcome.MayDeliver(queue))
            {
                // Its lock is renewed, or it is given up; whoever renews offers it again.
                queue.Take(0, exclusively: true);
                continue;
            }

            var messages = queue.Take(_options.ConsumeBatchSize, _options.Orderly);
            if (messages.Count == 0) continue;
            if (!_options.Orderly) Offer(queue);
            var offerNow = false;
            try
            {
                offerNow = await DeliverAsync(queue, messages).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // Only a fault of our own: the messages come again with the queue's next owner.
                Log.OutcomeFailed(_logger, queue.Queue, e);
            }
            finally
            {
                queue.Ended();
            }

            if (_options.Orderly && offerNow) Offer(queue);
        }
    }

    /// <summary>False: an orderly queue rests.</summary>
    private async ValueTask<bool> DeliverAsync(ConsumerQueue queue, List<RocketMQReceivedMessage> messages)
    {
        using var delivery = new Delivery(queue, messages, _time.GetTimestamp());
        _running[delivery] = true;
        try
        {
            queue.LastConsumeMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
            var (result, error) = await _handler.CallAsync(messages, delivery.Token).ConfigureAwait(false);
            if (!delivery.TryClaim()) return true;
            return await _outcome.ApplyAsync(queue, messages, result, error, _time.GetElapsedTime(delivery.Started), this).ConfigureAwait(false);
        }
        finally
        {
            _running.TryRemove(delivery, out _);
        }
    }

    private async Task<TimeSpan> SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var delivery in _running.Keys.Where(delivery => _time.GetElapsedTime(delivery.Started) > _options.ConsumeTimeout).ToList())
        {
            // In order means that nothing goes on before the handler ends, whenever that is.
            if (_options.Orderly) delivery.Cancel();
            else if (delivery.TryClaim())
            {
                Log.HandlerTimedOut(_logger, delivery.Messages[0].MessageId, delivery.Queue.Queue, (long)_options.ConsumeTimeout.TotalMilliseconds);
                delivery.Cancel();
                await _outcome.ApplyAsync(delivery.Queue, delivery.Messages, ConsumeResult.RetryLater, null, _options.ConsumeTimeout, this).ConfigureAwait(false);
            }
        }

        return SweepInterval;
    }

    /// <summary>One call of the handler. Who claims it decides what becomes of its messages: the handler's end, its timeout, or the consumer's.</summary>
    private sealed class Delivery(ConsumerQueue queue, List<RocketMQReceivedMessage> messages, long started) : IDisposable
    {
        private readonly CancellationTokenSource _cancel = new();
        private int _claimed;

        public ConsumerQueue Queue => queue;

        public List<RocketMQReceivedMessage> Messages => messages;

        public long Started => started;

        public CancellationToken Token => _cancel.Token;

        public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

        public void Cancel()
        {
            try
            {
                _cancel.Cancel();
            }
            catch (Exception e) when (e is ObjectDisposedException or AggregateException)
            {
                // It has just ended, or what hangs on its token failed.
            }
        }

        public void Dispose() => _cancel.Dispose();
    }
}

/// <summary>What becomes of messages after a handler's answer.</summary>
internal interface IOutcome
{
    /// <summary>Orderly: whether the queue's lock is held.</summary>
    bool MayDeliver(ConsumerQueue queue);

    /// <summary>False: the queue rests, and is offered again later by this.</summary>
    ValueTask<bool> ApplyAsync(ConsumerQueue queue, List<RocketMQReceivedMessage> messages, ConsumeResult result, Exception? error, TimeSpan took, DeliveryPool pool);
}
