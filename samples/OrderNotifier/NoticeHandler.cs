using RocketAspire.Client;

namespace RocketAspire.Samples;

/// <summary>Tells a customer of an order.</summary>
internal sealed class NoticeHandler(OrderBook book, NoticeCounters counters, ILogger<NoticeHandler> logger) : IRocketMQMessageHandler
{
    public ValueTask<ConsumeResult> HandleAsync(RocketMQReceivedMessage message, CancellationToken cancellationToken)
    {
        if (Order.Read(message.Body.Span) is not { } order)
        {
            Log.NoOrder(logger, message.MessageId);
            return ValueTask.FromResult(ConsumeResult.DeadLetter);
        }

        if (book.Add(order)) Log.Notified(logger, order.Customer, order.Number);
        else counters.CountDuplicate();
        return ValueTask.FromResult(ConsumeResult.Success);
    }
}

/// <summary>Of this run.</summary>
internal sealed class NoticeCounters
{
    private long _duplicates;

    public long Duplicates => Interlocked.Read(ref _duplicates);

    public void CountDuplicate() => Interlocked.Increment(ref _duplicates);
}
