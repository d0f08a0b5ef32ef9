using System.Collections.Concurrent;
using RocketAspire.Client;

namespace RocketAspire.Samples;

/// <summary>What a customer sends.</summary>
internal sealed record NewOrder(string Customer, string Item);

/// <summary>What became of it: an order, or why there is none.</summary>
internal sealed record Placed(Order? Order, string? Reason);

/// <summary>Takes orders, those of one customer one after the other.</summary>
internal sealed class OrderDesk(RocketMQProducer producer, OrderBook book, ILogger<OrderDesk> logger)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _customers = new(StringComparer.Ordinal);
    private long _committed;
    private long _refused;

    /// <summary>Orders of this run whose transaction ended here; a broker asks for the others.</summary>
    public long Committed => Interlocked.Read(ref _committed);

    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Null: it can be placed.</summary>
    public static string? WhyInvalid(NewOrder order) =>
        order.Customer is not { Length: > 0 and <= 50 } || !order.Customer.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-') ? "customer: 1 to 50 letters, digits and hyphens"
        : string.IsNullOrWhiteSpace(order.Item) || order.Item.Length > 200 ? "item: 1 to 200 characters"
        : null;

    /// <summary>Stores the order and tells the worker of it, both or neither.</summary>
    public async Task<Placed> PlaceAsync(NewOrder wanted, CancellationToken cancellationToken)
    {
        var gate = _customers.GetOrAdd(wanted.Customer, static _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            var order = new Order(wanted.Customer, book.Highest(wanted.Customer) + 1, Guid.NewGuid().ToString("N"), wanted.Item);
            var message = new RocketMQMessage(OrderTopics.Orders, order.ToBytes()) { Keys = [order.Id], ShardingKey = order.Customer };
            var result = await producer.SendInTransactionAsync(message, (_, _) =>
            {
                book.Add(order);
                return ValueTask.FromResult(TransactionState.Commit);
            }, cancellationToken);
            if (result.State != TransactionState.Commit) return Refuse(wanted, result.LocalError?.Message ?? result.Send.Status.ToString());
            if (result.EndDelivered) Interlocked.Increment(ref _committed);
            return new(order, null);
        }
        catch (RocketMQException e)
        {
            return Refuse(wanted, e.Message);
        }
        finally
        {
            gate.Release();
        }
    }

    private Placed Refuse(NewOrder wanted, string reason)
    {
        Interlocked.Increment(ref _refused);
        Log.OrderRefused(logger, wanted.Customer, reason);
        return new(null, reason);
    }
}
