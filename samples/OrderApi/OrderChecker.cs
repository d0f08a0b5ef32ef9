using RocketAspire.Client;

namespace RocketAspire.Samples;

/// <summary>Tells a broker what became of a transaction whose end it never got: the order is in the book, or it never happened.</summary>
internal sealed class OrderChecker(OrderBook book, ILogger<OrderChecker> logger)
{
    private long _committed;

    /// <summary>Answers, not orders: a broker that doesn't hear one asks again.</summary>
    public long Committed => Interlocked.Read(ref _committed);

    public ValueTask<TransactionState> CheckAsync(RocketMQReceivedMessage half, CancellationToken cancellationToken)
    {
        var state = Order.Read(half.Body.Span) is not { } order ? TransactionState.Rollback : book.Contains(order) ? TransactionState.Commit : TransactionState.Rollback;
        if (state == TransactionState.Commit) Interlocked.Increment(ref _committed);
        Log.OrderAskedFor(logger, half.Keys.FirstOrDefault() ?? half.MessageId, half.ShardingKey ?? "", state.ToString());
        return ValueTask.FromResult(state);
    }
}
