using RocketAspire.Chaos.Load;

namespace RocketAspire.Chaos.Check;

/// <summary>Order of a queue as its producers can tell: what was acknowledged before another message was sent stands before it.</summary>
internal static class OrderCheck
{
    public static IEnumerable<Violation> Check(History history)
    {
        foreach (var queue in history.Sends.Where(static s => s.Outcome == SendOutcome.Acknowledged).GroupBy(static s => s.Queue))
        {
            SendAttempt? earliestBehind = null;
            foreach (var send in queue.OrderByDescending(static s => s.QueueOffset))
            {
                // Of all messages behind this one the first that was answered: sent only later, this one is out of order.
                if (earliestBehind is not null && earliestBehind.AnsweredAt < send.SentAt)
                    yield return new(ViolationKind.OutOfOrder, $"{send.Tag} at {queue.Key}@{send.QueueOffset} was sent after {earliestBehind.Tag} at {earliestBehind.QueueOffset} had been acknowledged");
                if (earliestBehind is null || send.AnsweredAt < earliestBehind.AnsweredAt) earliestBehind = send;
            }
        }
    }
}
