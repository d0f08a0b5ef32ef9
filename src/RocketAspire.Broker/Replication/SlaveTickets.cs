using System.Security.Cryptography;

namespace RocketAspire.Broker.Ha;

/// <summary>Who may open the HA socket as which slave, and from where. A ticket is used once, within a few seconds.</summary>
public sealed class SlaveTickets(TimeProvider time)
{
    private static readonly TimeSpan ValidFor = TimeSpan.FromSeconds(10);

    private readonly Dictionary<long, Ticket> _tickets = [];
    private readonly Lock _lock = new();

    /// <returns>A negative number, since no slave of Apache's reports one.</returns>
    public long Issue(long slaveId, long offset)
    {
        var number = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) | long.MinValue;
        lock (_lock)
        {
            foreach (var (old, ticket) in _tickets)
            {
                // One slave needs one: asking again makes the older void. That also bounds the table.
                if (ticket.SlaveId == slaveId || time.GetElapsedTime(ticket.IssuedAt) > ValidFor)
                {
                    _tickets.Remove(old);
                }
            }
            _tickets[number] = new(slaveId, offset, time.GetTimestamp());
        }
        return number;
    }

    public bool TryUse(long number, out long slaveId, out long offset)
    {
        lock (_lock)
        {
            var found = _tickets.Remove(number, out var ticket) && time.GetElapsedTime(ticket.IssuedAt) <= ValidFor;
            (slaveId, offset) = found ? (ticket.SlaveId, ticket.Offset) : (0, 0);
            return found;
        }
    }

    private readonly record struct Ticket(long SlaveId, long Offset, long IssuedAt);
}
