using RocketAspire.Client;
using RocketAspire.Console.Text;

namespace RocketAspire.Console.Components.Parts;

/// <summary>How something on a timeline ended.</summary>
public enum MarkState
{
    Good,
    Bad,
    Open,
}

/// <summary>Something that took time; of one moment when start and end are the same.</summary>
/// <param name="Start">Unix milliseconds.</param>
/// <param name="End">Unix milliseconds.</param>
/// <param name="State">How it ended.</param>
/// <param name="Label">What stands beside it.</param>
public sealed record TimelineMark(long Start, long End, MarkState State, string Label);

/// <summary>What happened at one place, in order of time.</summary>
public sealed record TimelineLane(string Role, string Name, IReadOnlyList<TimelineMark> Marks);

/// <summary>A stretch between two moments at which something began or ended.</summary>
/// <param name="From">Unix milliseconds.</param>
/// <param name="To">Unix milliseconds.</param>
/// <param name="X">Where it begins in the drawing.</param>
/// <param name="Width">How wide it is drawn.</param>
/// <param name="IsIdle">Nothing went on.</param>
public sealed record TimelineStretch(long From, long To, double X, double Width, bool IsIdle);

/// <summary>
/// Where the parts of a message's trace are drawn. A send takes a millisecond and a retry comes after minutes: each stretch of time is as wide as the
/// logarithm of how long it is, so that both are seen, and times stay in order.
/// </summary>
public sealed class TraceTimeline
{
    private const double Edge = 10;

    private readonly List<TimelineStretch> _stretches = [];

    /// <param name="lanes">What to draw.</param>
    /// <param name="width">Of the drawing.</param>
    public TraceTimeline(IReadOnlyList<TimelineLane> lanes, double width)
    {
        Lanes = lanes;
        var marks = lanes.SelectMany(static lane => lane.Marks).ToList();
        long[] moments = [.. marks.SelectMany(static mark => (long[])[mark.Start, mark.End]).Distinct().Order()];
        if (moments.Length == 0) return;
        (Start, End) = (moments[0], moments[^1]);
        var total = moments.Zip(moments.Skip(1), static (from, to) => Weight(to - from)).Sum();
        var x = Edge;
        for (var i = 0; i + 1 < moments.Length; i++)
        {
            var (from, to) = (moments[i], moments[i + 1]);
            var wide = Weight(to - from) / total * (width - (2 * Edge));
            _stretches.Add(new TimelineStretch(from, to, x, wide, !marks.Exists(mark => mark.Start <= from && mark.End >= to)));
            x += wide;
        }
    }

    public IReadOnlyList<TimelineLane> Lanes { get; }

    public IReadOnlyList<TimelineStretch> Stretches => _stretches;

    /// <summary>Unix milliseconds.</summary>
    public long Start { get; }

    /// <summary>Unix milliseconds.</summary>
    public long End { get; }

    /// <summary>Where a moment is drawn; one in the middle of a stretch in proportion.</summary>
    public double X(long moment)
    {
        foreach (var stretch in _stretches)
        {
            if (moment <= stretch.To) return stretch.X + (stretch.Width * Math.Max(0, moment - stretch.From) / (stretch.To - stretch.From));
        }

        return _stretches.Count > 0 ? _stretches[^1].X + _stretches[^1].Width : Edge;
    }

    /// <summary>Moments to name, no two nearer than that.</summary>
    public IEnumerable<(long Moment, double X)> Ticks(double apart)
    {
        var last = double.NegativeInfinity;
        var end = X(End);
        foreach (var moment in _stretches.Select(static stretch => stretch.From).Append(End).Distinct())
        {
            var x = X(moment);
            if (x - last < apart || (moment != End && end - x < apart && x > Edge)) continue;
            last = x;
            yield return (moment, x);
        }
    }

    /// <summary>The lanes of a trace: its producers, the broker that stored it, its transaction, and each group that consumed it.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="stored">When and where the message was stored; null when that isn't known.</param>
    /// <param name="l">The language.</param>
    public static IReadOnlyList<TimelineLane> LanesOf(MessageTrace trace, (long At, string Where)? stored, Preferences l)
    {
        var lanes = trace.Sends.GroupBy(static send => send.Group ?? "?", StringComparer.Ordinal)
            .Select(sends => new TimelineLane(l["Producer"], sends.Key, [.. sends.Select(send => new TimelineMark(send.Time ?? 0, (send.Time ?? 0) + Ms(send.Took), send.IsSuccess ? MarkState.Good : MarkState.Bad, Format.Span(send.Took)))]))
            .ToList();
        if (stored is { } at) lanes.Add(new TimelineLane(l["Broker"], at.Where, [new TimelineMark(at.At, at.At, MarkState.Good, "")]));
        if (trace.TransactionEnds.Count > 0)
            lanes.Add(new TimelineLane(l["Transaction"], "", [.. trace.TransactionEnds.Select(end => new TimelineMark(end.Time ?? 0, end.Time ?? 0, StateOf(end.State), l[NameOf(end.State)]))]));
        if (trace.Recalls.Count > 0)
            lanes.Add(new TimelineLane(l["Taken back"], trace.Recalls[0].Group ?? "", [.. trace.Recalls.Select(static recall => new TimelineMark(recall.Time ?? 0, recall.Time ?? 0, recall.IsSuccess ? MarkState.Good : MarkState.Bad, ""))]));
        lanes.AddRange(trace.Deliveries.Where(static delivery => delivery.Start is not null).GroupBy(static delivery => delivery.Group ?? "?", StringComparer.Ordinal)
            .Select(group => new TimelineLane(l["Consumer group"], group.Key, [.. group.Select(static delivery => new TimelineMark(delivery.Start!.Value, delivery.Start.Value + Ms(delivery.Took ?? default), StateOf(delivery.Outcome), LabelOf(delivery)))])));
        return lanes;
    }

    /// <summary>The English name of a transaction's end.</summary>
    public static string NameOf(TransactionState? state) => state switch { TransactionState.Commit => "committed", TransactionState.Rollback => "rolled back", _ => "still open" };

    public static MarkState StateOf(TransactionState? state) => state switch { TransactionState.Commit => MarkState.Good, TransactionState.Rollback => MarkState.Bad, _ => MarkState.Open };

    public static MarkState StateOf(TraceOutcome outcome) => outcome switch { TraceOutcome.Success => MarkState.Good, TraceOutcome.Unknown => MarkState.Open, _ => MarkState.Bad };

    private static string LabelOf(TraceDelivery delivery) => $"{(delivery.Retries > 0 ? $"#{delivery.Retries + 1} " : "")}{(delivery.Took is { } took ? Format.Span(took) : "…")}";

    private static long Ms(TimeSpan span) => (long)span.TotalMilliseconds;

    private static double Weight(long ms) => 1 + (2 * Math.Log10(1 + ms));
}
