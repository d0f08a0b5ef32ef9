using RocketAspire.Chaos.Load;

namespace RocketAspire.Chaos.Check;

/// <summary>What consumers read against the answers and against what is there in the end.</summary>
internal static class ConsumerCheck
{
    public static IEnumerable<Violation> Check(History history, Dictionary<MessageTag, SendAttempt> sends)
    {
        var acknowledged = history.Sends.Where(static s => s.Outcome == SendOutcome.Acknowledged).ToLookup(static s => s.Queue);
        var permanent = history.Logs.Where(static g => g.ReadsArePermanent).Select(static g => g.Group).ToHashSet(StringComparer.Ordinal);
        foreach (var view in history.Consumers)
        {
            foreach (var damaged in view.Damaged) yield return new(ViolationKind.Altered, $"{view.Group} at {view.Queue}: {damaged}");
            foreach (var violation in Missed(view, acknowledged[view.Queue])) yield return violation;
            foreach (var violation in Refused(view, sends)) yield return violation;
            // One node's view will do: all nodes' are compared with the answers.
            if (!permanent.Contains(view.Queue.Group) || history.Views.FirstOrDefault(v => v.Queue == view.Queue) is not { } there) continue;
            foreach (var conflict in view.Conflicts) yield return new(ViolationKind.ReadChanged, $"{view.Group} at {view.Queue}: {conflict}");
            foreach (var violation in Changed(view, there.Messages)) yield return violation;
        }
    }

    private static IEnumerable<Violation> Missed(ConsumerView view, IEnumerable<SendAttempt> acknowledged)
    {
        foreach (var send in acknowledged)
        {
            if (view.Seen.TryGetValue(send.QueueOffset, out var tag) && tag == send.Tag) continue;
            if (view.MayMiss.Any(range => send.QueueOffset >= range.From && send.QueueOffset < range.End && send.AnsweredAt >= range.After)) continue;
            yield return new(ViolationKind.NotConsumed, $"{view.Group} never got {send.Tag} of {view.Queue}@{send.QueueOffset}");
        }
    }

    private static IEnumerable<Violation> Refused(ConsumerView view, Dictionary<MessageTag, SendAttempt> sends)
    {
        foreach (var (offset, tag) in view.Seen)
        {
            if (!sends.TryGetValue(tag, out var send)) yield return new(ViolationKind.Altered, $"{view.Group} read {tag} at {view.Queue}@{offset}, which nobody sent");
            else if (send.Outcome == SendOutcome.Refused) yield return new(ViolationKind.RefusedIsThere, $"{view.Group} read {tag} at {view.Queue}@{offset}, which was refused with code {send.Code} by {send.Address}");
        }
    }

    private static IEnumerable<Violation> Changed(ConsumerView view, IReadOnlyList<StoredMessage> stored)
    {
        var byOffset = stored.ToDictionary(static m => m.QueueOffset, static m => m.Tag);
        foreach (var (offset, tag) in view.Seen)
        {
            if (!byOffset.TryGetValue(offset, out var there)) yield return new(ViolationKind.ReadChanged, $"{view.Group} read {tag} at {view.Queue}@{offset}; in the end nothing is there");
            else if (there != tag) yield return new(ViolationKind.ReadChanged, $"{view.Group} read {tag} at {view.Queue}@{offset}; in the end {there?.ToString() ?? "another body"} is there");
        }
    }
}
