using RocketAspire.Protocol.Messages;

namespace RocketAspire.Client;

/// <summary>One consumption of a message by one client of a group.</summary>
/// <param name="Group">The group; null when only its end was told, in the form of older clients.</param>
/// <param name="ClientHost">Who consumed.</param>
/// <param name="Start">Unix milliseconds; null when neither beginning nor end says when.</param>
/// <param name="Took">Null while its end isn't told.</param>
/// <param name="Retries">How often the group had given the message back before.</param>
/// <param name="Outcome">What came of it.</param>
public sealed record TraceDelivery(string? Group, string? ClientHost, long? Start, TimeSpan? Took, int Retries, TraceOutcome Outcome);

/// <summary>What became of one message, as its clients told it.</summary>
public sealed record MessageTrace
{
    public required string MessageId { get; init; }

    public string? Topic { get; init; }

    public string? Tag { get; init; }

    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Usually one; none when its producer doesn't trace.</summary>
    public IReadOnlyList<TraceEvent> Sends { get; init; } = [];

    /// <summary>Ends of its transaction, those that brokers asked for among them.</summary>
    public IReadOnlyList<TraceEvent> TransactionEnds { get; init; } = [];

    /// <summary>Whether somebody took it back before its time.</summary>
    public IReadOnlyList<TraceEvent> Recalls { get; init; } = [];

    /// <summary>By time.</summary>
    public IReadOnlyList<TraceDelivery> Deliveries { get; init; } = [];

    /// <summary>Puts lines together, of each message what belongs to it; the message that was sent last comes first.</summary>
    public static IReadOnlyList<MessageTrace> Build(IEnumerable<TraceEvent> events) =>
    [
        // A client that wasn't sure whether its trace was stored sends it again.
        .. events.Distinct().GroupBy(static line => line.MessageId, StringComparer.Ordinal).Select(static lines => BuildOne(lines.Key, [.. lines]))
            .OrderByDescending(static trace => trace.Sends.Select(static send => send.Time).Concat(trace.Deliveries.Select(static delivery => delivery.Start)).Min() ?? 0),
    ];

    private static MessageTrace BuildOne(string id, List<TraceEvent> lines) => new()
    {
        MessageId = id,
        Topic = lines.Select(static line => line.Topic).FirstOrDefault(static topic => topic is not null),
        Tag = lines.Select(static line => line.Tag).FirstOrDefault(static tag => tag is not null),
        Keys = [.. lines.SelectMany(static line => (line.Keys ?? "").Split(MessageProperties.KeySeparator, StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal)],
        Sends = Of(lines, TraceKind.Pub),
        TransactionEnds = Of(lines, TraceKind.EndTransaction),
        Recalls = Of(lines, TraceKind.Recall),
        Deliveries = DeliveriesOf(lines),
    };

    private static List<TraceEvent> Of(List<TraceEvent> lines, TraceKind kind) => [.. lines.Where(line => line.Kind == kind).OrderBy(static line => line.Time)];

    private static List<TraceDelivery> DeliveriesOf(List<TraceEvent> lines)
    {
        var ends = lines.Where(static line => line.Kind == TraceKind.SubAfter).ToList();
        var deliveries = new List<TraceDelivery>();
        foreach (var start in lines.Where(static line => line.Kind == TraceKind.SubBefore))
        {
            var end = ends.Find(line => line.RequestId == start.RequestId);
            if (end is not null) ends.Remove(end);
            deliveries.Add(new TraceDelivery(start.Group, start.ClientHost, start.Time, end?.Took, start.Retries, end?.Outcome ?? TraceOutcome.Unknown));
        }

        deliveries.AddRange(ends.Select(static end => new TraceDelivery(end.Group, end.ClientHost, end.Time - (long)end.Took.TotalMilliseconds, end.Took, 0, end.Outcome)));
        return [.. deliveries.OrderBy(static delivery => delivery.Start ?? long.MaxValue)];
    }
}
