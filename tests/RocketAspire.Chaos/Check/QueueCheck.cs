using RocketAspire.Chaos.Load;

namespace RocketAspire.Chaos.Check;

/// <summary>The queues of one node against the answers.</summary>
internal static class QueueCheck
{
    public static IEnumerable<Violation> Check(History history, IReadOnlyList<QueueView> views, Dictionary<MessageTag, SendAttempt> sends)
    {
        var found = new List<Violation>();
        var places = new Dictionary<MessageTag, (QueueView View, StoredMessage Message)>();
        foreach (var view in views)
        {
            var expected = 0L;
            foreach (var message in view.Messages)
            {
                if (message.QueueOffset != expected) found.Add(new(ViolationKind.Hole, $"{view.Queue} of {view.Node} goes on with {message.QueueOffset} where {expected} is due"));
                expected = message.QueueOffset + 1;
                Judge(view, message, sends, places, found);
            }
        }

        var queues = views.Select(static v => v.Queue).ToHashSet();
        foreach (var send in history.Sends)
        {
            if (send.Outcome == SendOutcome.Acknowledged && queues.Contains(send.Queue) && !places.ContainsKey(send.Tag))
                found.Add(new(ViolationKind.Lost, $"{send.Tag}, acknowledged at {send.AnsweredAt.TotalSeconds:0.000} s for {send.Queue}@{send.QueueOffset} (log {send.PhysicalOffset}), is in no queue of {views[0].Node}"));
        }

        return found;
    }

    private static void Judge(
        QueueView view, StoredMessage message, Dictionary<MessageTag, SendAttempt> sends, Dictionary<MessageTag, (QueueView View, StoredMessage Message)> places, List<Violation> found)
    {
        var here = $"{view.Queue}@{message.QueueOffset} of {view.Node}";
        if (message.Tag is not { } tag || !sends.TryGetValue(tag, out var send))
        {
            found.Add(new(ViolationKind.Altered, $"at {here} stands a body that nobody sent"));
            return;
        }

        if (!places.TryAdd(tag, (view, message)))
            found.Add(new(ViolationKind.Duplicate, $"{tag} is at {places[tag].View.Queue}@{places[tag].Message.QueueOffset} and at {here}"));
        if (send.Outcome == SendOutcome.Refused)
            found.Add(new(ViolationKind.RefusedIsThere, $"{tag} was refused with code {send.Code} by {send.Address} and is at {here}"));
        else if (view.Queue != send.Queue || (send.QueueOffset >= 0 && (send.QueueOffset != message.QueueOffset || send.PhysicalOffset != message.PhysicalOffset)))
            found.Add(new(ViolationKind.Misplaced, $"{tag} ({send.Outcome}) is at {here} (log {message.PhysicalOffset}), its answer said {send.Queue}@{send.QueueOffset} (log {send.PhysicalOffset})"));
    }
}
