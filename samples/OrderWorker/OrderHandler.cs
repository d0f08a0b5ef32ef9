using RocketAspire.Client;

namespace RocketAspire.Samples;

/// <summary>Works on one order. What fails comes again before the next order of its queue.</summary>
internal sealed class OrderHandler(RocketMQProducer producer, OrderBook book, OrderSettings settings, WorkerCounters counters, ILogger<OrderHandler> logger) : IRocketMQMessageHandler
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    public async ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken)
    {
        if (Order.Read(message.Body.Span) is not { } order)
        {
            Log.NoOrder(logger, message.MessageId);
            return ConsumeResult.DeadLetter;
        }

        // Messages come at least once: the book knows which ones came before.
        if (book.Contains(order.Customer, order.Number))
        {
            counters.CountDuplicate();
            return ConsumeResult.Success;
        }

        if (Random.Shared.Next(100) < settings.FailurePercent)
        {
            counters.CountFailure();
            Log.OrderFailed(logger, order.Id, order.Customer);
            return ConsumeResult.SuspendAfter(Rest);
        }

        var notice = await producer.SendAsync(
            new RocketMQMessage(OrderTopics.Notices, message.Body) { Keys = [order.Id], DelayLevel = settings.NoticeDelayLevel }, cancellationToken);
        // Stored but not safe: a second notice is better than none.
        if (!notice.IsAcknowledged) return ConsumeResult.SuspendAfter(Rest);
        if (order.Number < book.Highest(order.Customer)) counters.CountOutOfOrder();
        if (!book.Add(order)) counters.CountDuplicate();
        return ConsumeResult.Success;
    }
}
