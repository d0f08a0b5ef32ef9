using System.Collections.Concurrent;

namespace RocketAspire.Chaos.Load;

/// <summary>Every message that was sent, with its answer.</summary>
internal sealed class SendLog
{
    private readonly ConcurrentQueue<SendAttempt> _sends = new();
    private readonly ConcurrentDictionary<string, int> _acknowledged = new(StringComparer.Ordinal);

    public IReadOnlyList<SendAttempt> All => [.. _sends];

    /// <summary>How many were acknowledged by a group.</summary>
    public int AcknowledgedBy(string group) => _acknowledged.GetValueOrDefault(group);

    public void Add(SendAttempt send)
    {
        _sends.Enqueue(send);
        if (send.Outcome == SendOutcome.Acknowledged) _acknowledged.AddOrUpdate(send.Queue.Group, 1, static (_, n) => n + 1);
    }
}
