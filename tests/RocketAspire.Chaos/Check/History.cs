using RocketAspire.Chaos.Load;

namespace RocketAspire.Chaos.Check;

/// <summary>A message as a queue shows it in the end.</summary>
/// <param name="QueueOffset">In messages.</param>
/// <param name="PhysicalOffset">In bytes of the log.</param>
/// <param name="Tag">Null when the body isn't one of this run, or isn't as it was sent.</param>
internal readonly record struct StoredMessage(long QueueOffset, long PhysicalOffset, MessageTag? Tag);

/// <summary>A queue as one node shows it, in the order in which it was read.</summary>
internal sealed record QueueView(string Node, QueueName Queue, IReadOnlyList<StoredMessage> Messages);

/// <summary>What one consumer group read of one queue while the run went on.</summary>
/// <param name="Group">The consumer group.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Seen">By offset in the queue.</param>
/// <param name="Conflicts">Another message at a place that it had read before.</param>
/// <param name="Damaged">Bodies that aren't of this run, or not as they were sent.</param>
/// <param name="MayMiss">
/// Offsets that it need not have read: it had read other messages there that were never acknowledged, and whose log was wiped.
/// </param>
internal sealed record ConsumerView(
    string Group, QueueName Queue, IReadOnlyDictionary<long, MessageTag> Seen, IReadOnlyList<string> Conflicts,
    IReadOnlyList<string> Damaged, IReadOnlyList<OffsetRange> MayMiss);

/// <summary>Offsets of a queue, the end not included, written after a moment of the run.</summary>
internal readonly record struct OffsetRange(long From, long End, TimeSpan After);

/// <summary>The logs of one broker group's nodes after a clean stop.</summary>
/// <param name="Group">The <c>brokerName</c>.</param>
/// <param name="CommonEnd">Up to this byte all of them must hold the same: their ends before the stop.</param>
/// <param name="Replicas">One a node; the first is the master's or the last leader's.</param>
/// <param name="ReadsArePermanent">Whether what a consumer read must still be there: not when a log was wiped that held messages which nobody acknowledged.</param>
internal sealed record GroupLogs(string Group, long CommonEnd, IReadOnlyList<IReplicaLog> Replicas, bool ReadsArePermanent);

/// <summary>Everything that is known of a run: what the checker judges.</summary>
internal sealed record History
{
    public required int Seed { get; init; }

    public required string Topic { get; init; }

    public required IReadOnlyList<SendAttempt> Sends { get; init; }

    public required IReadOnlyList<ConsumerView> Consumers { get; init; }

    /// <summary>What each queue shows in the end, from each node.</summary>
    public required IReadOnlyList<QueueView> Views { get; init; }

    public required IReadOnlyList<GroupLogs> Logs { get; init; }
}
