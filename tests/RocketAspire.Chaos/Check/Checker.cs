using RocketAspire.Chaos.Load;

namespace RocketAspire.Chaos.Check;

/// <summary>Judges a run: everything acknowledged is there exactly where its answer said, and nothing is there that can't be. Pure.</summary>
internal static class Checker
{
    /// <summary>Of one kind, only so many are told one by one.</summary>
    public const int MostOfAKind = 20;

    public static IReadOnlyList<Violation> Check(History history)
    {
        var found = new List<Violation>();
        var sends = Index(history.Sends, found);
        foreach (var node in history.Views.GroupBy(static v => v.Node)) found.AddRange(QueueCheck.Check(history, [.. node], sends));
        found.AddRange(OrderCheck.Check(history));
        found.AddRange(ConsumerCheck.Check(history, sends));
        foreach (var group in history.Logs) found.AddRange(ReplicaCheck.Check(history, group, sends));
        return Shorten(found);
    }

    private static Dictionary<MessageTag, SendAttempt> Index(IReadOnlyList<SendAttempt> sends, List<Violation> found)
    {
        var byTag = new Dictionary<MessageTag, SendAttempt>(sends.Count);
        var places = new Dictionary<(QueueName, long), SendAttempt>();
        foreach (var send in sends)
        {
            byTag.Add(send.Tag, send);
            if (send.Outcome != SendOutcome.Acknowledged) continue;
            if (!places.TryAdd((send.Queue, send.QueueOffset), send))
                found.Add(new(ViolationKind.Duplicate, $"{places[(send.Queue, send.QueueOffset)].Tag} and {send.Tag} were both told the place {send.Queue}@{send.QueueOffset}"));
        }

        return byTag;
    }

    private static List<Violation> Shorten(List<Violation> found)
    {
        var told = new List<Violation>();
        foreach (var kind in found.GroupBy(static v => v.Kind))
        {
            told.AddRange(kind.Take(MostOfAKind));
            if (kind.Count() > MostOfAKind) told.Add(new(kind.Key, $"and {kind.Count() - MostOfAKind} more"));
        }

        return told;
    }
}
